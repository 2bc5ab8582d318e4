using System;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>Logits from comparing a token's row with one vector for each expert. Vectors lie <c>stride</c> floats apart.</summary>
public static unsafe class RoutingSimilarity
{
    /// <summary>
    /// x · v / (max(|x|, 1e-12) · max(|v|, 1e-12)) · min(e^temperature, 100), as Tutel's cosine gate has it (Chi et al. 2022).
    /// </summary>
    /// <typeparam name="TSize">Length of the vectors.</typeparam>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <param name="x">TSize numbers.</param>
    /// <param name="vectors">[TExperts, stride].</param>
    /// <param name="stride">Floats from one vector to the next.</param>
    /// <param name="temperature">The learned number.</param>
    /// <param name="logits">Receives TExperts numbers.</param>
    public static void Cosine<TSize, TExperts>(float* x, float* vectors, int stride, float temperature, float* logits)
        where TSize : IDimension
        where TExperts : IDimension
    {
        float factor = Transcendental.Exp(temperature);
        factor = factor > 100f ? 100f : factor;
        float length = Length<TSize>(x);
        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            float* vector = vectors + ((nint)expert * stride);
            logits[expert] = Rows.Dot<TSize>(x, vector) / (length * Length<TSize>(vector)) * factor;
        }
    }

    /// <summary>LN(x) · LN(v) / √TSize, layer norms without parameters, ε = 1e-5 (PHATGOOSE, Muqeeth et al. 2024).</summary>
    /// <inheritdoc cref="Cosine"/>
    [SkipLocalsInit]
    public static void ScaledDot<TSize, TExperts>(float* x, float* vectors, int stride, float* logits)
        where TSize : IDimension
        where TExperts : IDimension
    {
        float* normed = stackalloc float[TSize.Size];
        float* vector = stackalloc float[TSize.Size];
        Normalise<TSize>(x, normed);
        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            Normalise<TSize>(vectors + ((nint)expert * stride), vector);
            logits[expert] = Rows.Dot<TSize>(normed, vector) / MathF.Sqrt(TSize.Size);
        }
    }

    /// <summary>sign · |x − v|, Euclidean (Moirai-MoE, Liu et al. 2024).</summary>
    /// <param name="x">TSize numbers.</param>
    /// <param name="vectors">[TExperts, stride].</param>
    /// <param name="stride">Floats from one vector to the next.</param>
    /// <param name="sign">−1: the nearest has the largest logit; 1: the farthest.</param>
    /// <param name="logits">Receives TExperts numbers.</param>
    public static void Distance<TSize, TExperts>(float* x, float* vectors, int stride, float sign, float* logits)
        where TSize : IDimension
        where TExperts : IDimension
    {
        for (int expert = 0; expert < TExperts.Size; expert++)
            logits[expert] = sign * MathF.Sqrt(RowLoops.Sum<SquaredDifference>(x, vectors + ((nint)expert * stride), 0f, TSize.Size));
    }

    /// <summary>
    /// −Φ(μ / σ), μ = mean · x, σ² = variance · x²: the expected share of positive hidden units of each expert under a
    /// Gaussian fit of the rows of its up projection, negated; 1/2 where both are 0.
    /// </summary>
    /// <param name="x">TSize numbers.</param>
    /// <param name="means">Mean of each expert's rows, [TExperts, stride].</param>
    /// <param name="variances">Their variance, [TExperts, stride].</param>
    /// <param name="stride">Floats from one expert to the next.</param>
    /// <param name="logits">Receives TExperts numbers.</param>
    [SkipLocalsInit]
    public static void Sparsity<TSize, TExperts>(float* x, float* means, float* variances, int stride, float* logits)
        where TSize : IDimension
        where TExperts : IDimension
    {
        float* squares = stackalloc float[TSize.Size];
        RowLoops.Map<Rows.PairProduct>(x, x, 0f, squares, TSize.Size);
        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            nint at = (nint)expert * stride;
            float mean = Rows.Dot<TSize>(means + at, x);
            float variance = Rows.Dot<TSize>(variances + at, squares);
            logits[expert] = -Transcendental.Normal(mean == 0f ? 0f : mean / MathF.Sqrt(variance));
        }
    }

    private static float Length<TSize>(float* x)
        where TSize : IDimension
    {
        float length = MathF.Sqrt(Rows.Dot<TSize>(x, x));
        return length < 1e-12f ? 1e-12f : length;
    }

    private static void Normalise<TSize>(float* x, float* y)
        where TSize : IDimension
    {
        float mean = RowLoops.Sum<Rows.Itself>(x, x, 0f, TSize.Size) / TSize.Size;
        float variance = RowLoops.Sum<Rows.SquaredDeviation>(x, x, mean, TSize.Size) / TSize.Size;
        RowLoops.Map<Rows.Difference>(x, x, mean, y, TSize.Size);
        Rows.Scale<TSize>(1f / MathF.Sqrt(variance + 1e-5f), y);
    }

    private readonly struct SquaredDifference : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Add<T>(T sum, T x, T y, T c)
            where T : struct, ILanes<T> => T.MultiplyAdd(x - y, x - y, sum);
    }
}
