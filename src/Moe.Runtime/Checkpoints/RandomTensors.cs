using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// Random weights for examples, tests and benchmarks, with the spread at which a model of any depth stays finite and
/// its router undecided: every element is a function of (seed, tensor name, element), the same on every machine and in
/// whatever order it is read.
/// </summary>
/// <remarks>
/// With n standard normal: matrices 1.1 n / √inputs, norm weights 1 + 0.25 n, biases 0.1 n, embeddings 0.3 n, selection
/// biases 0.15 n, vectors one for each of several things 1.1 n / √elements, single vectors 0.3 n, single numbers
/// 1 + 0.25 n. Row r of a table of indices is consecutive indices from a hashed one on, modulo the bound. Optional
/// requirements are left out.
/// </remarks>
public sealed class RandomTensors : TensorSource
{
    private readonly Dictionary<string, Spread> _spreads = [];
    private readonly Dictionary<string, int> _bounds = [];
    private readonly ulong _seed;

    /// <summary>Creates the weights that a declaration needs.</summary>
    /// <param name="seed">Another seed gives other weights.</param>
    /// <param name="required">The tensors to invent; every name once.</param>
    /// <exception cref="ArgumentException">A name occurs twice, or a shape's size overflows 64 bits.</exception>
    public RandomTensors(ulong seed, IEnumerable<TensorRequirement> required)
        : this(seed, required.Where(requirement => !requirement.Optional).ToArray())
    {
    }

    private RandomTensors(ulong seed, TensorRequirement[] required)
        : base($"random weights of seed {seed}", required.Select(Entry))
    {
        _seed = seed;
        foreach (TensorRequirement requirement in required)
        {
            if (requirement.Kind == TensorKind.Indices)
                _bounds.Add(requirement.Name, requirement.Bound);
            else
                _spreads.Add(requirement.Name, SpreadOf(requirement, new NormalNumbers(seed, requirement.Name)));
        }
    }

    /// <inheritdoc/>
    protected override void ReadFloats(TensorEntry tensor, long firstElement, Span<float> destination)
    {
        Spread spread = _spreads[tensor.Name];
        spread.Numbers.Fill(firstElement, destination, spread.Mean, spread.Deviation);
    }

    /// <inheritdoc/>
    protected override void ReadIntegers(TensorEntry tensor, long firstElement, Span<long> destination)
    {
        int bound = _bounds[tensor.Name];
        long columns = tensor.RowLength;
        var numbers = new NormalNumbers(_seed, tensor.Name);
        Span<float> draw = stackalloc float[1];
        for (int i = 0; i < destination.Length; i++)
        {
            (long row, long column) = Math.DivRem(firstElement + i, columns);
            numbers.Fill(row, draw, 0f, 1f);
            long first = BitConverter.SingleToUInt32Bits(draw[0]) % (uint)bound;
            destination[i] = (first + column) % bound;
        }
    }

    private static TensorEntry Entry(TensorRequirement requirement)
    {
        if (!TensorShape.TryCount(requirement.Shape, out long count) || count > long.MaxValue / sizeof(long))
            throw new ArgumentException($"The shape {TensorShape.Text(requirement.Shape)} of '{requirement.Name}' is negative or overflows 64 bits.", nameof(requirement));
        ElementType type = requirement.Kind == TensorKind.Indices ? ElementType.I64 : ElementType.F32;
        return new TensorEntry(requirement.Name, type, requirement.Shape, File: "", Offset: 0);
    }

    private static Spread SpreadOf(TensorRequirement requirement, NormalNumbers numbers)
    {
        long inputs = requirement.Shape.IsEmpty ? 1 : Math.Max(1, requirement.Shape[^1]);
        return requirement.Kind switch
        {
            TensorKind.Matrix => new Spread(numbers, 0f, 1.1f / MathF.Sqrt(inputs)),
            TensorKind.Norm => new Spread(numbers, 1f, 0.25f),
            TensorKind.Bias => new Spread(numbers, 0f, 0.1f),
            TensorKind.Embedding => new Spread(numbers, 0f, 0.3f),
            TensorKind.SelectionBias => new Spread(numbers, 0f, 0.15f),
            TensorKind.Vector when requirement.Shape.Length > 1 => new Spread(numbers, 0f, 1.1f / MathF.Sqrt(inputs)),
            TensorKind.Vector when inputs > 1 => new Spread(numbers, 0f, 0.3f),
            TensorKind.Vector => new Spread(numbers, 1f, 0.25f),
            _ => throw new ArgumentException($"'{requirement.Name}' has the unknown kind {requirement.Kind}.", nameof(requirement)),
        };
    }

    private readonly record struct Spread(NormalNumbers Numbers, float Mean, float Deviation);
}
