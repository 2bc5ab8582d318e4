using System;
using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// From router logits to scores over one token's experts, beyond softmax and sigmoid. In float32; NaN stays NaN where it
/// stands or makes the whole row NaN, and never changes how long anything takes.
/// </summary>
public static unsafe class RoutingScores
{
    /// <summary>x = x · target / std(x), the standard deviation with n − 1 (MoE++ "logits_norm").</summary>
    /// <param name="x">TExperts numbers, in place.</param>
    /// <param name="target">The standard deviation afterwards.</param>
    public static void Standardise<TExperts>(float* x, float target)
        where TExperts : IDimension
    {
        float mean = RowLoops.Sum<Rows.Itself>(x, x, 0f, TExperts.Size) / TExperts.Size;
        float variance = RowLoops.Sum<Rows.SquaredDeviation>(x, x, mean, TExperts.Size) / (TExperts.Size - 1);
        Rows.Scale<TExperts>(target / MathF.Sqrt(variance), x);
    }

    /// <summary>
    /// x = max(x − τ, 0) with τ such that the sum is 1 (Martins and Astudillo 2016): with z sorted, largest first,
    /// τ = (Σ of the k largest − 1) / k for the largest k with 1 + k·zₖ &gt; Σ of the k largest.
    /// </summary>
    /// <param name="x">TExperts numbers, in place.</param>
    [SkipLocalsInit]
    public static void Sparsemax<TExperts>(float* x)
        where TExperts : IDimension
    {
        int* order = stackalloc int[TExperts.Size];
        SortFromMaximum<TExperts>(x, 1f, order);
        float sum = 0f, threshold = float.NaN;
        for (int rank = 0; rank < TExperts.Size; rank++)
        {
            float value = x[order[rank]];
            sum += value;
            if (!(1f + ((rank + 1) * value) > sum))
                break;
            threshold = (sum - 1f) / (rank + 1);
        }

        for (int i = 0; i < TExperts.Size; i++)
        {
            float above = x[i] - threshold;
            x[i] = above <= 0f ? 0f : above;
        }
    }

    /// <summary>
    /// x = max(x/2 − τ, 0)² with τ such that the sum is 1 (Peters, Niculae, Martins 2019): with z = x/2 sorted, largest first,
    /// mean and sum of squared deviations over the k largest, τₖ = mean − √((1 − deviations) / k); the largest k with
    /// τₖ ≤ zₖ.
    /// </summary>
    /// <param name="x">TExperts numbers, in place.</param>
    [SkipLocalsInit]
    public static void Entmax15<TExperts>(float* x)
        where TExperts : IDimension
    {
        int* order = stackalloc int[TExperts.Size];
        SortFromMaximum<TExperts>(x, 0.5f, order);
        float mean = 0f, deviations = 0f, threshold = float.NaN;
        for (int rank = 0; rank < TExperts.Size; rank++)
        {
            // Mean and deviations grow by one number (Welford), so that nothing cancels.
            float value = x[order[rank]];
            float step = value - mean;
            mean += step / (rank + 1);
            deviations += step * (value - mean);
            float left = (1f - deviations) / (rank + 1);
            float candidate = mean - MathF.Sqrt(left < 0f ? 0f : left);
            if (!(candidate <= value))
                break;
            threshold = candidate;
        }

        for (int i = 0; i < TExperts.Size; i++)
        {
            float above = x[i] - threshold;
            x[i] = above <= 0f ? 0f : above * above;
        }
    }

    /// <summary>
    /// S(t): 0 up to −γ/2, 1 from γ/2 on, −2t³/γ³ + 3t/(2γ) + 1/2 between (Hazimeh et al. 2020).
    /// </summary>
    public static float SmoothStep(float t, float gamma)
    {
        float half = 0.5f * gamma;
        if (t <= -half)
            return 0f;
        if (t >= half)
            return 1f;
        float u = t / gamma;
        return (((-2f * u * u) + 1.5f) * u) + 0.5f;
    }

    /// <summary>
    /// COMET's tree gate (Ibrahim et al. 2023): in each tree node n has children 2n + 1 and 2n + 2, reached with S(t) and
    /// 1 − S(t); leaves are nodes TExperts − 1 and up. Over the leaves of all trees: softmax of a + ln(P + 1e-8), leaves
    /// with P ≤ 0 left out; a leaf's share goes to its expert.
    /// </summary>
    /// <typeparam name="TExperts">Experts, and leaves of a tree.</typeparam>
    /// <typeparam name="TTrees">Trees.</typeparam>
    /// <param name="nodes">t of the inner nodes, [TTrees, TExperts − 1].</param>
    /// <param name="leaves">a, [TTrees, TExperts].</param>
    /// <param name="gamma">Width of the smooth step.</param>
    /// <param name="expertOfLeaf">[TTrees, TExperts], or null: leaf l is expert l.</param>
    /// <param name="scores">Receives TExperts numbers.</param>
    [SkipLocalsInit]
    public static void Tree<TExperts, TTrees>(float* nodes, float* leaves, float gamma, int* expertOfLeaf, float* scores)
        where TExperts : IDimension
        where TTrees : IDimension
    {
        int inner = TExperts.Size - 1;
        float* reach = stackalloc float[(2 * TExperts.Size) - 1];
        float* combined = stackalloc float[TTrees.Size * TExperts.Size];
        float best = float.NegativeInfinity;
        for (int tree = 0; tree < TTrees.Size; tree++)
        {
            reach[0] = 1f;
            for (int node = 0; node < inner; node++)
            {
                float left = SmoothStep(nodes[(tree * inner) + node], gamma);
                reach[(2 * node) + 1] = reach[node] * left;
                reach[(2 * node) + 2] = reach[node] * (1f - left);
            }

            for (int leaf = 0; leaf < TExperts.Size; leaf++)
            {
                float probability = reach[inner + leaf];
                float score = probability <= 0f
                    ? float.NegativeInfinity
                    : leaves[(tree * TExperts.Size) + leaf] + Transcendental.Log(probability + 1e-8f);
                combined[(tree * TExperts.Size) + leaf] = score;
                best = score > best ? score : best;
            }
        }

        for (int expert = 0; expert < TExperts.Size; expert++)
            scores[expert] = 0f;
        float total = 0f;
        for (int leaf = 0; leaf < TTrees.Size * TExperts.Size; leaf++)
        {
            float share = Transcendental.Exp(combined[leaf] - best);
            scores[expertOfLeaf == null ? leaf % TExperts.Size : expertOfLeaf[leaf]] += share;
            total += share;
        }

        for (int expert = 0; expert < TExperts.Size; expert++)
            scores[expert] /= total;
    }

    /// <summary>
    /// DSelect-k (Hazimeh et al. 2021): selector j gives expert i the weight Π over bits b of S(code[j, b]), or 1 − that where
    /// bit b of i (lowest first) is 0; the score is the sum over selectors of softmax(mix)[j] times it.
    /// </summary>
    /// <typeparam name="TExperts">Experts; codes beyond them belong to nobody.</typeparam>
    /// <typeparam name="TSelectors">Selectors.</typeparam>
    /// <param name="codes">[TSelectors, max(1, ⌈log₂ TExperts⌉)].</param>
    /// <param name="mix">[TSelectors].</param>
    /// <param name="gamma">Width of the smooth step.</param>
    /// <param name="scores">Receives TExperts numbers.</param>
    [SkipLocalsInit]
    public static void Selectors<TExperts, TSelectors>(float* codes, float* mix, float gamma, float* scores)
        where TExperts : IDimension
        where TSelectors : IDimension
    {
        int bits = 1;
        while (1 << bits < TExperts.Size)
            bits++;

        float* shares = stackalloc float[TSelectors.Size];
        RowMemory.Copy<TSelectors>(mix, shares);
        Rows.Softmax<TSelectors>(shares);
        float* steps = stackalloc float[TSelectors.Size * bits];
        for (int i = 0; i < TSelectors.Size * bits; i++)
            steps[i] = SmoothStep(codes[i], gamma);

        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            float sum = 0f;
            for (int selector = 0; selector < TSelectors.Size; selector++)
            {
                float product = shares[selector];
                for (int bit = 0; bit < bits; bit++)
                {
                    float step = steps[(selector * bits) + bit];
                    product *= (expert >> bit & 1) == 1 ? step : 1f - step;
                }

                sum += product;
            }

            scores[expert] = sum;
        }
    }

    /// <summary>x = (x − max x) · factor, and the order from the largest; both projections are the same for shifted rows.</summary>
    private static void SortFromMaximum<TExperts>(float* x, float factor, int* order)
        where TExperts : IDimension
    {
        float maximum = RowLoops.Maximum(x, TExperts.Size);
        for (int i = 0; i < TExperts.Size; i++)
            x[i] = (x[i] - maximum) * factor;
        Routing.TopK<TExperts, TExperts>(x, order);
    }
}
