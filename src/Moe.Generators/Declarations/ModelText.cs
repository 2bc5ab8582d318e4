using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;

namespace Moe.Generators.Declarations;

/// <summary>A block class to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Words">Its attributes besides <c>[Block]</c>.</param>
/// <param name="Arguments">Arguments of <c>[Block]</c> itself, in parentheses.</param>
internal sealed record BlockText(string Name, IReadOnlyList<WordText> Words, string Arguments = "");

/// <summary>A model class to be written, with the blocks of its layers.</summary>
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
            text.Append($"[Layers({WordText.Number(count)}, typeof({block.Name}))]\n");
        return text.Append($"public partial class {Name};\n").ToString();
    }

    /// <summary>A whole source file; without a namespace where <paramref name="space"/> is empty.</summary>
    public string File(string space) => space.Length == 0 ? $"using Moe;\n\n{Classes()}" : $"using Moe;\n\nnamespace {space};\n\n{Classes()}";

    /// <summary>The declaration that the parser would read from the text.</summary>
    public ModelDeclaration ToDeclaration()
    {
        IEnumerable<AttributeDeclaration> layers = Runs().Select(run => new AttributeDeclaration(
            Declarations.Words.Layers,
            ImmutableArray.Create(
                new ArgumentDeclaration("Count", ArgumentValue.Of((long)run.Count)),
                new ArgumentDeclaration("Block", ArgumentValue.Of(run.Block.Name)))));
        return new ModelDeclaration(
            new TypeDeclaration("", Name, "public", IsPartial: true, IsTopLevel: true, IsGeneric: false, IsAbstract: false, IsSealed: false,
                DerivesFromEmittedModel: false, AttributeParts: 1, MemberNames: ImmutableArray<string>.Empty),
            ImmutableArray.Create(new TypeLevel(Name, Words.Where(word => word.HasArguments).Select(word => word.ToDeclaration()).Concat(layers).ToImmutableArray())),
            Layers.Distinct().Select(Declare).ToImmutableArray());
    }

    private static BlockDeclaration Declare(BlockText block) => new(
        block.Name,
        block.Name,
        IsBlock: true,
        ImmutableArray.Create(new TypeLevel(block.Name, block.Words.Select(word => word.ToDeclaration()).ToImmutableArray())));

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
