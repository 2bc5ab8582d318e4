using System.Globalization;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Router stage 5, token by token: who is chosen.</summary>
internal static class CpuSelectionOps
{
    /// <summary>Lowers the operation if it is one of these.</summary>
    public static bool TryLower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case SelectTopK select:
                TopK(phases, select);
                break;
            case SelectTopP select:
                Choose(phases, select.Chosen, Prefix(select.P, select.Rule, select.Minimum))
                    .Line(PrefixCall(phases, select.Key, select.Chosen, select.P, select.Rule, select.Minimum));
                break;
            case SelectAbove select:
                Choose(phases, select.Chosen, $"those above {CSharp.Double(select.Threshold)}, best first{AtLeast(select.Minimum)}")
                    .Line($"RoutingChoice.Above<{Sizes(phases, select.Key, select.Chosen)}>({phases.Row(select.Key, "token")}, {phases.Row(select.Chosen, "token")}, {CSharp.Float(select.Threshold)}, {select.Minimum});");
                break;
            case SelectByEntropy select:
                ByEntropy(phases, select);
                break;
            case SelectRandom select:
                (string stream, string position) = select.Scope switch
                {
                    RandomScope.Token => ("step.RoutingSeed(token)", "step.Positions[token]"),
                    RandomScope.Sequence => ("step.RoutingSeed(token)", "0"),
                    _ => ("step.Number", "0"),
                };
                Choose(phases, select.Chosen, $"{select.Chosen.Width} of {select.Experts} at random, the same for every token of a {select.Scope.ToString().ToLowerInvariant()}")
                    .Line($"RoutingChoice.Random<{phases.D(select.Experts)}, {phases.D(select.Chosen.Width)}>({Seed(select.Seed)}, layer, {stream}, {position}, {phases.Row(select.Chosen, "token")});");
                break;
            case SelectFromTable select:
                Choose(phases, select.Chosen, $"row {select.Ids.Name} of {select.Table.Role}")
                    .Line($"RowMemory.Copy<{phases.D(select.Chosen.Width)}>(weights.{select.Table.Role}.Of({(select.Ids == StepValues.Tags ? "step.Tags" : "step.Ids")}[token]), {phases.Row(select.Chosen, "token")});");
                break;
            case SparseMixer mixer:
                SourceWriter body = Choose(phases, mixer.Chosen, $"the best, then the best of the others; weights: softmax without those further below than {CSharp.Double(2 * mixer.Epsilon)} of their size");
                phases.PlaceNew(mixer.SlotWeights, "shares");
                body.Line($"SparseMixer.Choose<{phases.D(mixer.Logits.Width)}>({phases.Row(mixer.Logits, "token")}, {CSharp.Float(mixer.Epsilon)}, {phases.Row(mixer.Chosen, "token")}, {phases.Row(mixer.SlotWeights, "token")});");
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>A seed as an unsigned literal.</summary>
    public static string Seed(int seed) => unchecked((uint)seed).ToString(CultureInfo.InvariantCulture) + "u";

    private static void TopK(CpuPhases phases, SelectTopK op)
    {
        string key = phases.Row(op.Key, "token");
        bool isPlain = op.First == 0 && op.Count == op.Chosen.Width;
        SourceWriter body = Choose(phases, op.Chosen, op.First == 0
            ? $"the {op.Count} best, best first, ties to the lowest index"
            : $"the {op.Count} from rank {op.First} on, best first, ties to the lowest index");
        string chosen = phases.Row(op.Chosen, "token");
        string sizes = Sizes(phases, op.Key, op.Chosen);
        string byRequest = $"RoutingChoice.Ranks<{sizes}>({key}, {chosen}, first: step.FirstRank(token, {op.First}), count: step.TopK(token, {op.Count}));";
        if (op.IsFixed)
        {
            body.Line(isPlain ? $"Routing.TopK<{sizes}>({key}, {chosen});" : $"RoutingChoice.Ranks<{sizes}>({key}, {chosen}, first: {op.First}, count: {op.Count});");
            return;
        }

        if (!isPlain)
        {
            body.Line(byRequest);
            return;
        }

        body.Line("if (step.ChangesSelection)");
        using (body.Indent())
            body.Line(byRequest);
        body.Line("else");
        using (body.Indent())
            body.Line($"Routing.TopK<{sizes}>({key}, {chosen});");
    }

    private static void ByEntropy(CpuPhases phases, SelectByEntropy op)
    {
        SourceWriter body = Choose(phases, op.Chosen,
            $"all where the entropy of order {CSharp.Double(op.Order)} is above {CSharp.Double(op.Threshold)}, else {Prefix(op.P, op.Rule, op.Minimum)}");
        string size = phases.D(op.Key.Width);
        string key = phases.Row(op.Key, "token");
        string entropy = $"RoutingChoice.Entropy<{size}>({key}, {CSharp.Float(op.Order)}, {CSharp.Float(op.Epsilon)})";
        if (op.Normalised)
            entropy += $" / RoutingChoice.GreatestEntropy({op.Key.Width}, {CSharp.Float(op.Order)})";
        body.Line($"if ({entropy} > {CSharp.Float(op.Threshold)})");
        using (body.Indent())
            body.Line($"Routing.TopK<{size}, {size}>({key}, {phases.Row(op.Chosen, "token")});");
        body.Line("else");
        using (body.Indent())
            body.Line(PrefixCall(phases, op.Key, op.Chosen, op.P, op.Rule, op.Minimum));
    }

    private static SourceWriter Choose(CpuPhases phases, Value chosen, string who)
    {
        SourceWriter body = phases.Rows();
        phases.PlaceNew(chosen);
        body.Line($"// {chosen.Name} = {who}    [{chosen.Width}]");
        return body;
    }

    private static string Prefix(double p, TopPRule rule, int minimum) => (rule == TopPRule.FirstExceeding
        ? $"the best up to the first at which the running sum is above {CSharp.Double(p)}"
        : $"the best whose running sum is at most {CSharp.Double(p)}") + AtLeast(minimum);

    private static string AtLeast(int minimum) => minimum == 0 ? "" : $", at least {minimum}";

    private static string PrefixCall(CpuPhases phases, Value key, Value chosen, double p, TopPRule rule, int minimum) =>
        $"RoutingChoice.{rule}<{Sizes(phases, key, chosen)}>({phases.Row(key, "token")}, {phases.Row(chosen, "token")}, {CSharp.Float(p)}, {minimum});";

    private static string Sizes(CpuPhases phases, Value key, Value chosen) => $"{phases.D(key.Width)}, {phases.D(chosen.Width)}";
}
