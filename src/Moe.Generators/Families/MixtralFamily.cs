using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>MixtralForCausalLM: experts as w1 (gate), w3 (up), w2 (down).</summary>
internal sealed class MixtralFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(32_000, 4096, 32, 32, KeyValueHeads: 8, HeadSize: 0, 131_072, 1e-5, 1_000_000);

    /// <summary>The names of Mixtral's experts, which MiniMax and PhiMoE share.</summary>
    public static TensorTable Names { get; } = TensorTable.Usual
        .InLayer("Router", "block_sparse_moe.gate")
        .InLayer("ExpertGate", "block_sparse_moe.experts.{expert}.w1")
        .InLayer("ExpertUp", "block_sparse_moe.experts.{expert}.w3")
        .InLayer("ExpertDown", "block_sparse_moe.experts.{expert}.w2");

    public override CheckpointLayout Layout => CheckpointLayout.Mixtral;

    public override string ModelType => "mixtral";

    public override TensorTable Tensors => Names;

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 14_336))
        .Append(FamilyRows.Activation(model))
        .Append(FamilyRows.Window(model))
        .Append(ConfigRow.Usual("num_local_experts", model.ExpertCount, 8))
        .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 2));

    public override ModelText Read(ConfigReader config, string name)
    {
        var block = new BlockText(name + "Block",
        [
            FamilyWords.Attention(config, _absent, bias: false).With("Window", FamilyWords.Window(config, _absent)),
            new WordText(Words.Router)
                .With("TopK", config.Integer("num_experts_per_tok", 2))
                .Choice("Weights", RouterWeights.Renormalised, RouterWeights.Raw),
            FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("num_local_experts", 8), config.Integer("intermediate_size", 14_336)),
        ]);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent),
            FamilyWords.Same(block, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
