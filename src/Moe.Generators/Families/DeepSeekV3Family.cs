using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>DeepseekV3ForCausalLM: latent attention, sigmoid router with groups and selection bias, shared experts.</summary>
internal sealed class DeepSeekV3Family : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(129_280, 7168, 61, 128, KeyValueHeads: 128, HeadSize: 0, 4096, 1e-6, 10_000);

    public override CheckpointLayout Layout => CheckpointLayout.DeepSeekV3;

    public override string ModelType => "deepseek_v3";

    /// <summary>Layers that predict further tokens stand behind the last one.</summary>
    public override IEnumerable<string> IgnoredTensors(MoeArchitecture architecture) => [$"model.layers.{architecture.LayerCount}.*"];

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Latent(model))
        .Append(ConfigRow.Usual("rope_interleave", model.Rotary.Layout == RotaryLayout.Interleaved, true))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("first_k_dense_replace", model.LeadingDenseLayers, 3))
        .Append(FamilyRows.IfDense(model, "intermediate_size", 18_432))
        .Append(ConfigRow.Irrelevant("moe_layer_freq"))
        .Append(ConfigRow.Irrelevant("num_nextn_predict_layers"))
        .Concat(SigmoidRouter.Rows(model, new SigmoidRouterDefaults(Experts: 256, Width: 2048, Shared: 1, TopK: 8, Groups: 8, KeptGroups: 4, IsRenormalised: true, Scale: 2.5)));

    public override ModelText Read(ConfigReader config, string name)
    {
        WordText attention = FamilyWords.Latent(config, _absent.Heads);
        var dense = new BlockText(name + "DenseBlock", [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size", 18_432))]);
        var sparse = new BlockText(name + "ExpertBlock",
        [
            attention,
            .. SigmoidRouter.Read(config, new SigmoidRouterDefaults(Experts: 256, Width: 2048, Shared: 1, TopK: 8, Groups: 8, KeptGroups: 4, IsRenormalised: true, Scale: 2.5)),
        ]);
        RotaryLayout layout = config.Flag("rope_interleave", true) ? RotaryLayout.Interleaved : RotaryLayout.HalfSplit;
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent, RotaryConfig.Read(config, _absent, layout, mscaleInSoftmax: true)),
            FamilyWords.DenseFirst(dense, sparse, config.Integer("first_k_dense_replace", 3), config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
