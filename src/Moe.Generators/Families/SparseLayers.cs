using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// Which layers have experts. Dense in the Qwen MoE families are those that "mlp_only_layers" lists, and those where (layer + 1) is no
/// multiple of "decoder_sparse_step".
/// </summary>
internal static class SparseLayers
{
    /// <summary>The row of both keys.</summary>
    public static ConfigRow Row(FamilyView model) => new("mlp_only_layers", ConfigRowRule.DenseLayers, model.DenseLayers, null, false);

    /// <summary>Indices of the layers with experts.</summary>
    public static object?[] Of(FamilyView model) => Enumerable.Range(0, model.Layers)
        .Where(layer => model.BlockOf(layer).FeedForward is ExpertFeedForward)
        .Select(layer => (object?)layer)
        .ToArray();

    /// <summary>What the runtime's rule over several keys wants: the layers with experts, and the defaults of the keys.</summary>
    public static ConfigSection Section(FamilyView model, params (string Key, int Absent)[] keys)
    {
        var section = new ConfigSection { ["layers"] = Of(model), ["num_hidden_layers"] = model.Layers };
        foreach ((string key, int absent) in keys)
            section[key] = absent;
        return section;
    }

    /// <summary>Whether a layer has experts.</summary>
    public static System.Func<int, bool> HasExperts(ConfigReader config, int experts)
    {
        int[] dedicated = config.Integers("mlp_only_layers") ?? [];
        int step = config.Integer("decoder_sparse_step", 1);
        if (step < 1)
            throw config.Wrong("decoder_sparse_step", "a whole number above zero");
        return layer => experts > 0 && (layer + 1) % step == 0 && !dedicated.Contains(layer);
    }
}
