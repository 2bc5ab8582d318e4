using System;
using ILGPU;

namespace Moe.Runtime.Gpu.Kernels;

/// <summary>
/// Steps of a router over one token's row in shared memory. Every work item calls them alike and comes to the same number:
/// sums run in order, in float32, so that nothing depends on how a group is laid out. No barriers inside.
/// </summary>
public static class GpuRouting
{
    /// <summary>
    /// τ of sparsemax, p = max(z − τ, 0): the largest k with 1 + k z₍ₖ₎ &gt; Σ z₍₁₎..z₍ₖ₎ gives τ = (that sum − 1) / k
    /// (Martins and Astudillo 2016). z is taken relative to its largest, as τ is.
    /// </summary>
    /// <param name="logits">z.</param>
    /// <param name="order">Their indices, largest first.</param>
    /// <param name="count">How many.</param>
    public static float SparsemaxThreshold(ArrayView<float> logits, ArrayView<int> order, int count)
    {
        float highest = logits[order[0]];
        float sum = 0f;
        float threshold = 0f;
        bool isInside = true;
        for (int k = 1; k <= count; k++)
        {
            float z = logits[order[k - 1]] - highest;
            sum += z;
            isInside = isInside && 1f + (k * z) > sum;
            threshold = isInside ? (sum - 1f) / k : threshold;
        }

        return threshold;
    }

    /// <summary>
    /// τ of 1.5-entmax, p = max(z/2 − τ, 0)²: with mean M and mean square S of the k largest z/2, τₖ = M − √((1 − k(S − M²)) / k);
    /// the largest k with τₖ ≤ z₍ₖ₎/2 gives τ (Peters, Niculae and Martins 2019). z is taken relative to its largest, as τ is.
    /// </summary>
    /// <inheritdoc cref="SparsemaxThreshold"/>
    public static float EntmaxThreshold(ArrayView<float> logits, ArrayView<int> order, int count)
    {
        float highest = logits[order[0]];
        float sum = 0f;
        float squares = 0f;
        float threshold = 0f;
        bool isInside = true;
        for (int k = 1; k <= count; k++)
        {
            float z = (logits[order[k - 1]] - highest) * 0.5f;
            sum += z;
            squares += z * z;
            float mean = sum / k;
            float left = (1f - (k * ((squares / k) - (mean * mean)))) / k;
            float own = mean - MathF.Sqrt(left > 0f ? left : 0f);
            isInside = isInside && own <= z;
            threshold = isInside ? own : threshold;
        }

        return threshold;
    }

    /// <summary>0 below −γ/2, 1 above γ/2, −2t³/γ³ + 3t/(2γ) + ½ between (Hazimeh et al. 2020).</summary>
    /// <param name="t">Where.</param>
    /// <param name="gamma">γ, the width.</param>
    public static float SmoothStep(float t, float gamma)
    {
        float half = gamma * 0.5f;
        float scaled = t / gamma;
        float between = (-2f * scaled * scaled * scaled) + (1.5f * scaled) + 0.5f;
        return t <= -half ? 0f : t >= half ? 1f : between;
    }

    /// <summary>
    /// P of a leaf: the product of the steps along the path from the root. Node n has children 2n + 1 (taken with S(t)) and
    /// 2n + 2 (taken with 1 − S(t)); the leaves follow the leaves − 1 inner nodes.
    /// </summary>
    /// <param name="nodes">t of the inner nodes, tree after tree.</param>
    /// <param name="tree">Which tree.</param>
    /// <param name="leaf">Which of its leaves.</param>
    /// <param name="leaves">Leaves of a tree.</param>
    /// <param name="gamma">Width of the step.</param>
    public static float PathProbability(ArrayView<float> nodes, int tree, int leaf, int leaves, float gamma)
    {
        float probability = 1f;
        int node = leaves - 1 + leaf;
        while (node > 0)
        {
            int parent = (node - 1) / 2;
            float left = SmoothStep(nodes[(tree * (leaves - 1)) + parent], gamma);
            probability *= node % 2 == 1 ? left : 1f - left;
            node = parent;
        }

        return probability;
    }

    /// <summary>Π over the bits b of an expert's number of (bit ? S(code[b]) : 1 − S(code[b])), the lowest bit first.</summary>
    /// <param name="codes">Codes, selector after selector.</param>
    /// <param name="first">The first of the selector's.</param>
    /// <param name="bits">How many it has.</param>
    /// <param name="expert">The expert.</param>
    /// <param name="gamma">Width of the step.</param>
    public static float CodeWeight(ArrayView<float> codes, int first, int bits, int expert, float gamma)
    {
        float weight = 1f;
        for (int bit = 0; bit < bits; bit++)
        {
            float step = SmoothStep(codes[first + bit], gamma);
            weight *= ((expert >> bit) & 1) == 1 ? step : 1f - step;
        }

        return weight;
    }

    /// <summary>How many experts reach P: those up to and including the first at which the running sum is above P, all if none is.</summary>
    /// <param name="keys">Scores.</param>
    /// <param name="order">Experts, best first.</param>
    /// <param name="count">How many.</param>
    /// <param name="p">P.</param>
    public static int FirstExceeding(ArrayView<float> keys, ArrayView<int> order, int count, float p)
    {
        float sum = 0f;
        int taken = 0;
        bool isOpen = true;
        for (int place = 0; place < count; place++)
        {
            sum += keys[order[place]];
            taken += isOpen ? 1 : 0;
            isOpen = isOpen && !(sum > p);
        }

        return taken;
    }

    /// <summary>How many experts stay within P: those whose running sum is at most P.</summary>
    /// <inheritdoc cref="FirstExceeding"/>
    public static int SumAtMost(ArrayView<float> keys, ArrayView<int> order, int count, float p)
    {
        float sum = 0f;
        int taken = 0;
        bool isOpen = true;
        for (int place = 0; place < count; place++)
        {
            sum += keys[order[place]];
            isOpen = isOpen && sum <= p;
            taken += isOpen ? 1 : 0;
        }

        return taken;
    }

    /// <summary>How many keys are above a threshold; NaN is not.</summary>
    /// <param name="keys">Scores.</param>
    /// <param name="count">How many.</param>
    /// <param name="threshold">The threshold.</param>
    public static int Above(ArrayView<float> keys, int count, float threshold)
    {
        int above = 0;
        for (int expert = 0; expert < count; expert++)
            above += keys[expert] > threshold ? 1 : 0;
        return above;
    }

    /// <summary>The number of experts between the fewest and the most.</summary>
    public static int Within(int count, int fewest, int most)
    {
        int atLeast = count < fewest ? fewest : count;
        return atLeast > most ? most : atLeast;
    }

    /// <summary>−Σ p ln p of p = key + ε (Shannon).</summary>
    /// <param name="keys">Scores.</param>
    /// <param name="count">How many.</param>
    /// <param name="epsilon">ε.</param>
    public static float ShannonEntropy(ArrayView<float> keys, int count, float epsilon)
    {
        float sum = 0f;
        for (int expert = 0; expert < count; expert++)
        {
            float p = keys[expert] + epsilon;
            sum += p > 0f ? p * GpuMath.Log(p) : p == 0f ? 0f : p;
        }

        return -sum;
    }

    /// <summary>(1 − Σ p^q) / (q − 1) of p = key + ε (Tsallis 1988).</summary>
    /// <param name="keys">Scores.</param>
    /// <param name="count">How many.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="order">q, not 1.</param>
    public static float TsallisEntropy(ArrayView<float> keys, int count, float epsilon, float order)
    {
        float sum = 0f;
        for (int expert = 0; expert < count; expert++)
            sum += GpuMath.Power(keys[expert] + epsilon, order);
        return (1f - sum) / (order - 1f);
    }

    /// <summary>The best of the logits but for one, as <see cref="GpuOrder"/> orders them.</summary>
    /// <param name="logits">z.</param>
    /// <param name="count">How many, at least 2.</param>
    /// <param name="without">An index that is passed over; −1 for none.</param>
    public static int BestIndex(ArrayView<float> logits, int count, int without)
    {
        int best = without == 0 ? 1 : 0;
        for (int expert = best + 1; expert < count; expert++)
        {
            if (expert != without && GpuOrder.Key(logits[expert]) > GpuOrder.Key(logits[best]))
                best = expert;
        }

        return best;
    }

    /// <summary>
    /// A weight of PhiMoE's sparsemixer: with m the logit of <paramref name="best"/>, those with (m − z) / max(|z|, m) above
    /// <paramref name="limit"/> drop out, and so does <paramref name="without"/>; softmax over what is left, at
    /// <paramref name="index"/>.
    /// </summary>
    /// <param name="logits">z.</param>
    /// <param name="count">How many.</param>
    /// <param name="best">Whose logit is m.</param>
    /// <param name="index">Whose weight.</param>
    /// <param name="without">An index that drops out; −1 for none.</param>
    /// <param name="limit">2 ε.</param>
    public static float MixerWeight(ArrayView<float> logits, int count, int best, int index, int without, float limit)
    {
        float highest = logits[best];
        float total = 0f;
        float own = 0f;
        for (int expert = 0; expert < count; expert++)
        {
            float z = logits[expert];
            float size = z < 0f ? -z : z;
            float scale = size > highest ? size : highest;
            bool isLeft = expert != without && !((highest - z) / scale > limit);
            float share = isLeft ? GpuMath.Exp(z - highest) : 0f;
            total += share;
            own = expert == index ? share : own;
        }

        return own / total;
    }
}
