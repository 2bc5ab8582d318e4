using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>From router logits to chosen experts and weights, token by token; then tokens are ordered by expert.</summary>
internal static class CpuRoutingOps
{
    public static void Route(CpuPhases phases, Route op)
    {
        SourceWriter body = phases.Rows();
        int experts = op.Logits.Width;
        int topK = op.Selection.Count;
        string logits = phases.Row(op.Logits, "token");
        string scores = phases.BufferRow(phases.NewBuffer("scores", experts), "token");

        body.Line("if (TObserver.IsEnabled)");
        using (body.Indent())
            body.Line($"observer.RouterLogits(layer, token, new ReadOnlySpan<float>({logits}, {experts}));");

        body.Line($"// scores = {(op.Score.Kind == RouterScore.Softmax ? "softmax" : "sigmoid")}(routerLogits)    [{experts}]");
        body.Line($"RowMemory.Copy<{phases.D(experts)}>({logits}, {scores});");
        body.Line(op.Score.Kind == RouterScore.Softmax ? $"Rows.Softmax<{phases.D(experts)}>({scores});" : $"Activations.Apply<Sigmoid, {phases.D(experts)}>({scores});");

        string key = scores;
        if (op.SelectionBias is { } bias)
        {
            key = phases.BufferRow(phases.NewBuffer("selectionKey", experts), "token");
            body.Line("// selectionKey = scores + SelectionBias: it decides who is chosen and never enters the weights");
            body.Line($"RowMemory.Copy<{phases.D(experts)}>({scores}, {key});");
            body.Line($"Rows.Add<{phases.D(experts)}>(weights.{bias.Bias.Role}.Values, {key});");
        }

        if (op.Groups is { } groups)
        {
            string groupKey = phases.BufferRow(phases.NewBuffer("groupKey", experts), "token");
            string judge = groups.GroupKey == GroupKey.Maximum ? "GroupMaximum" : "GroupBestTwo";
            string worth = groups.GroupKey == GroupKey.Maximum ? "best" : "two best";
            string outside = groups.Outside == OutsideGroups.Zero ? "0f" : "float.NegativeInfinity";
            body.Line($"// groupKey = {(op.SelectionBias is null ? "scores" : "selectionKey")} within the {groups.Kept} best of {groups.Groups} groups (by their {worth}), else {(groups.Outside == OutsideGroups.Zero ? "0" : "-∞")}");
            body.Line($"RowMemory.Copy<{phases.D(experts)}>({key}, {groupKey});");
            body.Line($"Routing.KeepGroups<{judge}, {phases.D(experts)}, {phases.D(groups.Groups)}, {phases.D(groups.Kept)}>({groupKey}, {outside});");
            key = groupKey;
        }

        body.Line($"// chosen = the {topK} best, best first, ties to the lowest index    [{topK}]");
        body.Line($"int* chosen = groups.Chosen + token * {topK};");
        body.Line($"Routing.TopK<{phases.D(experts)}, {phases.D(topK)}>({key}, chosen);");
        body.Line("if (TObserver.IsEnabled)");
        using (body.Indent())
            body.Line($"observer.Selected(layer, token, new Span<int>(chosen, {topK}));");

        string scaled = op.Scale is { } scale ? $" · {CSharp.Double(scale.Factor)}" : "";
        string share = op.Renormalise is { } renormalise
            ? $"scores[chosen] / (Σ scores[chosen]{(renormalise.Epsilon == 0 ? "" : " + " + CSharp.Double(renormalise.Epsilon))})"
            : "scores[chosen]";
        body.Line($"// shares = {share}{scaled}    [{topK}]");
        body.Line($"float* shares = groups.Weights + token * {topK};");
        body.Line($"Routing.Gather<{phases.D(topK)}>({scores}, chosen, shares);");
        if (op.Renormalise is not null)
            body.Line($"Routing.Renormalise<{phases.D(topK)}>(shares, {CSharp.Float(op.Renormalise.Epsilon)});");
        if (op.Scale is not null)
            body.Line($"Rows.Scale<{phases.D(topK)}>({CSharp.Float(op.Scale.Factor)}, shares);");
        body.Line("if (TObserver.IsEnabled)");
        using (body.Indent())
            body.Line($"observer.Routed(layer, token, new ReadOnlySpan<int>(chosen, {topK}), new ReadOnlySpan<float>(shares, {topK}));");

        SourceWriter grouping = phases.Begin();
        grouping.Line($"// rows of one expert side by side: row r is token groups.TokenOfRow[r], slot s of a token is row groups.RowOfSlot[s]");
        grouping.Line("if (worker.Index == 0)");
        using (grouping.Indent())
            grouping.Line($"groups.Arrange<{phases.D(experts)}, {phases.D(topK)}>(step.Tokens);");
    }
}
