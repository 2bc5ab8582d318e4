using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Moe.Conformance.Tests.Declarations;

/// <summary>A block class as text.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Words">Its attributes besides <c>[Block]</c>.</param>
/// <param name="Arguments">Arguments of <c>[Block]</c> itself, in parentheses.</param>
internal sealed record BlockText(string Name, IReadOnlyList<WordText> Words, string Arguments = "");

/// <summary>A model class as text, with the blocks of its layers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Words">Its attributes besides <c>[Layers]</c>; those without arguments are left out.</param>
/// <param name="Layers">The block of each layer; one object is written as one class.</param>
internal sealed record ModelText(string Name, IReadOnlyList<WordText> Words, IReadOnlyList<BlockText> Layers)
{
    /// <summary>The blocks and the model, without usings and namespace.</summary>
    public string Classes()
    {
        var text = new StringBuilder();
        foreach (BlockText block in Layers.Distinct())
        {
            text.Append("[Block").Append(block.Arguments).Append("]\n");
            foreach (WordText word in block.Words)
                text.Append(word).Append('\n');
            text.Append($"public class {block.Name};\n\n");
        }

        foreach (WordText word in Words.Where(word => word.HasArguments))
            text.Append(word).Append('\n');
        foreach ((BlockText block, int count) in Runs())
            text.Append(new WordText("Layers").Positional(count).Positional($"typeof({block.Name})")).Append('\n');
        return text.Append($"public partial class {Name};\n").ToString();
    }

    /// <summary>A whole source file.</summary>
    public string File(string space) => $"using Moe;\n\nnamespace {space};\n\n{Classes()}";

    private IEnumerable<(BlockText Block, int Count)> Runs()
    {
        for (int first = 0, next; first < Layers.Count; first = next)
        {
            for (next = first + 1; next < Layers.Count && ReferenceEquals(Layers[next], Layers[first]);)
                next++;
            yield return (Layers[first], next - first);
        }
    }
}
