using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>PhimoeForCausalLM: LayerNorm with bias, sparsemixer, longrope with an attention factor for each list.</summary>
internal sealed class PhiMoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(32_064, 4096, 32, 32, KeyValueHeads: 8, HeadSize: 0, 131_072, 1e-5, 1_000_000, HasLongRopeScales: true);

    private const double UsualJitter = 0.01;

    public override CheckpointLayout Layout => CheckpointLayout.PhiMoe;

    public override string ModelType => "phimoe";

    public override TensorTable Tensors => MixtralFamily.Names;

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent, hasHeadSize: false))
        .Append(FamilyRows.Window(model))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(ConfigRow.Usual("lm_head_bias", model.Model.HeadBias, false))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 6400))
        .Append(ConfigRow.Usual("num_local_experts", model.ExpertCount, 16))
        .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 2))

        // ε of sparsemixer's mask, in inference too; the other noise is for training.
        .Append(ConfigRow.Usual("router_jitter_noise", (model.Experts?.Router.Score as NamedScore)?.Jitter ?? UsualJitter, UsualJitter))
        .Append(ConfigRow.Irrelevant("input_jitter_noise"));

    public override ModelText Read(ConfigReader config, string name)
    {
        var block = new BlockText(name + "Block",
        [
            FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)).With("Window", FamilyWords.Window(config, _absent)),
            new WordText(Words.Router)
                .With("TopK", config.Integer("num_experts_per_tok", 2))
                .Choice("Score", RouterScore.SparseMixer, RouterScore.Softmax)
                .With("MixerJitter", config.Real("router_jitter_noise", UsualJitter), UsualJitter),
            FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("num_local_experts", 16), config.Integer("intermediate_size", 6400)),
        ]);
        WordText norm = new WordText(Words.Norm)
            .Choice("Kind", NormKind.Layer, NormKind.Rms)
            .With("Epsilon", config.Real("rms_norm_eps", _absent.Epsilon), 1e-6);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent, norm: norm, headBias: config.Flag("lm_head_bias", false)),
            FamilyWords.Same(block, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
