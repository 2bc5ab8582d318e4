using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Dots1ForCausalLM: DeepSeek-V3's experts with Qwen3's attention.</summary>
internal sealed class Dots1Family : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(152_064, 4608, 62, 32, KeyValueHeads: 32, HeadSize: 0, 2048, 1e-6, 10_000);
    private static readonly SigmoidRouterDefaults _router =
        new(Experts: 0, Width: 1408, Shared: 0, TopK: 0, Groups: 1, KeptGroups: 1, IsRenormalised: false, Scale: 1);

    public override CheckpointLayout Layout => CheckpointLayout.Dots1;

    public override string ModelType => "dots1";

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("first_k_dense_replace", model.LeadingDenseLayers, 0))
        .Append(FamilyRows.IfDense(model, "intermediate_size", 10_944))

        // A window begins at layer max_window_layers: behind the last one there is none.
        .Append(ConfigRow.Irrelevant("sliding_window"))
        .Append(ConfigRow.AtLeast("max_window_layers", model.Layers, 62))
        .Concat(SigmoidRouter.Rows(model, _router));

    public override ModelText Read(ConfigReader config, string name)
    {
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        if (config.Integer("sliding_window", absent: 4096, isNull: 0) > 0 && config.Integer("max_window_layers", 62) < layers)
            throw config.Wrong("max_window_layers", $"at least the number of layers, {layers}: only a model that sees its whole context can be declared");
        WordText attention = FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)).With("QueryKeyNorm", true);
        var dense = new BlockText(name + "DenseBlock", [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size", 10_944))]);
        int denseLayers = config.Has("n_routed_experts") ? config.Integer("first_k_dense_replace", 0) : layers;
        var sparse = new BlockText(name + "ExpertBlock", denseLayers < layers ? [attention, .. SigmoidRouter.Read(config, _router)] : []);
        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), FamilyWords.DenseFirst(dense, sparse, denseLayers, layers));
    }
}
