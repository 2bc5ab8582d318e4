using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>DbrxForCausalLM: LayerNorm without bias, clipped projections in one tensor, experts one behind the other in rows.</summary>
internal sealed class DbrxFamily : CheckpointFamily
{
    private const string Block = "transformer.blocks.{layer}.";
    private const string Attention = "attn_config.";
    private const string FeedForward = "ffn_config.";

    public override CheckpointLayout Layout => CheckpointLayout.Dbrx;

    public override string ModelType => "dbrx";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .With("Embedding", "transformer.wte.weight")
        .With("FinalNorm", "transformer.norm_f.weight")
        .With("AttentionNorm", Block + "norm_attn_norm.norm_1.weight")
        .With("FeedForwardNorm", Block + "norm_attn_norm.norm_2.weight")
        .Fused(TensorPlace.Fused(Block + "norm_attn_norm.attn.Wqkv.weight", FusedRows.Concatenated, "Query", "Key", "Value"))
        .With("Output", Block + "norm_attn_norm.attn.out_proj.weight")
        .With("Router", Block + "ffn.router.layer.weight")
        .With("ExpertGate", new TensorPlace(Block + "ffn.experts.mlp.w1") { Stacked = true, StackedInRows = true })
        .With("ExpertUp", new TensorPlace(Block + "ffn.experts.mlp.v1") { Stacked = true, StackedInRows = true })
        .With("ExpertDown", new TensorPlace(Block + "ffn.experts.mlp.w2") { Stacked = true, StackedInRows = true, Transposed = true });

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        yield return ConfigRow.Required("model_type", ModelType);
        yield return ConfigRow.Usual("vocab_size", model.Model.VocabularySize, 32_000);
        yield return ConfigRow.Usual("d_model", model.HiddenSize, 2048);
        yield return ConfigRow.Usual("n_layers", model.Layers, 24);
        yield return ConfigRow.Usual("n_heads", model.Heads, 16);
        yield return ConfigRow.AtLeast("max_seq_len", model.Model.ContextLength, 2048);
        yield return ConfigRow.Usual("tie_word_embeddings", model.Model.TiedHead, false);
        yield return ConfigRow.Usual(Attention + "kv_n_heads", model.Attention.KeyValueHeads, 1);
        yield return ConfigRow.Usual("num_key_value_heads", model.Attention.KeyValueHeads, model.Attention.KeyValueHeads);
        yield return ConfigRow.Usual(Attention + "clip_qkv", model.Attention.Clip, null);
        yield return ConfigRow.Usual(Attention + "rope_theta", model.Rotary.Base, 10_000) with { OtherName = "rope_theta" };
        yield return ConfigRow.Usual(FeedForward + "ffn_hidden_size", model.Routed?.IntermediateSize ?? 0, 3584);
        yield return ConfigRow.Usual(FeedForward + "moe_num_experts", model.ExpertCount, 4);
        yield return ConfigRow.Usual(FeedForward + "moe_top_k", model.TopK, 1);
        yield return ConfigRow.Usual(FeedForward + "moe_normalize_expert_weights", model.IsRenormalised ? 1 : null, 1);
        yield return ConfigRow.Usual(FeedForward + "ffn_act_fn", new ConfigSection { ["name"] = model.ActivationName }, new ConfigSection { ["name"] = "silu" });

        // Training, and what a nested configuration writes about itself.
        foreach (string key in new[] { "attn_pdrop", "model_type" })
            yield return ConfigRow.Irrelevant(Attention + key);
        foreach (string key in new[] { "moe_jitter_eps", "moe_loss_weight", "uniform_expert_assignment", "model_type" })
            yield return ConfigRow.Irrelevant(FeedForward + key);
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        ConfigReader attention = config.Section("attn_config");
        ConfigReader experts = config.Section("ffn_config");
        int heads = config.Integer("n_heads", 16);
        bool isRenormalised = !experts.IsNull("moe_normalize_expert_weights");
        if (experts.Real("moe_normalize_expert_weights", 1) != 1)
            throw experts.Wrong("moe_normalize_expert_weights", "1, a division by the sum, or null for none");
        var block = new BlockText(name + "Block",
        [
            new WordText(Words.Attention)
                .With("Heads", heads)
                .With("KeyValueHeads", attention.Integer("kv_n_heads", 1), heads)
                .With("ClipQueryKeyValue", attention.Real("clip_qkv", 0), 0),
            new WordText(Words.Router)
                .With("TopK", experts.Integer("moe_top_k", 1))
                .Choice("Weights", isRenormalised ? RouterWeights.Renormalised : RouterWeights.Raw, RouterWeights.Raw),
            new WordText(Words.RoutedExperts)
                .Positional(experts.Integer("moe_num_experts", 4))
                .With("IntermediateSize", experts.Integer("ffn_hidden_size", 3584))
                .Choice("Activation", experts.Section("ffn_act_fn").Activation("name"), Activation.SiLU),
        ]);
        return new ModelText(
            name,
            [
                new WordText(Words.MoeModel)
                    .With("VocabularySize", config.Integer("vocab_size", 32_000))
                    .With("HiddenSize", config.Integer("d_model", 2048))
                    .With("ContextLength", config.Integer("max_seq_len", 2048)),
                new WordText(Words.Norm).Choice("Kind", NormKind.Layer, NormKind.Rms).With("Epsilon", 1e-5, 1e-6).With("Bias", false, true),

                // Release 5 of transformers turns by the base of the newer object, and still writes the older key.
                new WordText(Words.Rotary).With("Base", config.Section("rope_parameters").Real("rope_theta", attention.Real("rope_theta", 10_000)), 10_000),
                new WordText(Words.Checkpoint).Positional(Layout),
            ],
            FamilyWords.Same(block, config.Integer("n_layers", 24)));
    }
}
