using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Dots1ForCausalLM: DeepSeek-V3's experts with Qwen3's attention.</summary>
internal sealed class Dots1Family : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(152_064, 4608, 62, 32, KeyValueHeads: 32, HeadSize: 0, 2048, 1e-6, 10_000);
    private static readonly WindowDefaults _windows = new(WindowPattern.Behind, HasSwitch: false, MaxWindowLayers: 62);
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
        .Append(ConfigRow.Usual("moe_layer_freq", 1, 1))
        .Concat(LayerWindows.Rows(model, _windows, _absent))

        // Released files write the method's name where others write sigmoid; the class reads neither.
        .Concat(SigmoidRouter.Rows(model, _router).Select(row => row.Key == "scoring_func" ? row with { Also = "noaux_tc" } : row));

    public override ModelText Read(ConfigReader config, string name)
    {
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        int denseLayers = config.Has("n_routed_experts") ? config.Integer("first_k_dense_replace", 0) : layers;
        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), LayerWindows.Blocks(
            name,
            LayerWindows.Read(config, _windows, _absent, layers),
            layer => layer >= denseLayers,
            () => FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)).With("QueryKeyNorm", true),
            () => [FamilyWords.FeedForward(config, config.Integer("intermediate_size", 10_944))],
            () => SigmoidRouter.Read(config, _router)));
    }
}
