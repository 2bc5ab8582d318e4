using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Glm4MoeForCausalLM: DeepSeek-V3's experts with grouped-query attention and a partial rotation.</summary>
internal sealed class Glm4MoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(151_552, 4096, 46, 96, KeyValueHeads: 8, HeadSize: 0, 131_072, 1e-5, 10_000);
    private static readonly SigmoidRouterDefaults _router =
        new(Experts: 128, Width: 1408, Shared: 1, TopK: 8, Groups: 1, KeptGroups: 1, IsRenormalised: true, Scale: 1);

    public override CheckpointLayout Layout => CheckpointLayout.Glm4Moe;

    public override string ModelType => "glm4_moe";

    /// <summary>Layers that predict further tokens stand behind the last one.</summary>
    public override IEnumerable<string> IgnoredTensors(MoeArchitecture architecture) => [$"model.layers.{architecture.LayerCount}.*"];

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(ConfigRow.Usual("partial_rotary_factor", model.Rotary.Size / (double)model.Attention.HeadSize, 0.5))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(ConfigRow.Usual("use_qk_norm", model.Attention.QueryKeyNormEpsilon is not null, false))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("first_k_dense_replace", model.LeadingDenseLayers, 1))
        .Append(FamilyRows.IfDense(model, "intermediate_size", 10_944))
        .Append(ConfigRow.Irrelevant("num_nextn_predict_layers"))
        .Concat(SigmoidRouter.Rows(model, _router));

    public override ModelText Read(ConfigReader config, string name)
    {
        int headSize = FamilyWords.HeadSize(config, _absent);
        int turned = (int)(headSize * RotaryConfig.Partial(config, 0.5));
        WordText attention = FamilyWords.Attention(config, _absent, inputBias: config.Flag("attention_bias", false), outputBias: false)
            .With("QueryKeyNorm", config.Flag("use_qk_norm", false));
        var dense = new BlockText(name + "DenseBlock", [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size", 10_944))]);
        var sparse = new BlockText(name + "ExpertBlock", [attention, .. SigmoidRouter.Read(config, _router)]);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent, RotaryConfig.Read(config, _absent, size: turned == headSize ? 0 : turned)),
            FamilyWords.DenseFirst(dense, sparse, config.Integer("first_k_dense_replace", 1), config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
