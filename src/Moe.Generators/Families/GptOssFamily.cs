using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// GptOssForCausalLM: sinks, a window on some layers, yarn, clamped SwiGLU; stacked, transposed experts with gate and up rows
/// in turn, or their MXFP4 form.
/// </summary>
internal sealed class GptOssFamily : CheckpointFamily
{
    private const string Experts = "model.layers.{layer}.mlp.experts.";
    private const string Sliding = "sliding_attention";
    private const string Full = "full_attention";
    private const double UsualLimit = 7;
    private const double UsualAlpha = 1.702;

    private static readonly ModelDefaults _absent = new(201_088, 2880, 36, 64, KeyValueHeads: 8, HeadSize: 64, 131_072, 1e-5, 150_000);

    public override CheckpointLayout Layout => CheckpointLayout.GptOss;

    public override string ModelType => "gpt_oss";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .InLayer("Router", "mlp.router")
        .Fused(TensorPlace.Fused(Experts + "gate_up_proj", FusedRows.Interleaved, "ExpertGate", "ExpertUp") with { Stacked = true, Transposed = true, Microscaled = true })
        .Fused(TensorPlace.Fused(Experts + "gate_up_proj_bias", FusedRows.Interleaved, "ExpertGateBias", "ExpertUpBias") with { Stacked = true })
        .With("ExpertDown", new TensorPlace(Experts + "down_proj") { Stacked = true, Transposed = true, Microscaled = true })
        .With("ExpertDownBias", new TensorPlace(Experts + "down_proj_bias") { Stacked = true });

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        object?[] types = Enumerable.Range(0, model.Layers).Select(layer => (object?)(Reach(model, layer) is null ? Full : Sliding)).ToArray();
        AttentionReach? reach = Enumerable.Range(0, model.Layers).Select(layer => Reach(model, layer)).FirstOrDefault(reach => reach is not null);
        IEnumerable<ConfigRow> rows = FamilyRows.Model(model, ModelType, _absent);
        if (model.Rotary.Scaling is null)
            rows = rows.Append(ConfigRow.Usual("rope_scaling", null, null));
        return rows
            .Concat(FamilyRows.Heads(model, _absent))
            .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, true))
            .Append(ConfigRow.Usual("layer_types", types, Usual(model.Layers)))
            .Append(reach is null ? ConfigRow.Irrelevant("sliding_window") : ConfigRow.Usual("sliding_window", reach.Positions, 128))
            .Append(ConfigRow.Usual("hidden_act", "silu", "silu"))
            .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 2880))
            .Append(ConfigRow.Usual("num_local_experts", model.ExpertCount, 128))
            .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 4))
            .Append(ConfigRow.Usual("experts_per_token", model.TopK, model.TopK))
            .Append(model.Gate is { } limited ? ConfigRow.Usual("swiglu_limit", limited.Limit, UsualLimit) : ConfigRow.Irrelevant("swiglu_limit"))
            .Append(model.Gate is { } sloped ? ConfigRow.Usual("swiglu_alpha", sloped.Beta, UsualAlpha) : ConfigRow.Irrelevant("swiglu_alpha"))
            .Append(ConfigRow.Irrelevant("initial_context_length"))
            .Append(ConfigRow.Usual("quantization_config.quant_method", "mxfp4", "mxfp4"))
            .Append(ConfigRow.Irrelevant("quantization_config.modules_to_not_convert"));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        int window = config.Integer("sliding_window", 128);
        string[] types = config.Texts("layer_types") ?? Usual(layers).Select(type => (string)type!).ToArray();
        if (types.Length < layers || types.Any(type => type is not (Sliding or Full)))
            throw config.Wrong("layer_types", $"{Sliding} or {Full} for each of {layers} layers");
        BlockText sliding = Block(config, name + "WindowBlock", window);
        BlockText full = Block(config, name + "Block", 0);

        // What the configuration class assumes where the file has no rope_scaling; null says that nothing is scaled.
        WordText? rotary = config.Has("rope_scaling") || config.IsNull("rope_scaling") || config.Has("rope_parameters") ? null : new WordText(Words.Rotary)
            .With("Base", config.Real("rope_theta", _absent.RotaryBase), 10_000)
            .Choice("Scaling", RotaryScaling.Yarn, RotaryScaling.None)
            .With("Factor", 32.0, 0)
            .With("OriginalContextLength", 4096)
            .With("Truncate", false, true);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent, rotary),
            Enumerable.Range(0, layers).Select(layer => types[layer] == Sliding ? sliding : full).ToArray());
    }

    private static BlockText Block(ConfigReader config, string name, int window) => new(name,
    [
        FamilyWords.Attention(config, _absent, config.Flag("attention_bias", true)).With("Sinks", true).With("Window", window),
        new WordText(Words.Router)
            .With("TopK", config.Integer("num_experts_per_tok", 4))
            .With("LogitBias", true)
            .Choice("Weights", RouterWeights.SoftmaxOfChosen, RouterWeights.Raw),
        new WordText(Words.RoutedExperts)
            .Positional(config.Integer("num_local_experts", 128))
            .With("IntermediateSize", config.Integer("intermediate_size", 2880))
            .With("Bias", true)
            .With("Limit", config.Real("swiglu_limit", UsualLimit), 0)
            .With("SwishBeta", config.Real("swiglu_alpha", UsualAlpha), 1)
            .With("UpOffset", 1.0, 0),
    ]);

    private static AttentionReach? Reach(FamilyView model, int layer) => (model.BlockOf(layer).Attention as MultiHeadAttention)?.Reach;

    private static object?[] Usual(int layers) => Enumerable.Range(0, layers).Select(layer => (object?)(layer % 2 == 0 ? Sliding : Full)).ToArray();
}
