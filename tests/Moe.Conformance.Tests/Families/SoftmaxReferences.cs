using System;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Runtime.Checkpoints;
using static Moe.Conformance.Tests.Families.ReferenceMath;

namespace Moe.Conformance.Tests.Families;

internal sealed class LlamaReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    private bool IsLong => (string)Rotation!["rope_type"]! == "longrope";

    // sqrt(1 + ln(extension) / ln(original)); every sequence here is within the original length.
    protected override double RotaryFactor => !IsLong ? 1 : Math.Sqrt(1 + (Math.Log(
        Real("max_position_embeddings") / Real("original_max_position_embeddings")) / Math.Log(Real("original_max_position_embeddings"))));

    protected override double[] Frequency => Frequencies(RotaryBase, HeadSize).Select((f, i) =>
    {
        JsonObject scaling = Rotation!;
        if (IsLong)
            return f / (double)scaling["short_factor"]![i]!;
        double factor = (double)scaling["factor"]!, low = (double)scaling["low_freq_factor"]!, high = (double)scaling["high_freq_factor"]!;
        double original = (double)scaling["original_max_position_embeddings"]!;
        double wave = 2 * Math.PI / f;
        if (wave < original / high)
            return f;
        if (wave > original / low)
            return f / factor;
        double smooth = ((original / wave) - low) / (high - low);
        return ((1 - smooth) * f / factor) + (smooth * f);
    }).ToArray();

    protected override double[] FeedForward(int layer, double[] x) => Mlp($"model.layers.{layer}.mlp", x);
}

/// <summary>RMSNorm of each query and key head before the rotation.</summary>
internal abstract class HeadNormReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override double[][] Prepare(int layer, double[][] heads, string which, int position) => base.Prepare(
        layer,
        heads.Select(head => RmsNorm(head, T($"model.layers.{layer}.self_attn.{which}_norm.weight"), Epsilon)).ToArray(),
        which,
        position);
}

internal sealed class Qwen3Reference(JsonObject config, TensorSource tensors) : HeadNormReference(config, tensors)
{
    // A file without layer_types: from max_window_layers on.
    protected override bool IsSliding(int layer) =>
        Config["layer_types"] is null ? Flag("use_sliding_window") && layer >= Integer("max_window_layers") : base.IsSliding(layer);

    protected override double[] FeedForward(int layer, double[] x) => Mlp($"model.layers.{layer}.mlp", x);
}

internal sealed class MixtralReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override bool Sees(int layer, int i, int j) => i - j < Integer("sliding_window");

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.block_sparse_moe";
        (int[] chosen, double[] weights) = SoftmaxRoute(Linear(x, T(module + ".gate.weight")), Integer("num_experts_per_tok"), renormalise: true);
        return Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x, "w1", "w3", "w2"));
    }
}

internal sealed class Qwen2MoeReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override bool IsSliding(int layer) => Config["layer_types"] is null ? Flag("use_sliding_window") : base.IsSliding(layer);

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if ((layer + 1) % Integer("decoder_sparse_step") != 0 || Config["mlp_only_layers"]!.AsArray().Any(only => (int)only! == layer))
            return Mlp(module, x);
        (int[] chosen, double[] weights) = SoftmaxRoute(Linear(x, T(module + ".gate.weight")), Integer("num_experts_per_tok"), Flag("norm_topk_prob"));
        double gate = Sigmoid(Linear(x, T(module + ".shared_expert_gate.weight"))[0]);
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Scale(Mlp(module + ".shared_expert", x), gate));
    }
}

internal sealed class Qwen3MoeReference(JsonObject config, TensorSource tensors) : HeadNormReference(config, tensors)
{
    private (double[] Frequencies, double Factor) Turned => Yarn(Rotation!, RotaryBase, HeadSize);

    protected override bool IsSliding(int layer) => Flag("use_sliding_window");

    protected override double[] Frequency => Turned.Frequencies;

    protected override double RotaryFactor => Turned.Factor;

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if ((int?)Config["num_experts"] == 0 || Config["mlp_only_layers"]!.AsArray().Any(only => (int)only! == layer))
            return Mlp(module, x);
        (int[] chosen, double[] weights) = SoftmaxRoute(Linear(x, T(module + ".gate.weight")), Integer("num_experts_per_tok"), Flag("norm_topk_prob"));
        return Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x));
    }
}

internal sealed class DeepSeekMoeReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if (layer < Integer("first_k_dense_replace"))
            return Mlp(module, x);
        (int[] chosen, double[] weights) = SoftmaxRoute(Linear(x, T(module + ".gate.weight")), Integer("num_experts_per_tok"), renormalise: false);
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Mlp(module + ".shared_experts", x));
    }
}

internal sealed class OlmoeReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override double[][] Prepare(int layer, double[][] heads, string which, int position)
    {
        double[] normed = RmsNorm(heads.SelectMany(head => head).ToArray(), T($"model.layers.{layer}.self_attn.{which}_norm.weight"), Epsilon);
        return base.Prepare(layer, Cut(Clipped(normed), HeadSize), which, position);
    }

    protected override double[][] Values(string prefix, double[] x) => base.Values(prefix, x).Select(Clipped).ToArray();

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        (int[] chosen, double[] weights) = SoftmaxRoute(Linear(x, T(module + ".gate.weight")), Integer("num_experts_per_tok"), Flag("norm_topk_prob"));
        return Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x));
    }

    private double[] Clipped(double[] row) => row.Select(value => Math.Clamp(value, -Real("clip_qkv"), Real("clip_qkv"))).ToArray();
}

internal sealed class HunyuanMoeReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override double[] Frequency => Frequencies(
        Real("rope_theta") * Math.Pow((double)Config["rope_scaling"]!["alpha"]!, HeadSize / (HeadSize - 2.0)), HeadSize);

    protected override double[][] Prepare(int layer, double[][] heads, string which, int position) => base.Prepare(layer, heads, which, position)
        .Select(head => RmsNorm(head, T($"model.layers.{layer}.self_attn.{(which == "q" ? "query" : "key")}_layernorm.weight"), Epsilon)).ToArray();

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        (int[] chosen, double[] weights) = SoftmaxRoute(Linear(x, T(module + ".gate.wg.weight")), (int)Config["moe_topk"]![layer]!, renormalise: true);
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Mlp(module + ".shared_mlp", x));
    }
}
