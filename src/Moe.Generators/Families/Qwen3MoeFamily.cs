using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Qwen3MoeForCausalLM: per-head query and key norm, dense or expert blocks.</summary>
internal sealed class Qwen3MoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(151_936, 2048, 24, 32, KeyValueHeads: 4, HeadSize: 0, 32_768, 1e-6, 10_000);

    public override CheckpointLayout Layout => CheckpointLayout.Qwen3Moe;

    public override string ModelType => "qwen3_moe";

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        IEnumerable<ConfigRow> rows = FamilyRows.Model(model, ModelType, _absent)
            .Concat(FamilyRows.Heads(model, _absent))
            .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
            .Append(FamilyRows.Activation(model))
            .Append(FamilyRows.IfDense(model, "intermediate_size", 6144))
            .Append(SparseLayers.Row(model));
        return model.Experts is null
            ? rows.Concat(new[] { "moe_intermediate_size", "num_experts", "num_experts_per_tok", "norm_topk_prob" }.Select(ConfigRow.Irrelevant))
            : rows
                .Append(ConfigRow.Usual("moe_intermediate_size", model.Routed!.IntermediateSize, 768))
                .Append(ConfigRow.Usual("num_experts", model.ExpertCount, 128))
                .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 8))
                .Append(ConfigRow.Usual("norm_topk_prob", model.IsRenormalised, false));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        FamilyWords.NoWindow(config);
        WordText attention = FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)).With("QueryKeyNorm", true);
        int experts = config.Integer("num_experts", 128);
        var dense = new BlockText(name + "DenseBlock", [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size", 6144))]);
        var sparse = new BlockText(name + "ExpertBlock",
        [
            attention,
            new WordText(Words.Router)
                .With("TopK", config.Integer("num_experts_per_tok", 8))
                .Choice("Weights", config.Flag("norm_topk_prob", false) ? RouterWeights.Renormalised : RouterWeights.Raw, RouterWeights.Raw),
            FamilyWords.Experts(config, Words.RoutedExperts, experts, config.Integer("moe_intermediate_size", 768)),
        ]);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent),
            SparseLayers.Blocks(config, dense, sparse, experts, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
