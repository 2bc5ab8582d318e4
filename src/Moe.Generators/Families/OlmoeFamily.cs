using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>OlmoeForCausalLM: queries and keys normalised over the whole projection, then clipped.</summary>
internal sealed class OlmoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(50_304, 2048, 16, 16, KeyValueHeads: 0, HeadSize: 0, 4096, 1e-5, 10_000);

    public override CheckpointLayout Layout => CheckpointLayout.Olmoe;

    public override string ModelType => "olmoe";

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent, hasHeadSize: false))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(ConfigRow.Usual("clip_qkv", model.Attention.Clip, null))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 2048))
        .Append(ConfigRow.Usual("num_experts", model.ExpertCount, 64))
        .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 8))
        .Append(ConfigRow.Usual("norm_topk_prob", model.IsRenormalised, false));

    public override ModelText Read(ConfigReader config, string name)
    {
        var block = new BlockText(name + "Block",
        [
            FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false))
                .With("QueryKeyNorm", true)
                .Choice("QueryKeyNormSpan", NormSpan.Projection, NormSpan.Head)
                .With("ClipQueryKeyValue", config.Real("clip_qkv", 0), 0),
            new WordText(Words.Router)
                .With("TopK", config.Integer("num_experts_per_tok", 8))
                .Choice("Weights", config.Flag("norm_topk_prob", false) ? RouterWeights.Renormalised : RouterWeights.Raw, RouterWeights.Raw),
            FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("num_experts", 64), config.Integer("intermediate_size", 2048)),
        ]);
        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), FamilyWords.Same(block, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
