using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// Which layers are dense in the Qwen MoE families: those that "mlp_only_layers" lists, and those where (layer + 1) is no
/// multiple of "decoder_sparse_step".
/// </summary>
internal static class SparseLayers
{
    /// <summary>The row of both keys.</summary>
    public static ConfigRow Row(FamilyView model) => new("mlp_only_layers", ConfigRowRule.DenseLayers, model.DenseLayers, null, false);

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
