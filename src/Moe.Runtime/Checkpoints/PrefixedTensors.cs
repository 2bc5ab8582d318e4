using System;
using System.Linq;

namespace Moe.Runtime.Checkpoints;

/// <summary>The tensors of another source whose names begin with a prefix, under what follows it. Disposes the other source.</summary>
public sealed class PrefixedTensors : TensorSource
{
    private readonly TensorSource _source;
    private readonly string _prefix;

    /// <summary>A view.</summary>
    /// <param name="source">All tensors.</param>
    /// <param name="prefix">What names begin with, such as "blocks.3.moe."; empty for all of them.</param>
    public PrefixedTensors(TensorSource source, string prefix)
        : base(
            prefix.Length == 0 ? source.Origin : $"{source.Origin}, tensors '{prefix}…'",
            source.Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(tensor => tensor with { Name = tensor.Name[prefix.Length..] }))
    {
        _source = source;
        _prefix = prefix;
    }

    /// <inheritdoc/>
    protected override void ReadFloats(TensorEntry tensor, long firstElement, Span<float> destination) =>
        _source.Read(_prefix + tensor.Name, firstElement, destination);

    /// <inheritdoc/>
    protected override void ReadIntegers(TensorEntry tensor, long firstElement, Span<long> destination) =>
        _source.ReadIntegers(_prefix + tensor.Name, firstElement, destination);

    /// <inheritdoc/>
    protected override void Release(TensorEntry tensor) => _source.Release(_prefix + tensor.Name);

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing) => _source.Dispose();
}
