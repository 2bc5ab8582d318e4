using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit;

/// <summary>Names of the graph's weights in checkpoints.</summary>
internal static class WeightNames
{
    /// <summary>The name, {layer} and {expert} standing for numbers; a weight of one for each tag has its tag there too.</summary>
    /// <param name="layout">Whose names.</param>
    /// <param name="weight">The weight.</param>
    /// <param name="isInLayer">The graph is a block's; else its weights are the model's.</param>
    public static string Pattern(CheckpointLayout layout, Weight weight, bool isInLayer)
    {
        string pattern = isInLayer && !weight.IsShared
            ? CheckpointNames.Pattern(layout, weight.Role)
            : CheckpointNames.PatternOfModel(layout, weight.Role);
        return weight.Experts > 0 && pattern.IndexOf("{expert}", System.StringComparison.Ordinal) < 0
            ? pattern.Insert(pattern.LastIndexOf('.'), ".{expert}")
            : pattern;
    }

    /// <summary>The name as a C# expression.</summary>
    public static string Expression(CheckpointLayout layout, Weight weight, bool isInLayer) =>
        CSharp.NameExpression(Pattern(layout, weight, isInLayer));
}
