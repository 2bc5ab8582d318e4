using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>JetMoeForCausalLM: attention experts and feed-forward experts, stacked, each with one bias after the weighted sum.</summary>
internal sealed class JetMoeFamily : CheckpointFamily
{
    private const string Attention = "model.layers.{layer}.self_attention.";
    // Norms of the layers are made without the configured epsilon; only the last one has it.
    private const double LayerEpsilon = 1e-6;

    private const string Mlp = "model.layers.{layer}.mlp.";

    // num_attention_heads is what the other keys give: a head for every chosen expert and key/value head.
    private static readonly ModelDefaults _absent = new(32_000, 2048, 12, 32, KeyValueHeads: 16, HeadSize: 128, 4096, 1e-6, 10_000, Tied: true);

    public override CheckpointLayout Layout => CheckpointLayout.JetMoe;

    public override string ModelType => "jetmoe";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .With("AttentionRouter", Attention + "experts.router.layer.weight")
        .With("AttentionExpertQuery", new TensorPlace(Attention + "experts.input_linear.weight") { Stacked = true })
        .With("AttentionExpertOutput", new TensorPlace(Attention + "experts.output_linear.weight") { Stacked = true })
        .With("AttentionExpertOutputBias", Attention + "experts.bias")
        .Fused(TensorPlace.Fused(Attention + "kv_proj.weight", FusedRows.Concatenated, "Key", "Value"))
        .With("Router", Mlp + "router.layer.weight")
        .Fused(TensorPlace.Fused(Mlp + "input_linear.weight", FusedRows.Concatenated, "ExpertGate", "ExpertUp") with { Stacked = true })
        .With("ExpertDown", new TensorPlace(Mlp + "output_linear.weight") { Stacked = true })
        .With("ExpertOutputBias", Mlp + "bias");

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent with { Heads = model.Heads })
        .Append(ConfigRow.Usual("num_key_value_heads", model.AttentionExperts?.KeyValueHeads ?? 0, _absent.KeyValueHeads))
        .Append(ConfigRow.Usual("kv_channels", model.AttentionExperts?.HeadSize ?? 0, _absent.HeadSize))
        .Append(ConfigRow.Usual("head_dim", model.AttentionExperts?.HeadSize ?? 0, model.AttentionExperts?.HeadSize ?? 0))
        .Append(FamilyRows.Activation(model, "activation_function"))
        .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 5632))
        .Append(ConfigRow.Irrelevant("aux_loss_coef"))
        .Append(ConfigRow.Usual("num_local_experts", model.ExpertCount, 8))
        .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 2));

    public override ModelText Read(ConfigReader config, string name)
    {
        int experts = config.Integer("num_local_experts", 8);
        int topK = config.Integer("num_experts_per_tok", 2);
        var block = new BlockText(name + "Block",
        [
            new WordText(Words.Norm).With("Epsilon", LayerEpsilon, 0),
            new WordText(Words.AttentionExperts).Positional(experts)
                .With("TopK", topK, 2)
                .With("KeyValueHeads", config.Integer("num_key_value_heads", _absent.KeyValueHeads))
                .With("HeadSize", config.Integer("kv_channels", _absent.HeadSize))
                .With("OutputBias", true),
            new WordText(Words.Router)
                .With("TopK", topK)
                .Choice("Weights", RouterWeights.SoftmaxOfChosen, RouterWeights.Raw),
            new WordText(Words.RoutedExperts).Positional(experts)
                .With("IntermediateSize", config.Integer("intermediate_size", 5632))
                .Choice("Activation", config.Activation("activation_function"), Activation.SiLU)
                .With("OutputBias", true),
        ]);
        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), FamilyWords.Same(block, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
