using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Qwen3ForCausalLM: dense, per-head query and key norm.</summary>
internal sealed class Qwen3Family : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(151_936, 4096, 32, 32, KeyValueHeads: 32, HeadSize: 128, 32_768, 1e-6, 10_000);
    private static readonly WindowDefaults _windows = new(WindowPattern.Behind, HasSwitch: true, MaxWindowLayers: 28);

    public override CheckpointLayout Layout => CheckpointLayout.Qwen3;

    public override string ModelType => "qwen3";

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(FamilyRows.IfDense(model, "intermediate_size", 22_016))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Concat(LayerWindows.Rows(model, _windows, _absent));

    public override ModelText Read(ConfigReader config, string name)
    {
        BlockText Block(int window) => new(name + (window == 0 ? "Block" : "WindowBlock"),
        [
            FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false)).With("QueryKeyNorm", true).With("Window", window),
            FamilyWords.FeedForward(config, config.Integer("intermediate_size", 22_016)),
        ]);

        int[] windows = LayerWindows.Read(config, _windows, _absent, config.Integer("num_hidden_layers", _absent.Layers));
        Dictionary<int, BlockText> blocks = windows.Distinct().ToDictionary(window => window, Block);
        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), windows.Select(window => blocks[window]).ToArray());
    }
}
