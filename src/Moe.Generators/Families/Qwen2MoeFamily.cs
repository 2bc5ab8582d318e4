using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Qwen2MoeForCausalLM: a shared expert of its own width behind a sigmoid gate.</summary>
internal sealed class Qwen2MoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(151_936, 2048, 24, 16, KeyValueHeads: 16, HeadSize: 0, 32_768, 1e-6, 10_000);
    private static readonly WindowDefaults _windows = new(WindowPattern.All, HasSwitch: true, MaxWindowLayers: 0);

    public override CheckpointLayout Layout => CheckpointLayout.Qwen2Moe;

    public override string ModelType => "qwen2_moe";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .InLayer("SharedGate", "mlp.shared_expert.gate_proj")
        .InLayer("SharedUp", "mlp.shared_expert.up_proj")
        .InLayer("SharedDown", "mlp.shared_expert.down_proj")
        .InLayer("SharedSwitch", "mlp.shared_expert_gate");

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        IEnumerable<ConfigRow> rows = FamilyRows.Model(model, ModelType, _absent)
            .Concat(FamilyRows.Heads(model, _absent))
            .Append(ConfigRow.Usual("qkv_bias", model.Attention.QueryBias, true))
            .Append(FamilyRows.Activation(model))
            .Append(FamilyRows.IfDense(model, "intermediate_size", 5632))
            .Append(SparseLayers.Row(model))
            .Concat(LayerWindows.Rows(model, _windows, _absent));
        string[] keys = ["moe_intermediate_size", "shared_expert_intermediate_size", "num_experts", "num_experts_per_tok", "norm_topk_prob"];
        return model.Experts is null
            ? rows.Concat(keys.Select(ConfigRow.Irrelevant))
            : rows
                .Append(ConfigRow.Usual(keys[0], model.Routed?.IntermediateSize ?? 0, 1408))
                .Append(ConfigRow.Usual(keys[1], model.Experts.Shared?.Shape.IntermediateSize ?? 0, 5632))
                .Append(ConfigRow.Usual(keys[2], model.ExpertCount, 60))
                .Append(ConfigRow.Usual(keys[3], model.TopK, 4))
                .Append(ConfigRow.Usual(keys[4], model.IsRenormalised, false));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        int experts = config.Integer("num_experts", 60);
        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), LayerWindows.Blocks(
            name,
            LayerWindows.Read(config, _windows, _absent, config.Integer("num_hidden_layers", _absent.Layers)),
            SparseLayers.HasExperts(config, experts),
            () => FamilyWords.Attention(config, _absent, inputBias: config.Flag("qkv_bias", true), outputBias: false),
            () => [FamilyWords.FeedForward(config, config.Integer("intermediate_size", 5632))],
            () =>
            [
                new WordText(Words.Router)
                    .With("TopK", config.Integer("num_experts_per_tok", 4))
                    .Choice("Weights", config.Flag("norm_topk_prob", false) ? RouterWeights.Renormalised : RouterWeights.Raw, RouterWeights.Raw),
                FamilyWords.Experts(config, Words.SharedExperts, 1, config.Integer("shared_expert_intermediate_size", 5632))
                    .Choice("Gate", SharedGate.Sigmoid, SharedGate.None),
                FamilyWords.Experts(config, Words.RoutedExperts, experts, config.Integer("moe_intermediate_size", 1408)),
            ]));
    }
}
