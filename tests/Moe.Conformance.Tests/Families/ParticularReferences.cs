using System;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Runtime.Checkpoints;
using static Moe.Conformance.Tests.Families.ReferenceMath;

namespace Moe.Conformance.Tests.Families;

internal sealed class GraniteMoeReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override double AttentionScale => Real("attention_multiplier");

    protected override double ResidualFactor => Real("residual_multiplier");

    protected override double[] Embed(int id) => Scale(base.Embed(id), Real("embedding_multiplier"));

    protected override double[] Head(double[] hidden) => Scale(base.Head(hidden), 1 / Real("logits_scaling"));

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.block_sparse_moe";
        int experts = Integer("num_local_experts");
        double[] logits = Linear(x, T(module + ".router.layer.weight"));
        int[] chosen = TopK(logits, Integer("num_experts_per_tok"));
        return Mixture(chosen, Softmax(chosen.Select(e => logits[e]).ToArray()), e =>
        {
            double[] both = Linear(x, Part(module + ".input_linear.weight", e, experts));
            double[] inner = both[..(both.Length / 2)].Zip(both[(both.Length / 2)..], (gate, up) => Silu(gate) * up).ToArray();
            return Linear(inner, Part(module + ".output_linear.weight", e, experts));
        });
    }
}

internal sealed class PhiMoeReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    // The length of the whole call decides.
    private string List => Length > (int)Rotation!["original_max_position_embeddings"]! ? "long" : "short";

    protected override double[] Frequency => base.Frequency.Select((f, i) => f / (Rotation is null ? 1 : (double)Rotation[List + "_factor"]![i]!)).ToArray();

    protected override double RotaryFactor => Rotation is null ? 1 : (double)Rotation[List + "_mscale"]!;

    protected override double[] Norm(double[] x, string module) => LayerNorm(x, T(module + ".weight"), T(module + ".bias"), Epsilon);

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.block_sparse_moe";
        double[] logits = Linear(x, T(module + ".gate.weight"));
        double jitter = Real("router_jitter_noise");
        int first = TopK(logits, 1)[0];
        double[] others = logits.Select((z, e) => e == first ? double.NegativeInfinity : z).ToArray();
        int second = TopK(others, 1)[0];
        return Mixture([first, second], [Weight(logits, logits, first), Weight(others, logits, second)], e => Mlp($"{module}.experts.{e}", x, "w1", "w3", "w2"));

        double Weight(double[] candidates, double[] scores, int best) => Math.Exp(candidates[best]) / candidates
            .Where((z, e) => !double.IsNegativeInfinity(z) && (candidates[best] - scores[e]) / Math.Max(Math.Abs(scores[e]), candidates[best]) <= 2 * jitter)
            .Sum(Math.Exp);
    }
}

internal sealed class GptOssReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    private (double[] Frequencies, double Factor) Turned =>
        Rotation is { } scaling ? Yarn(scaling, RotaryBase, HeadSize) : (Frequencies(RotaryBase, HeadSize), 1);

    protected override double[] Frequency => Turned.Frequencies;

    protected override double RotaryFactor => Turned.Factor;

    protected override double[] Sinks(int layer) => T($"model.layers.{layer}.self_attn.sinks");

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp.";
        int experts = Integer("num_local_experts");
        double[] logits = Linear(x, T(module + "router.weight"), T(module + "router.bias"));
        int[] chosen = TopK(logits, Integer("num_experts_per_tok"));
        return Mixture(chosen, Softmax(chosen.Select(e => logits[e]).ToArray()), e =>
        {
            double[] both = LinearTransposed(x, Part(module + "experts.gate_up_proj", e, experts), Part(module + "experts.gate_up_proj_bias", e, experts));
            var inner = new double[both.Length / 2];
            double limit = (double?)Config["swiglu_limit"] ?? 7, alpha = (double?)Config["swiglu_alpha"] ?? 1.702;
            for (int i = 0; i < inner.Length; i++)
            {
                double gate = Math.Min(both[2 * i], limit), up = Math.Clamp(both[(2 * i) + 1], -limit, limit);
                inner[i] = (up + 1) * gate * Sigmoid(alpha * gate);
            }

            return LinearTransposed(inner, Part(module + "experts.down_proj", e, experts), Part(module + "experts.down_proj_bias", e, experts));
        });
    }
}

internal sealed class Llama4Reference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override bool Sees(int layer, int i, int j) =>
        (string)Config["layer_types"]![layer]! == "full_attention" || i / Integer("attention_chunk_size") == j / Integer("attention_chunk_size");

    protected override double[][] Prepare(int layer, double[][] heads, string which, int position)
    {
        if ((int)Config["no_rope_layers"]![layer]! != 0)
            return heads.Select(head => RotatePairs(head, Frequency, position)).Select(head => Flag("use_qk_norm") ? RmsNorm(head, null, Epsilon) : head).ToArray();
        double temperature = !Flag("attn_temperature_tuning") ? 1 : 1 + (Real("attn_scale") * Math.Log(1 + Math.Floor((position + 1) / Real("floor_scale"))));
        return which == "q" ? heads.Select(head => Scale(head, temperature)).ToArray() : heads;
    }

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.feed_forward";
        if (!Config["moe_layers"]!.AsArray().Any(sparse => (int)sparse! == layer))
            return Mlp(module, x);
        int experts = Integer("num_local_experts");
        double[] logits = Linear(x, T(module + ".router.weight"));
        int[] chosen = TopK(logits, Integer("num_experts_per_tok"));
        double[] routed = Mixture(chosen, [.. chosen.Select(_ => 1.0)], e =>
        {
            double[] both = LinearTransposed(Scale(x, Sigmoid(logits[e])), Part(module + ".experts.gate_up_proj", e, experts));
            double[] inner = both[..(both.Length / 2)].Zip(both[(both.Length / 2)..], (gate, up) => Silu(gate) * up).ToArray();
            return LinearTransposed(inner, Part(module + ".experts.down_proj", e, experts));
        });
        return Add(Mlp(module + ".shared_expert", x), routed);
    }
}

internal sealed class DbrxReference(JsonObject config, TensorSource tensors) : ReferenceModel(config, tensors)
{
    private int Hidden => Integer("d_model");

    private int HeadCount => Integer("n_heads");

    private JsonObject AttentionConfig => (JsonObject)Config["attn_config"]!;

    private JsonObject ExpertConfig => (JsonObject)Config["ffn_config"]!;

    public double[][] Run(int[] ids)
    {
        double[] table = T("transformer.wte.weight");
        double[][] hidden = ids.Select(id => table[(id * Hidden)..((id + 1) * Hidden)]).ToArray();
        for (int layer = 0; layer < Integer("n_layers"); layer++)
            hidden = Layer(layer, hidden);
        return hidden.Select(x => Linear(LayerNorm(x, T("transformer.norm_f.weight"), null, 1e-5), T("lm_head.weight"))).ToArray();
    }

    protected override double[][] Layer(int layer, double[][] hidden)
    {
        string block = $"transformer.blocks.{layer}.";
        int size = Hidden / HeadCount, keyValueHeads = (int)AttentionConfig["kv_n_heads"]!;
        double clip = (double)AttentionConfig["clip_qkv"]!;
        double[] frequencies = Frequencies((double)AttentionConfig["rope_theta"]!, size);
        double[][][] all = hidden.Select(x => Cut(
            Linear(LayerNorm(x, T(block + "norm_attn_norm.norm_1.weight"), null, 1e-5), T(block + "norm_attn_norm.attn.Wqkv.weight"))
                .Select(value => Math.Clamp(value, -clip, clip)).ToArray(), size)).ToArray();
        double[][][] queries = all.Select((heads, position) => heads[..HeadCount].Select(head => RotateHalves(head, frequencies, position)).ToArray()).ToArray();
        double[][][] keys = all.Select((heads, position) => heads[HeadCount..(HeadCount + keyValueHeads)].Select(head => RotateHalves(head, frequencies, position)).ToArray()).ToArray();
        double[][][] values = all.Select(heads => heads[(HeadCount + keyValueHeads)..]).ToArray();
        double[][] attended = hidden.Zip(
            Attend(queries, keys, values, 1 / Math.Sqrt(size), (_, _) => true),
            (x, heads) => Add(x, Linear(heads, T(block + "norm_attn_norm.attn.out_proj.weight")))).ToArray();
        return attended.Select(x => Add(x, Experts(block + "ffn.", LayerNorm(x, T(block + "norm_attn_norm.norm_2.weight"), null, 1e-5)))).ToArray();
    }

    private double[] Experts(string module, double[] x)
    {
        int experts = (int)ExpertConfig["moe_num_experts"]!;
        double[] scores = Softmax(Linear(x, T(module + "router.layer.weight")));
        int[] chosen = TopK(scores, (int)ExpertConfig["moe_top_k"]!);
        double sum = ExpertConfig["moe_normalize_expert_weights"] is null ? 1 : chosen.Sum(e => scores[e]);
        return chosen.Select(e =>
        {
            double[] gate = Linear(x, Part(module + "experts.mlp.w1", e, experts));
            double[] up = Linear(x, Part(module + "experts.mlp.v1", e, experts));
            double[] inner = gate.Zip(up, (a, b) => Silu(a) * b).ToArray();
            return Scale(LinearTransposed(inner, Part(module + "experts.mlp.w2", e, experts)), scores[e] / sum);
        }).Aggregate(Add);
    }
}

/// <summary>Softmax attention in some layers, lightning attention with a decay in the others; what a part adds to is the norm's output.</summary>
internal sealed class MiniMaxReference(JsonObject config, TensorSource tensors) : GroupedReference(config, tensors)
{
    protected override double[][] Layer(int layer, double[][] hidden)
    {
        string prefix = $"model.layers.{layer}.";
        bool isLinear = (string)Config["layer_types"]![layer]! == "linear_attention";
        string kind = isLinear ? "linear" : "full";
        double[][] normed = hidden.Select(x => Norm(x, prefix + "input_layernorm")).ToArray();
        double[][] answer = isLinear ? Lightning(layer, normed) : Attention(layer, normed);
        return normed.Zip(answer, (x, a) => Add(Scale(x, Real(kind + "_attn_alpha_factor")), Scale(a, Real(kind + "_attn_beta_factor"))))
            .Select(x => Norm(x, prefix + "post_attention_layernorm"))
            .Select(x => Add(Scale(x, Real("mlp_alpha_factor")), Scale(FeedForward(layer, x), Real("mlp_beta_factor"))))
            .ToArray();
    }

    protected override double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.block_sparse_moe";
        (int[] chosen, double[] weights) = SoftmaxRoute(Linear(x, T(module + ".gate.weight")), Integer("num_experts_per_tok"), renormalise: true);
        return Mixture(chosen, weights, e => Mlp($"{module}.experts.{e}", x, "w1", "w3", "w2"));
    }

    private double[][] Lightning(int layer, double[][] rows)
    {
        string prefix = $"model.layers.{layer}.self_attn.";
        int size = HeadSize;
        double[][][] all = rows.Select(x => Cut(Linear(x, T(prefix + "qkv_proj.weight")).Select(Silu).ToArray(), 3 * size)).ToArray();
        return rows.Select((x, i) =>
        {
            var heads = new double[Heads * size];
            for (int h = 0; h < Heads; h++)
            {
                double slope = Math.Pow(2, -8.0 * (h + 1) / Heads) * (1 - (layer / (Layers - 1 + 1e-5)) + 1e-5);
                for (int j = 0; j <= i; j++)
                {
                    double weight = Math.Exp(-slope * (i - j)) * all[i][h][..size].Zip(all[j][h][size..(2 * size)], (a, b) => a * b).Sum();
                    for (int d = 0; d < size; d++)
                        heads[(h * size) + d] += weight * all[j][h][(2 * size) + d];
                }
            }

            double[] normed = RmsNorm(heads, T(prefix + "norm.weight"), 1e-6);
            double[] gate = Linear(x, T(prefix + "output_gate.weight"));
            return Linear(normed.Zip(gate, (a, g) => a * Sigmoid(g)).ToArray(), T(prefix + "out_proj.weight"));
        }).ToArray();
    }
}
