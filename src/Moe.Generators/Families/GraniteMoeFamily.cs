using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>GraniteMoeForCausalLM: four multipliers, stacked experts with gate and up in one tensor, softmax over the chosen.</summary>
internal sealed class GraniteMoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(32_000, 4096, 32, 32, KeyValueHeads: 0, HeadSize: 0, 2048, 1e-6, 10_000);

    public override CheckpointLayout Layout => CheckpointLayout.GraniteMoe;

    public override string ModelType => "granitemoe";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .InLayer("Router", "block_sparse_moe.router.layer")
        .Fused(TensorPlace.Fused("model.layers.{layer}.block_sparse_moe.input_linear.weight", FusedRows.Concatenated, "ExpertGate", "ExpertUp") with { Stacked = true })
        .With("ExpertDown", new TensorPlace("model.layers.{layer}.block_sparse_moe.output_linear.weight") { Stacked = true });

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 11_008))
        .Append(ConfigRow.Usual("num_local_experts", model.ExpertCount, 8))
        .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 2))
        // The class writes it into every file and turns heads for this value alone.
        .Append(ConfigRow.Usual("position_embedding_type", "rope", "rope"))
        .Append(ConfigRow.Usual("embedding_multiplier", model.Model.EmbeddingScale, 1.0))
        .Append(ConfigRow.Usual("attention_multiplier", model.Attention.StatedScale ?? model.Attention.UsualScale, 1.0))
        .Append(ConfigRow.Usual("residual_multiplier", model.Residual.AttentionBeta, 1.0))
        .Append(ConfigRow.Usual("logits_scaling", model.Model.LogitDivisor, 1.0));

    public override ModelText Read(ConfigReader config, string name)
    {
        WordText[] words = FamilyWords.Model(config, Layout, _absent);
        words[0].With("EmbeddingScale", config.Real("embedding_multiplier", 1), 1);
        words[3].With("LogitDivisor", config.Real("logits_scaling", 1), 1);
        double residual = config.Real("residual_multiplier", 1);
        var block = new BlockText(name + "Block",
        [
            FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false))
                .With("Scale", config.Real("attention_multiplier", 1), 1 / Math.Sqrt(FamilyWords.HeadSize(config, _absent))),
            new WordText(Words.Router)
                .With("TopK", config.Integer("num_experts_per_tok", 2))
                .Choice("Weights", RouterWeights.SoftmaxOfChosen, RouterWeights.Raw),
            FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("num_local_experts", 8), config.Integer("intermediate_size", 11_008)),
        ]);
        return new ModelText(
            name,
            [.. words, new WordText(Words.Residual).With("AttentionBeta", residual, 1).With("FeedForwardBeta", residual, 1)],
            FamilyWords.Same(block, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
