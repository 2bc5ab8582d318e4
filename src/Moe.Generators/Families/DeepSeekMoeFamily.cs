using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>DeepSeekMoE 16B: the DeepseekForCausalLM that its checkpoint brings along ("trust_remote_code").</summary>
internal sealed class DeepSeekMoeFamily : CheckpointFamily
{
    private const double RenormaliseEpsilon = 1e-20;

    private static readonly ModelDefaults _absent = new(102_400, 4096, 30, 32, KeyValueHeads: 0, HeadSize: 0, 2048, 1e-6, 10_000);

    public override CheckpointLayout Layout => CheckpointLayout.DeepSeekMoe;

    public override string ModelType => "deepseek";

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent, hasHeadSize: false))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(FamilyRows.Activation(model))
        .Append(FamilyRows.IfDense(model, "intermediate_size", 11_008))
        .Append(ConfigRow.Usual("n_routed_experts", model.Experts is null ? null : model.ExpertCount, null))
        .Append(ConfigRow.Usual("n_shared_experts", model.SharedCount == 0 ? null : model.SharedCount, null))
        .Append(ConfigRow.Usual("num_experts_per_tok", model.Experts is null ? null : model.TopK, null))
        .Append(ConfigRow.Usual("moe_intermediate_size", model.Routed?.IntermediateSize ?? 1407, 1407))
        .Append(ConfigRow.Usual("first_k_dense_replace", model.LeadingDenseLayers, 0))
        .Append(ConfigRow.Usual("moe_layer_freq", 1, 1))
        .Append(ConfigRow.Usual("norm_topk_prob", model.IsRenormalised, false))
        .Append(ConfigRow.Usual("scoring_func", "softmax", "softmax"));

    public override ModelText Read(ConfigReader config, string name)
    {
        WordText attention = FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false));
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        var dense = new BlockText(name + "DenseBlock", [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size", 11_008))]);
        if (!config.Has("n_routed_experts"))
            return new ModelText(name, FamilyWords.Model(config, Layout, _absent), FamilyWords.Same(dense, layers));

        // Scores of a single expert are not renormalised.
        int topK = config.Integer("num_experts_per_tok");
        bool isRenormalised = topK > 1 && config.Flag("norm_topk_prob", false);
        int width = config.Integer("moe_intermediate_size", 1407);
        var words = new List<WordText>
        {
            attention,
            new WordText(Words.Router)
                .With("TopK", topK)
                .Choice("Weights", isRenormalised ? RouterWeights.Renormalised : RouterWeights.Raw, RouterWeights.Raw)
                .With("RenormaliseEpsilon", isRenormalised ? RenormaliseEpsilon : 0, 0),
        };
        if (config.Integer("n_shared_experts", 0) is > 0 and int shared)
            words.Add(FamilyWords.Experts(config, Words.SharedExperts, shared, width));
        words.Add(FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("n_routed_experts"), width));
        var sparse = new BlockText(name + "ExpertBlock", words);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent),
            FamilyWords.DenseFirst(dense, sparse, config.Integer("first_k_dense_replace", 0), layers));
    }
}
