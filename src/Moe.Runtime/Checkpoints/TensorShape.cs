using System.Collections.Immutable;
using System.Linq;

namespace Moe.Runtime.Checkpoints;

/// <summary>Arithmetic and text of shapes; the last dimension lies contiguous.</summary>
internal static class TensorShape
{
    private const int ShownDimensions = 8;

    /// <summary>
    /// Elements of a shape; a scalar, shape [], has one. False if a dimension is negative or if the product of the
    /// dimensions exceeds 63 bits, counting a 0 as 1: such a shape is absurd even when it holds nothing.
    /// </summary>
    internal static bool TryCount(ImmutableArray<long> shape, out long count)
    {
        long product = 1;
        bool isEmpty = false;
        count = 0;
        foreach (long dimension in shape)
        {
            if (dimension < 0)
                return false;
            if (dimension == 0)
                isEmpty = true;
            else if (product > long.MaxValue / dimension)
                return false;
            else
                product *= dimension;
        }

        count = isEmpty ? 0 : product;
        return true;
    }

    /// <summary>The shape as text: [64, 2048].</summary>
    internal static string Text(ImmutableArray<long> shape) => shape.Length <= ShownDimensions
        ? $"[{string.Join(", ", shape)}]"
        : $"[{string.Join(", ", shape.Take(ShownDimensions))}, … {shape.Length} dimensions]";

    /// <summary>The index of an element, one number for each dimension: [3, 17].</summary>
    internal static string IndexText(ImmutableArray<long> shape, long element)
    {
        var index = new long[shape.Length];
        for (int dimension = shape.Length - 1; dimension >= 0; dimension--)
        {
            index[dimension] = element % shape[dimension];
            element /= shape[dimension];
        }

        return Text([.. index]);
    }
}
