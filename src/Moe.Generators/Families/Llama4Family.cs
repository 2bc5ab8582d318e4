using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// Llama4ForCausalLM, the text model: top-1 (or k) experts that see their input scaled by the sigmoid of its logit, chunked
/// attention with rotation and weightless norm on most layers, the whole context with a temperature on the others.
/// </summary>
internal sealed class Llama4Family : CheckpointFamily
{
    private const string FeedForward = "model.layers.{layer}.feed_forward.";
    private const string Chunked = "chunked_attention";
    private const string Full = "full_attention";

    private static readonly ModelDefaults _absent = new(202_048, 5120, 48, 40, KeyValueHeads: 8, HeadSize: 128, 131_072, 1e-5, 500_000);

    public override CheckpointLayout Layout => CheckpointLayout.Llama4;

    public override string ModelType => "llama4_text";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .InLayer("Gate", "feed_forward.gate_proj")
        .InLayer("Up", "feed_forward.up_proj")
        .InLayer("Down", "feed_forward.down_proj")
        .InLayer("SharedGate", "feed_forward.shared_expert.gate_proj")
        .InLayer("SharedUp", "feed_forward.shared_expert.up_proj")
        .InLayer("SharedDown", "feed_forward.shared_expert.down_proj")
        .InLayer("Router", "feed_forward.router")
        .Fused(TensorPlace.Fused(FeedForward + "experts.gate_up_proj", FusedRows.Concatenated, "ExpertGate", "ExpertUp") with { Stacked = true, Transposed = true })
        .With("ExpertDown", new TensorPlace(FeedForward + "experts.down_proj") { Stacked = true, Transposed = true });

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        MultiHeadAttention[] layers = Enumerable.Range(0, model.Layers).Select(layer => model.BlockOf(layer).Attention as MultiHeadAttention ?? model.Attention).ToArray();
        object?[] rope = layers.Select(layer => (object?)(layer.Rotary is null ? 0 : 1)).ToArray();
        object?[] usualRope = UsualRope(model.Layers, 4);
        object?[] types = layers.Select(layer => (object?)(layer.Reach is null ? Full : Chunked)).ToArray();
        object?[] sparse = SparseLayers.Of(model);
        MultiHeadAttention? chunked = layers.FirstOrDefault(layer => layer.Reach is not null);
        MultiHeadAttention? turned = layers.FirstOrDefault(layer => layer.Rotary is not null);
        MultiHeadAttention? tempered = layers.FirstOrDefault(layer => layer.Rotary is null);
        IEnumerable<ConfigRow> rows = FamilyRows.Model(model, ModelType, _absent)
            .Concat(FamilyRows.Heads(model, _absent))
            .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
            .Append(FamilyRows.Activation(model))
            .Append(ConfigRow.Usual("no_rope_layers", rope, usualRope) with { Also = rope.SequenceEqual(usualRope) ? new object?[0] : null })
            .Append(ConfigRow.Irrelevant("no_rope_layer_interval"))
            .Append(ConfigRow.Usual("layer_types", types, rope.Select(turns => (object?)((int)turns! == 0 ? Full : Chunked)).ToArray()))
            .Append(chunked is null ? ConfigRow.Irrelevant("attention_chunk_size") : ConfigRow.Usual("attention_chunk_size", chunked.Reach!.Positions, 8192))
            .Append(turned is null ? ConfigRow.Irrelevant("use_qk_norm") : ConfigRow.Usual("use_qk_norm", turned.QueryKeyNormEpsilon is not null, true))
            .Append(new ConfigRow("moe_layers", ConfigRowRule.ExpertLayers, sparse, SparseLayers.Section(model, ("interleave_moe_layer_step", 1)), false))
            .Append(model.Dense is { } dense ? ConfigRow.Usual("intermediate_size_mlp", dense.IntermediateSize, 16_384) : ConfigRow.Irrelevant("intermediate_size_mlp"))
            .Append(ConfigRow.Irrelevant("for_llm_compressor"));
        rows = tempered is null
            ? rows.Concat(new[] { "attn_temperature_tuning", "floor_scale", "attn_scale" }.Select(ConfigRow.Irrelevant))
            : tempered.Temperature is { } temperature
                ? rows.Append(ConfigRow.Usual("attn_temperature_tuning", true, true) with { Also = 4 })
                    .Append(ConfigRow.Usual("floor_scale", temperature.Floor, 8192))
                    .Append(ConfigRow.Usual("attn_scale", temperature.Scale, 0.1))
                : rows.Append(ConfigRow.Usual("attn_temperature_tuning", false, true))
                    .Append(ConfigRow.Irrelevant("floor_scale"))
                    .Append(ConfigRow.Irrelevant("attn_scale"));
        return model.Experts is null
            ? rows.Concat(new[] { "intermediate_size", "num_local_experts", "num_experts_per_tok" }.Select(ConfigRow.Irrelevant))
            : rows.Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 8192))
                .Append(ConfigRow.Usual("num_local_experts", model.ExpertCount, 16))
                .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 1));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        int[] rope = config.Integers("no_rope_layers") is { Length: > 0 } listed
            ? listed
            : UsualRope(layers, config.Integer("no_rope_layer_interval", 4)).Select(turns => (int)turns!).ToArray();
        string[] types = config.Texts("layer_types") ?? rope.Select(turns => turns == 0 ? Full : Chunked).ToArray();
        int[] sparse = config.Integers("moe_layers")
            ?? Steps(config.Integer("interleave_moe_layer_step", 1), layers).Select(layer => (int)layer!).ToArray();
        if (rope.Length < layers)
            throw config.Wrong("no_rope_layers", $"0 or 1 for each of {layers} layers");
        if (types.Length < layers || types.Any(type => type is not (Chunked or Full)))
            throw config.Wrong("layer_types", $"{Chunked} or {Full} for each of {layers} layers");

        var known = new Dictionary<(bool, bool, bool), BlockText>();
        var blocks = new List<BlockText>();
        for (int layer = 0; layer < layers; layer++)
        {
            (bool Turns, bool IsChunked, bool IsSparse) kind = (rope[layer] != 0, types[layer] == Chunked, sparse.Contains(layer));
            if (!known.TryGetValue(kind, out BlockText? block))
                known[kind] = block = Block(config, Name(name, kind.Turns, kind.IsChunked, kind.IsSparse), kind.Turns, kind.IsChunked, kind.IsSparse);
            blocks.Add(block);
        }

        return new ModelText(name, FamilyWords.Model(config, Layout, _absent, RotaryConfig.Read(config, _absent, RotaryLayout.Interleaved)), blocks);
    }

    private static string Name(string name, bool turns, bool isChunked, bool isSparse) =>
        name + (isChunked ? "Chunked" : "Global") + (turns == isChunked ? "" : turns ? "Rotary" : "Plain") + (isSparse ? "Expert" : "Dense") + "Block";

    private static BlockText Block(ConfigReader config, string name, bool turns, bool isChunked, bool isSparse)
    {
        bool isNormed = turns && config.Flag("use_qk_norm", true);
        WordText attention = FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false))
            .With("Chunk", isChunked ? config.Integer("attention_chunk_size", 8192) : 0)
            .With("QueryKeyNorm", isNormed)
            .Choice("QueryKeyNormPlace", isNormed ? NormPlace.AfterRotary : NormPlace.BeforeRotary, NormPlace.BeforeRotary)
            .With("QueryKeyNormWeight", !isNormed, true)
            .Choice("Position", turns ? PositionEncoding.Rotary : PositionEncoding.None, PositionEncoding.Rotary);

        // Released files hold the flag as a number.
        bool isTempered = !turns && (config.IsNumber("attn_temperature_tuning") ? config.Integer("attn_temperature_tuning", 1) != 0 : config.Flag("attn_temperature_tuning", true));
        if (isTempered)
            attention.With("TemperatureFloor", config.Integer("floor_scale", 8192)).With("TemperatureScale", config.Real("attn_scale", 0.1), 0.1);
        if (!isSparse)
            return new BlockText(name, [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size_mlp", 16_384))]);

        int width = config.Integer("intermediate_size", 8192);
        return new BlockText(name,
        [
            attention,
            new WordText(Words.Router)
                .With("TopK", config.Integer("num_experts_per_tok", 1))
                .Choice("Weights", RouterWeights.SigmoidOfChosen, RouterWeights.Raw)
                .Choice("WeightsOn", WeightsOn.Input, WeightsOn.Output),
            FamilyWords.Experts(config, Words.SharedExperts, 1, width),
            FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("num_local_experts", 16), width),
        ]);
    }

    private static object?[] UsualRope(int layers, int interval) => Enumerable.Range(0, layers).Select(layer => (object?)((layer + 1) % interval != 0 ? 1 : 0)).ToArray();

    private static object?[] Steps(int step, int layers) => Enumerable.Range(0, layers).Where(layer => (layer + 1) % step == 0).Select(layer => (object?)layer).ToArray();
}
