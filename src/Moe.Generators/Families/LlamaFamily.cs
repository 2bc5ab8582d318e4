using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>LlamaForCausalLM: dense blocks.</summary>
internal sealed class LlamaFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(32_000, 4096, 32, 32, KeyValueHeads: 0, HeadSize: 0, 2048, 1e-6, 10_000);

    public override CheckpointLayout Layout => CheckpointLayout.Llama;

    public override string ModelType => "llama";

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(FamilyRows.IfDense(model, "intermediate_size", 11_008))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(ConfigRow.Usual("mlp_bias", model.Dense?.Bias ?? false, false));

    public override ModelText Read(ConfigReader config, string name)
    {
        var block = new BlockText(name + "Block",
        [
            FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)),
            FamilyWords.FeedForward(config, config.Integer("intermediate_size", 11_008), config.Flag("mlp_bias", false)),
        ]);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent),
            FamilyWords.Same(block, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
