using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Router stages 2 to 4, token by token: logits beyond a matrix product, their adjustment, scores, and the key of selection.</summary>
internal static class CpuRouterOps
{
    /// <summary>Lowers the operation if it is one of these.</summary>
    public static bool TryLower(CpuPhases phases, Op op)
    {
        switch (op)
        {
            case TaggedLinear linear:
                TaggedLinear(phases, linear);
                break;
            case GruCell cell:
                Write(phases, cell.Output, "(1 - c) · n + c · state, r, c = σ(input + state), n = tanh(input + r · state)",
                    output => $"RecurrentCell.Gru<{phases.D(cell.Output.Width)}>({phases.Row(cell.InputGates, "token")}, {phases.Row(cell.StateGates, "token")}, {phases.Row(cell.State, "token")}, {output});");
                break;
            case Similarity similarity:
                Similarity(phases, similarity);
                break;
            case SparsityLogits sparsity:
                string up = sparsity.Up.Role;
                Write(phases, sparsity.Output, $"-Φ(μ / σ), μ = {up}Mean · x, σ² = {up}Variance · x², x = {sparsity.Input.Name}",
                    output => $"RoutingSimilarity.Sparsity<{phases.D(sparsity.Input.Width)}, {phases.D(sparsity.Output.Width)}>({phases.Row(sparsity.Input, "token")}, weights.{up}Mean.Values, weights.{up}Variance.Values, weights.{up}Mean.Stride, {output});");
                break;
            case Constant constant:
                Write(phases, constant.Output, $"{constant.Vector.Role}, whatever the token",
                    output => $"RowMemory.Copy<{phases.D(constant.Output.Width)}>(weights.{constant.Vector.Role}.Values, {output});");
                break;
            case Standardise standardise:
                CpuElementOps.Map(phases, op, standardise.Input, null, standardise.Output, $"{standardise.Input.Name} · {CSharp.Double(standardise.Target)} / std",
                    (size, _, x) => $"RoutingScores.Standardise<{size}>({x}, {CSharp.Float(standardise.Target)});");
                break;
            case DivideByTemperature divide:
                CpuElementOps.Map(phases, op, divide.Input, null, divide.Output, $"{divide.Input.Name} / {divide.Temperature.Role}",
                    (size, _, x) => $"Rows.Divide<{size}>(weights.{divide.Temperature.Role}.Values[0], {x});");
                break;
            case AddRequestBias bias:
                CpuElementOps.Map(phases, op, bias.Input, null, bias.Output, $"{bias.Input.Name} + {CSharp.Double(bias.Scale)} · the request's bias",
                    (size, _, x) => $"step.AddRequestBias<{size}>(token, {CSharp.Float(bias.Scale)}, {x});");
                break;
            case Score score:
                Score(phases, score);
                break;
            case TreeScore tree:
                string table = tree.Permutation is null ? "null" : $"weights.{tree.Permutation.Role}.Values";
                Write(phases, tree.Output, $"shares of {tree.Trees} trees' leaves: softmax of leaf + ln P, P the product of smooth steps along its path",
                    output => $"RoutingScores.Tree<{phases.D(tree.Output.Width)}, {phases.D(tree.Trees)}>({phases.Row(tree.Nodes, "token")}, {phases.Row(tree.Leaves, "token")}, {CSharp.Float(tree.Gamma)}, {table}, {output});");
                break;
            case SelectorScore selectors:
                Write(phases, selectors.Output, $"Σ over {selectors.Selectors} selectors of softmax(mix) · Π over bits of S(code) or 1 - S(code)",
                    output => $"RoutingScores.Selectors<{phases.D(selectors.Output.Width)}, {phases.D(selectors.Selectors)}>({phases.Row(selectors.Codes, "token")}, {phases.Row(selectors.Mix, "token")}, {CSharp.Float(selectors.Gamma)}, {output});");
                break;
            case AddBias bias:
                CpuElementOps.Map(phases, op, bias.Input, null, bias.Output, $"{bias.Input.Name} + {bias.Bias.Role}{(bias.Bias.Kind == WeightKind.SelectionBias ? ": it decides who is chosen and never enters the weights" : "")}",
                    (size, _, x) => $"Rows.Add<{size}>(weights.{bias.Bias.Role}.Values, {x});");
                break;
            case MultiplyBy multiply:
                CpuElementOps.Map(phases, op, multiply.Input, null, multiply.Output, $"{multiply.Input.Name} · {multiply.Factor.Role}",
                    (size, _, x) => $"Rows.Multiply<{size}>({x}, weights.{multiply.Factor.Role}.Values, {x});");
                break;
            case KeepGroups groups:
                KeepGroups(phases, groups);
                break;
            default:
                return false;
        }

        return true;
    }

    private static void Write(CpuPhases phases, Value output, string equation, System.Func<string, string> statement)
    {
        SourceWriter body = phases.Rows();
        phases.PlaceNew(output);
        body.Line($"// {output.Name} = {equation}    [{output.Width}]");
        body.Line(statement(phases.Row(output, "token")));
    }

    private static void TaggedLinear(CpuPhases phases, TaggedLinear op)
    {
        SourceWriter body = phases.Rows();
        phases.PlaceNew(op.Output);
        string output = phases.Row(op.Output, "token");
        int rows = op.Output.Width;
        body.Line($"// {op.Output.Name} = {op.Weight.Role}[tag] · {op.Input.Name}{(op.Bias is null ? "" : $" + {op.Bias.Role}[tag]")}    [{rows}] = [{rows} x {op.Input.Width}] · [{op.Input.Width}]");
        using (body.Open($"for (int expert = 0; expert < {rows}; expert++)"))
            body.Line($"{phases.Element(op.Output, "token", "expert")} = Rows.Dot<{phases.D(op.Input.Width)}>(weights.{op.Weight.Role}.Of(step.Tags[token] * {rows} + expert), {phases.Row(op.Input, "token")});");
        if (op.Bias is not null)
            body.Line($"Rows.Add<{phases.D(rows)}>(weights.{op.Bias.Role}.Of(step.Tags[token]), {output});");
    }

    private static void Similarity(CpuPhases phases, Similarity op)
    {
        string vectors = op.Vectors.Role;
        string equation = op.Kind switch
        {
            SimilarityKind.Cosine => $"cosine of x and {vectors}[expert] · min(e^{op.Temperature!.Role}, 100), x = {op.Input.Name}",
            SimilarityKind.ScaledDot => $"LN(x) · LN({vectors}[expert]) / √{op.Input.Width}, x = {op.Input.Name}",
            SimilarityKind.Distance => $"|x - {vectors}[expert]|, x = {op.Input.Name}",
            _ => $"-|x - {vectors}[expert]|, x = {op.Input.Name}",
        };
        (string name, string more) = op.Kind switch
        {
            SimilarityKind.Cosine => ("Cosine", $"weights.{op.Temperature!.Role}.Values[0], "),
            SimilarityKind.ScaledDot => ("ScaledDot", ""),
            SimilarityKind.Distance => ("Distance", "1f, "),
            _ => ("Distance", "-1f, "),
        };
        Write(phases, op.Output, equation, output =>
            $"RoutingSimilarity.{name}<{phases.D(op.Input.Width)}, {phases.D(op.Output.Width)}>({phases.Row(op.Input, "token")}, weights.{vectors}.Values, weights.{vectors}.Stride, {more}{output});");
    }

    private static void Score(CpuPhases phases, Score op)
    {
        // Logits stay as they are: what observers and readers of the text know by that name is not overwritten.
        SourceWriter body = phases.Rows();
        string logits = phases.Row(op.Logits, "token");
        phases.PlaceNew(op.Output);
        string scores = phases.Row(op.Output, "token");
        string size = phases.D(op.Output.Width);
        string name = op.Kind switch
        {
            RouterScore.None => op.Logits.Name,
            _ => $"{op.Kind.ToString().ToLowerInvariant()}({op.Logits.Name})",
        };
        body.Line($"// {op.Output.Name} = {name}    [{op.Output.Width}]");
        body.Line($"RowMemory.Copy<{size}>({logits}, {scores});");
        switch (op.Kind)
        {
            case RouterScore.Softmax:
                body.Line($"Rows.Softmax<{size}>({scores});");
                break;
            case RouterScore.Sigmoid:
                body.Line($"Activations.Apply<Sigmoid, {size}>({scores});");
                break;
            case RouterScore.Sparsemax:
                body.Line($"RoutingScores.Sparsemax<{size}>({scores});");
                break;
            case RouterScore.Entmax15:
                body.Line($"RoutingScores.Entmax15<{size}>({scores});");
                break;
            case RouterScore.None:
                break;
            default:
                throw new System.NotSupportedException($"The CPU emitter knows no scores {op.Kind}.");
        }
    }

    private static void KeepGroups(CpuPhases phases, KeepGroups op)
    {
        string judge = op.GroupKey == GroupKey.Maximum ? "GroupMaximum" : "GroupBestTwo";
        string worth = op.GroupKey == GroupKey.Maximum ? "best" : "two best";
        string outside = op.Outside == OutsideGroups.Zero ? "0f" : "float.NegativeInfinity";
        CpuElementOps.Map(phases, op, op.Key, null, op.Output,
            $"{op.Key.Name} within the {op.Kept} best of {op.Groups} groups (by their {worth}), else {(op.Outside == OutsideGroups.Zero ? "0" : "-∞")}",
            (size, _, x) => $"Routing.KeepGroups<{judge}, {size}, {phases.D(op.Groups)}, {phases.D(op.Kept)}>({x}, {outside});");
    }
}
