using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Router stages 6 and 7: weights of the chosen, token by token; then what couples tokens, done by one worker.</summary>
internal static class CpuRoutingOps
{
    /// <summary>Lowers the operation if it is one of these.</summary>
    public static bool TryLower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case Gather gather:
                SourceWriter body = phases.Rows();
                phases.PlaceNew(gather.Output, "shares");
                body.Line($"// {gather.Output.Name} = {gather.Scores.Name}[{gather.Chosen.Name}]    [{gather.Output.Width}]");
                body.Line($"Routing.Gather<{phases.D(gather.Output.Width)}>({phases.Row(gather.Scores, "token")}, {phases.Row(gather.Chosen, "token")}, {phases.Row(gather.Output, "token")});");
                break;
            case OneOfChosen one:
                SourceWriter ones = phases.Rows();
                phases.PlaceNew(one.Output, "shares");
                ones.Line($"// {one.Output.Name} = 1 for each expert    [{one.Output.Width}]");
                ones.Line($"RoutingWeights.One<{phases.D(one.Output.Width)}>({phases.Row(one.Chosen, "token")}, {phases.Row(one.Output, "token")});");
                break;
            case Renormalise renormalise:
                string sum = $"Σ {renormalise.Input.Name}{(renormalise.Epsilon == 0 ? "" : " + " + CSharp.Double(renormalise.Epsilon))}";
                string divisor = renormalise.MinimumSum == 0 ? $"({sum})" : $"max({sum}, {CSharp.Double(renormalise.MinimumSum)})";
                string minimum = renormalise.MinimumSum == 0 ? "" : $", {CSharp.Float(renormalise.MinimumSum)}";
                CpuElementOps.Map(phases, op, renormalise.Input, null, renormalise.Output, $"{renormalise.Input.Name} / {divisor}",
                    (size, _, x) => $"Routing.Renormalise<{size}>({x}, {CSharp.Float(renormalise.Epsilon)}{minimum});");
                break;
            case SoftmaxOfChosen softmax:
                CpuElementOps.Map(phases, op, softmax.Input, null, softmax.Output, $"softmax({softmax.Input.Name}) over the chosen",
                    (size, _, x) => $"RoutingWeights.Softmax<{size}>({phases.Row(softmax.Chosen, "token")}, {x});");
                break;
            case SigmoidOfChosen sigmoid:
                CpuElementOps.Map(phases, op, sigmoid.Input, null, sigmoid.Output, $"σ({sigmoid.Input.Name})",
                    (size, _, x) => $"RoutingWeights.Sigmoid<{size}>({phases.Row(sigmoid.Chosen, "token")}, {x});");
                break;
            case ZeroOut zero:
                CpuElementOps.Map(phases, op, zero.Input, null, zero.Output, $"{zero.Input.Name}, 0 for experts {zero.First} to {zero.First + zero.Count - 1}",
                    (size, _, x) => $"RoutingWeights.ZeroOut<{size}>({phases.Row(zero.Chosen, "token")}, {x}, {zero.First}, {zero.Count});");
                break;
            case SelectByExperts select:
                ByExperts(phases, select);
                break;
            case LimitCapacity limit:
                Limit(phases, limit);
                break;
            case NormaliseOverTokens normalise:
                Normalise(phases, normalise);
                break;
            default:
                return false;
        }

        return true;
    }

    private static void ByExperts(CpuPhases phases, SelectByExperts op)
    {
        SourceWriter body = phases.Begin();
        string key = phases.Row(op.Key, "0");
        int keyStride = phases.Stride(op.Key);
        phases.PlaceNew(op.Chosen);
        body.Line($"// {op.Chosen.Name} = experts that took the token: each takes {CSharp.Double(op.Fraction)} of the tokens of a {Word(op.Over)}, at least one, those of its highest {op.Key.Name}    [{op.Chosen.Width}]");
        OverGroups(body, op.Over, () =>
            body.Line($"step.Claims.ByExperts<{phases.D(op.Chosen.Width)}>(first, next, Capacity.Fraction(next - first, {CSharp.Double(op.Fraction)}), {key}, {keyStride}, {phases.Row(op.Chosen, "0")}, {phases.Stride(op.Chosen)});"));
    }

    private static void Limit(CpuPhases phases, LimitCapacity op)
    {
        SourceWriter body = phases.Begin();
        CapacityRule rule = op.Rule;
        string chosen = phases.Row(op.Chosen, "0");
        phases.PlaceNew(op.Output);
        string kept = phases.Row(op.Output, "0");
        int stride = phases.Stride(op.Output);
        string width = phases.D(op.Output.Width);
        string keys = $"{phases.Row(op.Key, "0")}, {phases.Stride(op.Key)}";
        (string method, string more, string order) = rule.Priority switch
        {
            CapacityPriority.Position => ("ByPosition", "", "tokens in their order"),
            CapacityPriority.Probability => ("ByKey", ", " + keys, $"the highest {op.Key.Name} first"),
            CapacityPriority.Random => ("ByDraw", $", {CpuSelectionOps.Seed(rule.Seed)}, layer, step.Positions", "tokens in an order drawn by position"),
            CapacityPriority.BatchPriority => ("ByBestKey", ", " + keys, $"first choices first, tokens by their highest {op.Key.Name}"),
            _ => ("ByChoice", "", "first choices first, tokens in their order"),
        };
        body.Line($"// {op.Output.Name} = {op.Chosen.Name} without the slots that found no room: {order}    [{op.Output.Width}]");
        OverGroups(body, rule.Over, () =>
        {
            body.Line($"var room = {Room(rule)};");
            body.Line($"step.Claims.{method}<{phases.D(rule.Experts)}, {width}>(first, next, room, {chosen}, {kept}, {stride}{more});");
        }, () => body.Line($"step.CountDropped<{width}, TObserver>(layer, {chosen}, {kept}, {stride}, ref observer);"));
    }

    private static string Room(CapacityRule rule)
    {
        const string Tokens = "next - first";
        if (rule.Capacity > 0)
            return $"new ExpertRoom({rule.Capacity})";
        string factor = CSharp.Double(rule.Factor);
        if (rule.Rounding == CapacityRounding.MoePlusPlus)
        {
            string Of(bool isFeedForward) => $"Capacity.MoePlusPlus({Tokens}, {rule.TopK}, {factor}, {CSharp.Double(rule.Share)}, {rule.FeedForwardExperts}, {rule.Experts - rule.FeedForwardExperts}, isFeedForward: {(isFeedForward ? "true" : "false")})";
            return $"new ExpertRoom({Of(true)}, {rule.FeedForwardExperts}, {Of(false)})";
        }

        return $"new ExpertRoom(Capacity.{rule.Rounding}({Tokens}, {rule.Experts}, {rule.TopK}, {factor}, {rule.Minimum}))";
    }

    private static void Normalise(CpuPhases phases, NormaliseOverTokens op)
    {
        // Rows of the other tokens are read, so that all workers must have come here: a phase of its own.
        string width = phases.D(op.Output.Width);
        bool isInPlace = phases.CanOverwrite(op.Input, op);
        if (isInPlace)
        {
            phases.PlaceInside(op.Output, op.Input, 0);
        }
        else
        {
            SourceWriter rows = phases.Rows();
            string input = phases.Row(op.Input, "token");
            phases.PlaceNew(op.Output);
            rows.Line($"RowMemory.Copy<{width}>({input}, {phases.Row(op.Output, "token")});");
        }

        SourceWriter body = phases.Begin();
        body.Line($"// {op.Output.Name} = {op.Input.Name} / (Σ over the tokens of a {Word(op.Over)} + {CSharp.Double(op.Epsilon)}) · ⌊{CSharp.Double(op.Factor)} · tokens⌋    [{op.Output.Width}]");
        OverGroups(body, op.Over, () =>
            body.Line($"step.Claims.Normalise<{phases.D(op.Experts)}, {width}>(first, next, {CSharp.Float(op.Epsilon)}, Capacity.Share(next - first, {CSharp.Double(op.Factor)}), {phases.Row(op.Chosen, "0")}, {phases.Row(op.Output, "0")}, {phases.Stride(op.Output)});"));
    }

    private static string Word(TokenGroup over) => over == TokenGroup.Call ? "step" : "sequence";

    private static void OverGroups(SourceWriter body, TokenGroup over, System.Action statements, System.Action? after = null)
    {
        using (body.Open("if (worker.Index == 0)"))
        {
            using (body.Open("for (int first = 0, next; first < step.Tokens; first = next)"))
            {
                body.Line(over == TokenGroup.Call ? "next = step.Tokens;" : "next = step.EndOfSequence(first);");
                statements();
            }

            after?.Invoke();
        }
    }
}
