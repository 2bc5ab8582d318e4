using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// DeepseekV2ForCausalLM: latent attention, softmax router, group-limited or not, weights never renormalised. Yarn's
/// mscale_all_dim changes the softmax scale in DeepSeek's own code and in transformers since 5.16; the class of releases 4.54
/// to 5.15 left it out, so that a file which they wrote, without DeepSeek's code beside it, means the plain scale.
/// </summary>
internal sealed class DeepSeekV2Family : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(32_000, 4096, 32, 32, KeyValueHeads: 32, HeadSize: 0, 2048, 1e-6, 10_000);

    private const string Writer = "transformers_version";

    private static readonly (int, int) _firstWithoutScale = (4, 54);
    private static readonly (int, int) _firstWithScale = (5, 16);

    public override CheckpointLayout Layout => CheckpointLayout.DeepSeekV2;

    public override string ModelType => "deepseek_v2";

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        IEnumerable<ConfigRow> rows = FamilyRows.Model(model, ModelType, _absent)
            .Concat(FamilyRows.Latent(model))
            .Append(FamilyRows.Activation(model))
            .Append(ConfigRow.Usual("first_k_dense_replace", model.LeadingDenseLayers, 0))
            .Append(FamilyRows.IfDense(model, "intermediate_size", 11_008))
            .Append(ConfigRow.Usual("moe_layer_freq", 1, 1))
            .Append(ConfigRow.Usual("norm_topk_prob", false, false))
            .Append(ConfigRow.Usual("scoring_func", "softmax", "softmax"))
            .Append(ConfigRow.Usual("mlp_bias", (model.Dense ?? model.Routed)?.Bias ?? false, false));
        if (model.Rotary.Scaling is YarnScaling { MscaleInSoftmax: false, MscaleAllDimensions: not null })
            rows = rows.Append(new ConfigRow(Writer, ConfigRowRule.Remark, "4.57.6", null, false));
        if (model.Experts is null)
            return rows.Concat(new[] { "n_routed_experts", "n_shared_experts", "num_experts_per_tok", "moe_intermediate_size", "routed_scaling_factor", "topk_method", "n_group", "topk_group" }.Select(ConfigRow.Irrelevant));

        bool isLimited = model.Selection?.Groups is not null;
        rows = rows
            .Append(ConfigRow.Usual("n_routed_experts", model.ExpertCount, 64))
            .Append(ConfigRow.Usual("n_shared_experts", model.SharedCount, 2))
            .Append(ConfigRow.Required("num_experts_per_tok", model.TopK))
            .Append(ConfigRow.Usual("moe_intermediate_size", model.Routed?.IntermediateSize ?? 0, 1407))
            .Append(ConfigRow.Usual("routed_scaling_factor", model.WeightScale, 1.0))
            .Append(ConfigRow.Usual("topk_method", isLimited ? "group_limited_greedy" : "greedy", "greedy"));

        // Without the method, groups are written down and not used.
        return isLimited
            ? rows.Append(ConfigRow.Required("n_group", model.Selection!.Groups!.Groups)).Append(ConfigRow.Required("topk_group", model.Selection.Groups.KeptGroups))
            : rows.Append(ConfigRow.Irrelevant("n_group")).Append(ConfigRow.Irrelevant("topk_group"));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        WordText attention = FamilyWords.Latent(config, _absent.Heads);
        string method = config.Text("topk_method", "greedy")!;
        bool isLimited = method == "group_limited_greedy";
        if (!isLimited && method != "greedy")
            throw config.Wrong("topk_method", "greedy or group_limited_greedy");

        int width = config.Integer("moe_intermediate_size", 1407);
        bool bias = config.Flag("mlp_bias", false);
        var words = new List<WordText>
        {
            attention,
            new WordText(Words.Router)
                .With("TopK", config.Integer("num_experts_per_tok"))
                .With("Groups", isLimited ? config.Integer("n_group") : 0)
                .With("KeptGroups", isLimited ? config.Integer("topk_group") : 0)
                .Choice("OutsideGroups", isLimited ? OutsideGroups.Zero : OutsideGroups.NegativeInfinity, OutsideGroups.NegativeInfinity)
                .With("WeightScale", config.Real("routed_scaling_factor", 1), 1),
        };
        if (config.Integer("n_shared_experts", 2) is > 0 and int shared)
            words.Add(FamilyWords.Experts(config, Words.SharedExperts, shared, width, bias));
        words.Add(FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("n_routed_experts", 64), width, bias));
        var sparse = new BlockText(name + "ExpertBlock", words);
        var dense = new BlockText(name + "DenseBlock", [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size", 11_008), bias)]);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent, RotaryConfig.Read(config, _absent, RotaryLayout.Interleaved, mscaleInSoftmax: ScalesSoftmax(config))),
            FamilyWords.DenseFirst(dense, sparse, config.Integer("first_k_dense_replace", 0), config.Integer("num_hidden_layers", _absent.Layers)));
    }

    // A checkpoint with its authors' code names it under "auto_map"; release and minor release decide otherwise.
    private static bool ScalesSoftmax(ConfigReader config)
    {
        string[] writer = (config.Text(Writer, null) ?? "").Split('.');
        if (config.Has("auto_map") || writer.Length < 2 || !int.TryParse(writer[0], out int release) || !int.TryParse(writer[1], out int minor))
            return true;
        return (release, minor).CompareTo(_firstWithoutScale) < 0 || (release, minor).CompareTo(_firstWithScale) >= 0;
    }
}
