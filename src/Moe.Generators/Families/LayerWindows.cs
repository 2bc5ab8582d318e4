using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Which layers a configuration class gives a window where "layer_types" is missing.</summary>
internal enum WindowPattern
{
    /// <summary>All (Qwen3-MoE; Qwen2-MoE, whose class masked every layer until it wrote layer_types).</summary>
    All,

    /// <summary>Those from "max_window_layers" on (Qwen3, dots.1).</summary>
    Behind,
}

/// <summary>What a configuration class assumes about windows.</summary>
/// <param name="Pattern">The layers.</param>
/// <param name="HasSwitch">There is none unless "use_sliding_window" is true.</param>
/// <param name="MaxWindowLayers">"max_window_layers".</param>
internal sealed record WindowDefaults(WindowPattern Pattern, bool HasSwitch, int MaxWindowLayers)
{
    /// <summary>"sliding_window" in every family.</summary>
    public const int Window = 4096;

    /// <summary>As the runtime's rule wants it.</summary>
    public ConfigSection Section(ModelDefaults absent) => new()
    {
        ["pattern"] = Pattern.ToString(),
        ["use_sliding_window"] = !HasSwitch,
        ["sliding_window"] = Window,
        ["max_window_layers"] = MaxWindowLayers,
        ["max_position_embeddings"] = absent.Context,
    };
}

/// <summary>
/// Windows over positions on some layers. "layer_types" says which; a file without it means its class's pattern. A window as
/// long as the context is none.
/// </summary>
internal static class LayerWindows
{
    private const string Sliding = "sliding_attention";
    private const string Full = "full_attention";

    /// <summary>The keys.</summary>
    public static IEnumerable<ConfigRow> Rows(FamilyView model, WindowDefaults windows, ModelDefaults absent)
    {
        AttentionReach?[] reaches = Enumerable.Range(0, model.Layers).Select(layer => (model.BlockOf(layer).Attention as MultiHeadAttention)?.Reach).ToArray();
        object?[] types = reaches.Select(reach => (object?)(reach is null ? Full : Sliding)).ToArray();
        yield return new ConfigRow("layer_types", ConfigRowRule.WindowLayers, types, windows.Section(absent), false);
        AttentionReach? window = reaches.FirstOrDefault(reach => reach is { IsChunked: false });
        yield return window is null ? ConfigRow.Irrelevant("sliding_window") : ConfigRow.Usual("sliding_window", window.Positions, WindowDefaults.Window);
        if (windows.HasSwitch)
            yield return window is null ? ConfigRow.Irrelevant("use_sliding_window") : ConfigRow.Usual("use_sliding_window", true, false);
    }

    /// <summary>The window of each layer, 0 where it sees the whole context.</summary>
    public static int[] Read(ConfigReader config, WindowDefaults windows, ModelDefaults absent, int layers)
    {
        int window = config.Integer("sliding_window", WindowDefaults.Window, isNull: 0);
        bool isOff = (windows.HasSwitch && !config.Flag("use_sliding_window", false))
            || window >= config.Integer("max_position_embeddings", absent.Context);
        int first = config.Integer("max_window_layers", windows.MaxWindowLayers);
        string[] types = config.Texts("layer_types")
            ?? Enumerable.Range(0, layers).Select(layer => IsSliding(windows.Pattern, layer, first) ? Sliding : Full).ToArray();
        if (types.Length < layers || types.Any(type => type is not (Sliding or Full)))
            throw config.Wrong("layer_types", $"{Sliding} or {Full} for each of {layers} layers");
        return types.Take(layers).Select(type => type == Sliding && !isOff ? window : 0).ToArray();
    }

    /// <summary>One block for each kind of layer, with experts or dense, with a window or without.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="windows">Of each layer.</param>
    /// <param name="isSparse">Whether a layer has experts.</param>
    /// <param name="attention">The attention, made anew for each block.</param>
    /// <param name="dense">The words of a dense feed-forward part.</param>
    /// <param name="sparse">The words of one with experts.</param>
    public static BlockText[] Blocks(
        string name, int[] windows, Func<int, bool> isSparse, Func<WordText> attention, Func<IEnumerable<WordText>> dense, Func<IEnumerable<WordText>> sparse)
    {
        var known = new Dictionary<(bool, int), BlockText>();
        return windows.Select((window, layer) =>
        {
            bool hasExperts = isSparse(layer);
            if (!known.TryGetValue((hasExperts, window), out BlockText? block))
            {
                known[(hasExperts, window)] = block = new BlockText(
                    name + (window == 0 ? "" : "Window") + (hasExperts ? "Expert" : "Dense") + "Block",
                    [attention().With("Window", window), .. hasExperts ? sparse() : dense()]);
            }

            return block;
        }).ToArray();
    }

    private static bool IsSliding(WindowPattern pattern, int layer, int maxWindowLayers) => pattern == WindowPattern.All || layer >= maxWindowLayers;
}
