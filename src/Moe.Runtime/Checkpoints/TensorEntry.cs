using System.Collections.Immutable;

namespace Moe.Runtime.Checkpoints;

/// <summary>One tensor of a checkpoint: what it is called, what it holds, where it lies.</summary>
/// <param name="Name">The name in the checkpoint, for instance <c>model.layers.0.mlp.gate.weight</c>.</param>
/// <param name="Type">The stored element type.</param>
/// <param name="Shape">Dimensions, outermost first; elements of the last one are adjacent. Empty for a scalar.</param>
/// <param name="File">The file it lies in; empty for a tensor that is computed.</param>
/// <param name="Offset">Bytes from the beginning of the file to the first element.</param>
public sealed record TensorEntry(string Name, ElementType Type, ImmutableArray<long> Shape, string File, long Offset)
{
    /// <summary>Elements: the product of the dimensions.</summary>
    public long ElementCount => TensorShape.TryCount(Shape, out long count) ? count : 0;

    /// <summary>Bytes of all elements as stored.</summary>
    public long ByteCount => ElementCount * Type.SizeInBytes();

    /// <summary>Elements of a row: the last dimension, or 1 for a scalar.</summary>
    public long RowLength => Shape.IsEmpty ? 1 : Shape[^1];

    /// <summary>Rows: the product of all dimensions but the last. Stacked matrices [experts, rows, columns] have experts × rows.</summary>
    public long Rows => RowLength == 0 ? 0 : ElementCount / RowLength;

    /// <summary>Name, type and shape, as in <c>lm_head.weight BF16 [32000, 4096]</c>.</summary>
    public override string ToString() => $"{Name} {Type.SafetensorsName()} {TensorShape.Text(Shape)}";
}
