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
/// biases 0.15 n. Optional requirements are left out.
/// </remarks>
public sealed class RandomTensors : TensorSource
{
    private readonly Dictionary<string, Spread> _spreads = [];

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
        foreach (TensorRequirement requirement in required)
            _spreads.Add(requirement.Name, SpreadOf(requirement, new NormalNumbers(seed, requirement.Name)));
    }

    /// <inheritdoc/>
    protected override void ReadFloats(TensorEntry tensor, long firstElement, Span<float> destination)
    {
        Spread spread = _spreads[tensor.Name];
        spread.Numbers.Fill(firstElement, destination, spread.Mean, spread.Deviation);
    }

    /// <summary>All tensors here are F32, so that a request for integers is refused before it comes here.</summary>
    protected override void ReadIntegers(TensorEntry tensor, long firstElement, Span<long> destination) =>
        throw new NotSupportedException($"{Origin} are floats.");

    private static TensorEntry Entry(TensorRequirement requirement)
    {
        if (!TensorShape.TryCount(requirement.Shape, out long count) || count > long.MaxValue / sizeof(float))
            throw new ArgumentException($"The shape {TensorShape.Text(requirement.Shape)} of '{requirement.Name}' is negative or overflows 64 bits.", nameof(requirement));
        return new TensorEntry(requirement.Name, ElementType.F32, requirement.Shape, File: "", Offset: 0);
    }

    private static Spread SpreadOf(TensorRequirement requirement, NormalNumbers numbers)
    {
        long inputs = Math.Max(1, requirement.Inputs);
        return requirement.Kind switch
        {
            TensorKind.Matrix => new Spread(numbers, 0f, 1.1f / MathF.Sqrt(inputs)),
            TensorKind.Norm => new Spread(numbers, 1f, 0.25f),
            TensorKind.Bias => new Spread(numbers, 0f, 0.1f),
            TensorKind.Embedding => new Spread(numbers, 0f, 0.3f),
            TensorKind.SelectionBias => new Spread(numbers, 0f, 0.15f),
            _ => throw new ArgumentException($"'{requirement.Name}' has the unknown kind {requirement.Kind}.", nameof(requirement)),
        };
    }

    private readonly record struct Spread(NormalNumbers Numbers, float Mean, float Deviation);
}
