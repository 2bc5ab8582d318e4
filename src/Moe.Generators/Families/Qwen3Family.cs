using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Qwen3ForCausalLM: dense, per-head query and key norm.</summary>
internal sealed class Qwen3Family : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(151_936, 4096, 32, 32, KeyValueHeads: 32, HeadSize: 128, 32_768, 1e-6, 10_000);

    public override CheckpointLayout Layout => CheckpointLayout.Qwen3;

    public override string ModelType => "qwen3";

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(FamilyRows.IfDense(model, "intermediate_size", 22_016))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false));

    public override ModelText Read(ConfigReader config, string name)
    {
        FamilyWords.NoWindow(config);
        var block = new BlockText(name + "Block",
        [
            FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)).With("QueryKeyNorm", true),
            FamilyWords.FeedForward(config, config.Integer("intermediate_size", 22_016)),
        ]);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent),
            FamilyWords.Same(block, config.Integer("num_hidden_layers", _absent.Layers)));
    }
}
