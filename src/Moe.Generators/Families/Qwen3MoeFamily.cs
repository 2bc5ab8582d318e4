using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Qwen3MoeForCausalLM: per-head query and key norm, dense or expert blocks.</summary>
internal sealed class Qwen3MoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(151_936, 2048, 24, 32, KeyValueHeads: 4, HeadSize: 0, 32_768, 1e-6, 10_000);
    private static readonly WindowDefaults _windows = new(WindowPattern.All, HasSwitch: true, MaxWindowLayers: 0);

    public override CheckpointLayout Layout => CheckpointLayout.Qwen3Moe;

    public override string ModelType => "qwen3_moe";

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        IEnumerable<ConfigRow> rows = FamilyRows.Model(model, ModelType, _absent)
            .Concat(FamilyRows.Heads(model, _absent))
            .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
            .Append(FamilyRows.Activation(model))
            .Append(FamilyRows.IfDense(model, "intermediate_size", 6144))
            .Append(SparseLayers.Row(model))
            .Concat(LayerWindows.Rows(model, _windows, _absent));
        return model.Experts is null
            ? rows.Concat(new[] { "moe_intermediate_size", "num_experts", "num_local_experts", "num_experts_per_tok", "norm_topk_prob" }.Select(ConfigRow.Irrelevant))
            : rows
                .Append(ConfigRow.Usual("moe_intermediate_size", model.Routed!.IntermediateSize, 768))
                .Append(ConfigRow.Usual("num_experts", model.ExpertCount, 128) with { OtherName = "num_local_experts" })
                .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 8))
                .Append(ConfigRow.Usual("norm_topk_prob", model.IsRenormalised, false));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        int experts = ExpertCount(config);
        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), LayerWindows.Blocks(
            name,
            LayerWindows.Read(config, _windows, _absent, config.Integer("num_hidden_layers", _absent.Layers)),
            SparseLayers.HasExperts(config, experts),
            () => FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)).With("QueryKeyNorm", true),
            () => [FamilyWords.FeedForward(config, config.Integer("intermediate_size", 6144))],
            () =>
            [
                new WordText(Words.Router)
                    .With("TopK", config.Integer("num_experts_per_tok", 8))
                    .Choice("Weights", config.Flag("norm_topk_prob", false) ? RouterWeights.Renormalised : RouterWeights.Raw, RouterWeights.Raw),
                FamilyWords.Experts(config, Words.RoutedExperts, experts, config.Integer("moe_intermediate_size", 768)),
            ]));
    }

    // Release 5 of transformers writes the number under the name of Mixtral's.
    private static int ExpertCount(ConfigReader config) => config.Integer("num_experts", config.Integer("num_local_experts", 128));
}
