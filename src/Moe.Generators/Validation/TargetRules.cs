using System.Collections.Generic;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about what emitted code carries: MOE501.</summary>
internal static class TargetRules
{
    /// <summary>Most experts of one router: a routing kernel keeps a token's scores in a buffer of this many.</summary>
    public const int MaxExperts = 1024;

    /// <summary>Most experts that one token gets: a routing kernel keeps its choice in registers.</summary>
    public const int MaxTopK = 64;

    /// <summary>MOE501.</summary>
    public static IEnumerable<Finding> RouterFitsItsKernel(ResolvedBlock block)
    {
        int experts = block.Experts;
        if (experts > MaxExperts)
        {
            yield return Rules.TargetLimit
                .At(block.RoutedExperts.PartOf("Count"), "Count of [RoutedExperts]", experts, MaxExperts)
                .Suggest(MaxExperts);
        }

        // Above the number of experts MOE301 speaks.
        int topK = block.Router.Integer("TopK");
        if (topK > MaxTopK && topK <= experts)
            yield return Rules.TargetLimit.At(block.Router.PartOf("TopK"), "TopK of [Router]", topK, MaxTopK).Suggest(MaxTopK);
    }
}
