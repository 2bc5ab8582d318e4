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
        foreach ((BlockText block, int count, int every) in Entries())
            text.Append(every > 0 ? $"[Layers(typeof({block.Name}), Every = {every})]\n" : $"[Layers({WordText.Number(count)}, typeof({block.Name}))]\n");
        return text.Append($"public partial class {Name};\n").ToString();
    }

    /// <summary>A whole source file; without a namespace where <paramref name="space"/> is empty.</summary>
    public string File(string space) => space.Length == 0 ? $"using Moe;\n\n{Classes()}" : $"using Moe;\n\nnamespace {space};\n\n{Classes()}";

    /// <summary>The declaration that the parser would read from the text.</summary>
    public ModelDeclaration ToDeclaration()
    {
        IEnumerable<AttributeDeclaration> layers = Entries().Select(entry => new AttributeDeclaration(
            Declarations.Words.Layers,
            entry.Every > 0
                ? ImmutableArray.Create(
                    new ArgumentDeclaration("Block", ArgumentValue.Of(entry.Block.Name)),
                    new ArgumentDeclaration("Every", ArgumentValue.Of((long)entry.Every)))
                : ImmutableArray.Create(
                    new ArgumentDeclaration("Count", ArgumentValue.Of((long)entry.Count)),
                    new ArgumentDeclaration("Block", ArgumentValue.Of(entry.Block.Name)))));
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

    // One entry a run of layers; where every n-th layer is another block, two entries say it.
    private IEnumerable<(BlockText Block, int Count, int Every)> Entries()
    {
        BlockText[] blocks = Layers.Distinct().ToArray();
        int every = blocks.Length == 2 ? Layers.TakeWhile(layer => ReferenceEquals(layer, blocks[0])).Count() + 1 : 0;
        bool repeats = every > 1 && Layers.Count >= 2 * every
            && Layers.Select((layer, index) => ReferenceEquals(layer, blocks[(index + 1) % every == 0 ? 1 : 0])).All(isSo => isSo);
        return repeats
            ? new[] { (blocks[0], Layers.Count, 0), (blocks[1], 0, every) }
            : Runs().Select(run => (run.Block, run.Count, 0));
    }

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
