using System;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Runtime.Checkpoints;
using static Moe.Conformance.Tests.Families.ReferenceMath;

namespace Moe.Conformance.Tests.Families;

/// <summary>Pre-norm decoder with grouped-query attention; families override what they do differently.</summary>
internal abstract class GroupedReference(JsonObject config, TensorSource tensors) : ReferenceModel(config, tensors)
{
    protected virtual double[] Frequency => Frequencies(RotaryBase, HeadSize);

    protected virtual double RotaryFactor => 1;

    protected virtual double AttentionScale => 1 / Math.Sqrt(HeadSize);

    protected virtual double ResidualFactor => 1;

    protected override double[][] Layer(int layer, double[][] hidden) =>
        PreNorm(layer, hidden, rows => Attention(layer, rows), x => FeedForward(layer, x), ResidualFactor);

    protected abstract double[] FeedForward(int layer, double[] x);

    /// <summary>The whole past, or what "layer_types" says; a window of n is the token itself and n − 1 before it.</summary>
    protected virtual bool Sees(int layer, int i, int j) => !IsSliding(layer) || i - j < Integer("sliding_window");

    protected virtual bool IsSliding(int layer) =>
        Config["layer_types"] is JsonArray types && (string)types[layer]! == "sliding_attention";

    protected virtual double[][] Project(string module, double[] x) => Cut(Linear(x, T(module + ".weight"), Optional(module + ".bias")), HeadSize);

    /// <summary>From a projected head to what meets the other: norms and rotation.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="heads">The heads of one token.</param>
    /// <param name="which">"q" or "k".</param>
    /// <param name="position">Of the token.</param>
    protected virtual double[][] Prepare(int layer, double[][] heads, string which, int position) =>
        heads.Select(head => RotateHalves(head, Frequency, position, RotaryFactor)).ToArray();

    protected virtual double[]? Sinks(int layer) => null;

    protected virtual double[][] Attention(int layer, double[][] rows)
    {
        string prefix = $"model.layers.{layer}.self_attn.";
        double[][][] queries = rows.Select((x, position) => Prepare(layer, Project(prefix + "q_proj", x), "q", position)).ToArray();
        double[][][] keys = rows.Select((x, position) => Prepare(layer, Project(prefix + "k_proj", x), "k", position)).ToArray();
        double[][][] values = rows.Select(x => Values(prefix, x)).ToArray();
        double[][] heads = Attend(queries, keys, values, AttentionScale, (i, j) => Sees(layer, i, j), Sinks(layer));
        return heads.Select(x => Linear(x, T(prefix + "o_proj.weight"), Optional(prefix + "o_proj.bias"))).ToArray();
    }

    protected virtual double[][] Values(string prefix, double[] x) => Project(prefix + "v_proj", x);

    /// <summary>A feed-forward network under the usual three names.</summary>
    protected double[] Mlp(string module, double[] x, string gate = "gate_proj", string up = "up_proj", string down = "down_proj") => SwiGlu(
        x,
        T($"{module}.{gate}.weight"),
        T($"{module}.{up}.weight"),
        T($"{module}.{down}.weight"),
        Optional($"{module}.{gate}.bias"),
        Optional($"{module}.{up}.bias"),
        Optional($"{module}.{down}.bias"),
        Activate);

    /// <summary>The weighted sum of the chosen experts' answers.</summary>
    protected static double[] Mixture(int[] chosen, double[] weights, Func<int, double[]> expert) =>
        chosen.Select((e, slot) => Scale(expert(e), weights[slot])).Aggregate(Add);

    /// <summary>Softmax over all experts, the best k, divided by their sum or not.</summary>
    protected static (int[] Chosen, double[] Weights) SoftmaxRoute(double[] logits, int k, bool renormalise)
    {
        double[] scores = Softmax(logits);
        int[] chosen = TopK(scores, k);
        double[] weights = chosen.Select(e => scores[e]).ToArray();
        return (chosen, renormalise ? Scale(weights, 1 / weights.Sum()) : weights);
    }

    /// <summary>DeepSeek-V3's router: sigmoid, correction bias, groups worth their two best, zeros outside the kept ones.</summary>
    protected (int[] Chosen, double[] Weights) SigmoidRoute(double[] logits, double[] correction)
    {
        double[] scores = logits.Select(Sigmoid).ToArray();
        double[] choice = Add(scores, correction);
        int groups = Integer("n_group");
        double[][] grouped = Cut(choice, choice.Length / groups);
        int[] kept = TopK(grouped.Select(group => group.OrderDescending().Take(2).Sum()).ToArray(), Integer("topk_group"));
        double[] masked = choice.Select((value, e) => kept.Contains(e / (choice.Length / groups)) ? value : 0).ToArray();
        int[] chosen = TopK(masked, Integer("num_experts_per_tok"));
        double[] weights = chosen.Select(e => scores[e]).ToArray();
        if (Flag("norm_topk_prob"))
            weights = Scale(weights, 1 / (weights.Sum() + 1e-20));
        return (chosen, Scale(weights, Real("routed_scaling_factor")));
    }

    /// <summary>Yarn's frequencies and attention factor.</summary>
    protected static (double[] Frequencies, double Factor) Yarn(JsonObject scaling, double rotaryBase, int size)
    {
        // Release 5: a missing factor is how far the context was extended, here from 24 to 96.
        double factor = (double?)scaling["factor"] ?? 4;
        double original = (double)scaling["original_max_position_embeddings"]!;
        double Corrected(double turns) => size * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(rotaryBase));
        double low = Corrected((double?)scaling["beta_fast"] ?? 32);
        double high = Corrected((double?)scaling["beta_slow"] ?? 1);
        if ((bool?)scaling["truncate"] ?? true)
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        low = Math.Max(low, 0);
        high = Math.Min(high, size - 1);
        if (low == high)
            high += 0.001;
        double[] frequencies = Frequencies(rotaryBase, size)
            .Select((f, i) =>
            {
                double ramp = Math.Clamp((i - low) / (high - low), 0, 1);
                return (f / factor * ramp) + (f * (1 - ramp));
            })
            .ToArray();
        double M(double a) => (0.1 * a * Math.Log(factor)) + 1;
        double attention = scaling["mscale"] is { } mscale && scaling["mscale_all_dim"] is { } all ? M((double)mscale) / M((double)all) : M(1);
        return (frequencies, attention);
    }
}
