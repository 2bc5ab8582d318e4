using System;
using System.Collections.Immutable;
using System.Linq;

namespace Moe.Generators.Families;

/// <summary>All families.</summary>
internal static class FamilyList
{
    /// <summary>In the order of the layouts.</summary>
    public static ImmutableArray<CheckpointFamily> All { get; } = ImmutableArray.Create<CheckpointFamily>(
        new NativeFamily(),
        new LlamaFamily(),
        new MixtralFamily(),
        new Qwen3MoeFamily(),
        new DeepSeekV3Family(),
        new Qwen3Family(),
        new DeepSeekMoeFamily(),
        new Qwen2MoeFamily(),
        new DeepSeekV2Family(),
        new OlmoeFamily(),
        new GraniteMoeFamily(),
        new PhiMoeFamily(),
        new GptOssFamily(),
        new Llama4Family(),
        new Glm4MoeFamily(),
        new Ernie45MoeFamily(),
        new HunyuanMoeFamily(),
        new Dots1Family(),
        new DbrxFamily(),
        new MiniMaxFamily(),
        new JetMoeFamily());

    /// <summary>The family of a layout.</summary>
    public static CheckpointFamily Of(CheckpointLayout layout) =>
        All.FirstOrDefault(family => family.Layout == layout) ?? throw new ArgumentOutOfRangeException(nameof(layout), layout, "No family has this layout.");

    /// <summary>The keys of the text model: those under "text_config" in a model of text and images, else all.</summary>
    public static ConfigReader TextModel(ConfigReader config) => config.IsSection("text_config") ? config.Section("text_config") : config;

    /// <summary>The family of a config.json.</summary>
    /// <exception cref="FormatException">The file names no family, or one that is not known.</exception>
    public static CheckpointFamily Of(ConfigReader config)
    {
        string type = config.Text("model_type", null) ?? throw config.Wrong("model_type", "a text that names the family");
        return All.FirstOrDefault(family => family.ModelType == type && family.Layout != CheckpointLayout.Native) ?? throw new FormatException(
            $"config.json: model_type is \"{type}\"; declarations can be written for "
            + string.Join(", ", All.Where(family => family.Layout != CheckpointLayout.Native).Select(family => family.ModelType).OrderBy(known => known, StringComparer.Ordinal)) + ".");
    }
}
