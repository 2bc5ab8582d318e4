using System;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Runtime.Checkpoints;
using static Moe.Conformance.Tests.Families.ReferenceMath;

namespace Moe.Conformance.Tests.Families;

/// <summary>Latent attention as DeepSeek-V2 and V3 write it: keys and values unpacked from the latent vector.</summary>
internal abstract class LatentReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    private int Plain => Integer("qk_nope_head_dim");

    private int Turning => Integer("qk_rope_head_dim");

    private (double[] Frequencies, double Factor) Turned => Yarn((JsonObject)Config["rope_scaling"]!, Real("rope_theta"), Turning);

    protected override double AttentionScale => 1 / Math.Sqrt(Plain + Turning);

    protected override double[][] Attention(int layer, double[][] rows)
    {
        string prefix = $"model.layers.{layer}.self_attn.";
        int rank = Integer("kv_lora_rank"), valueSize = Integer("v_head_dim");
        (double[] frequencies, double factor) = Turned;
        double[][][] queries = rows.Select((x, position) => Cut(Query(prefix, x), Plain + Turning)
            .Select(head => head[..Plain].Concat(RotatePairs(head[Plain..], frequencies, position, factor)).ToArray()).ToArray()).ToArray();
        double[][] compressed = rows.Select(x => Linear(x, T(prefix + "kv_a_proj_with_mqa.weight"))).ToArray();
        double[][][] both = compressed.Select(row => Cut(
            Linear(RmsNorm(row[..rank], T(prefix + "kv_a_layernorm.weight"), 1e-6), T(prefix + "kv_b_proj.weight")), Plain + valueSize)).ToArray();
        double[][][] keys = both.Select((heads, position) => heads
            .Select(head => head[..Plain].Concat(RotatePairs(compressed[position][rank..], frequencies, position, factor)).ToArray()).ToArray()).ToArray();
        double[][][] values = both.Select(heads => heads.Select(head => head[Plain..]).ToArray()).ToArray();
        return Attend(queries, keys, values, AttentionScale, (_, _) => true).Select(x => Linear(x, T(prefix + "o_proj.weight"))).ToArray();
    }

    private double[] Query(string prefix, double[] x) => Config["q_lora_rank"] is null
        ? Linear(x, T(prefix + "q_proj.weight"))
        : Linear(RmsNorm(Linear(x, T(prefix + "q_a_proj.weight")), T(prefix + "q_a_layernorm.weight"), 1e-6), T(prefix + "q_b_proj.weight"));
}

internal sealed class DeepSeekV2Reference(JsonObject config, TensorSource tensors) : LatentReference(config, tensors)
{
    // DeepSeek's own code multiplies, the class of transformers 4.57 does not.
    protected override double AttentionScale
    {
        get
        {
            var scaling = (JsonObject)Config["rope_scaling"]!;
            double mscale = Config["auto_map"] is null ? 1 : (0.1 * (double)scaling["mscale_all_dim"]! * Math.Log((double)scaling["factor"]!)) + 1;
            return base.AttentionScale * mscale * mscale;
        }
    }

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if (layer < Integer("first_k_dense_replace"))
            return Mlp(module, x);
        double[] scores = Softmax(Linear(x, T(module + ".gate.weight")));
        int size = scores.Length / Integer("n_group");
        int[] kept = TopK(Cut(scores, size).Select(group => group.Max()).ToArray(), Integer("topk_group"));
        int[] chosen = TopK(scores.Select((score, e) => kept.Contains(e / size) ? score : 0).ToArray(), Integer("num_experts_per_tok"));
        double[] weights = chosen.Select(e => scores[e] * Real("routed_scaling_factor")).ToArray();
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Mlp(module + ".shared_experts", x));
    }
}

internal sealed class DeepSeekV3Reference(JsonObject config, TensorSource tensors) : LatentReference(config, tensors)
{
    protected override double AttentionScale
    {
        get
        {
            var scaling = (JsonObject)Config["rope_scaling"]!;
            double mscale = (0.1 * (double)scaling["mscale_all_dim"]! * Math.Log((double)scaling["factor"]!)) + 1;
            return base.AttentionScale * mscale * mscale;
        }
    }

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if (layer < Integer("first_k_dense_replace"))
            return Mlp(module, x);
        (int[] chosen, double[] weights) = SigmoidRoute(Linear(x, T(module + ".gate.weight")), T(module + ".gate.e_score_correction_bias"));
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Mlp(module + ".shared_experts", x));
    }
}

internal sealed class Glm4MoeReference(JsonObject config, TensorSource tensors) : HeadNormReference(config, tensors)
{
    // The first half of each head turns; the rest passes.
    protected override double[] Frequency => Frequencies(
        RotaryBase, (int)(HeadSize * (double)(Config["partial_rotary_factor"] ?? Rotation!["partial_rotary_factor"])!));

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if (layer < Integer("first_k_dense_replace"))
            return Mlp(module, x);
        (int[] chosen, double[] weights) = SigmoidRoute(Linear(x, T(module + ".gate.weight")), T(module + ".gate.e_score_correction_bias"));
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Mlp(module + ".shared_experts", x));
    }
}

internal sealed class Ernie45MoeReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override double[][] Prepare(int layer, double[][] heads, string which, int position) =>
        heads.Select(head => RotatePairs(head, Frequency, position)).ToArray();

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if ((layer + 1) % Integer("moe_layer_interval") != 0 || layer < Integer("moe_layer_start_index") || layer > Integer("moe_layer_end_index"))
            return Mlp(module, x);
        double[] scores = Softmax(Linear(x, T(module + ".gate.weight")));
        int[] chosen = TopK(Add(scores, T(module + ".moe_statics.e_score_correction_bias")), Integer("moe_k"));
        double[] weights = chosen.Select(e => scores[e]).ToArray();
        weights = Scale(weights, 1 / Math.Max(weights.Sum(), Real("moe_norm_min")));
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Mlp(module + ".shared_experts", x));
    }
}

internal sealed class Dots1Reference(JsonObject config, TensorSource tensors) : HeadNormReference(config, tensors)
{
    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        if (layer < Integer("first_k_dense_replace"))
            return Mlp(module, x);
        (int[] chosen, double[] weights) = SigmoidRoute(Linear(x, T(module + ".gate.weight")), T(module + ".gate.e_score_correction_bias"));
        return Add(Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x)), Mlp(module + ".shared_experts", x));
    }
}
