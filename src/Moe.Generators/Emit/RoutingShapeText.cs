using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Emit;

/// <summary>What a request may say about routing, as an initialiser of the model's shape.</summary>
internal static class RoutingShapeText
{
    /// <summary>" { Routing = ... }", or nothing where the model has neither experts nor tags.</summary>
    public static string Of(MoeArchitecture architecture)
    {
        ExpertFeedForward[] parts = architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>().ToArray();
        if (parts.Length == 0 && architecture.Tags == 0)
            return "";

        int biased = parts.Where(part => part.Router.Adjustments.Any(stage => stage is RequestBiasAdjustment)).Select(part => part.Experts).DefaultIfEmpty(0).Max();
        string[] selections = parts.Where(part => part.Router.Score is not NamedScore { Kind: RouterScore.SparseMixer })
            .Select(part => part.Router.Selection).OfType<TopKSelection>()
            .Select(selection => $"new({selection.TopK}, {selection.FirstRank}, {selection.MaxSelected})").Distinct().ToArray();
        return $" {{ Routing = new RoutingShape(Experts: {biased}, Tags: {architecture.Tags}, [{string.Join(", ", selections)}]) }}";
    }
}
