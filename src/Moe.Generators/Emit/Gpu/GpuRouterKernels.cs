using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>From a router's logits to chosen experts and their weights: one kernel, a group a token.</summary>
internal static class GpuRouterKernels
{
    private const string EachExpert = "for (int expert = Group.IdxX; expert < Experts; expert += GpuGroup.Size)";

    /// <summary>The launch; where something is observed, a second one takes the weights of the choice that came back.</summary>
    public static void Route(GpuScope scope, Route op)
    {
        GpuParameter? bias = op.SelectionBias is { } selection ? scope.Of(selection.Bias) : null;
        GpuKernel kernel = scope.Kernel(
            "Route",
            $"{op.Chosen.Name} = best TopK of {Key(op)}; {op.SlotWeights.Name} = {Weights(op)}",
            "A group a token, experts in turn. Where isForced is 1, chosen is read instead of written.",
            "GpuGroup.Grid(tokens)",
            new[] { scope.Of(op.Logits), bias, scope.Of(op.Chosen), scope.Of(op.SlotWeights), new GpuParameter("int", "isForced", "0") },
            writer => Body(writer, scope, op));

        SourceWriter launches = scope.Launches;
        scope.Remark(kernel.Formula, GpuScope.Shape(op.Chosen));
        kernel.WriteLaunch(launches, scope.KernelClass);
        using (launches.Open("if (TObserver.IsEnabled)"))
        {
            string chosen = "buffers." + scope.BufferOf(op.Chosen);
            launches.Line($"GpuObservation.Selected(batch, buffers.{scope.BufferOf(op.Logits)}, {scope.KernelClass}.Experts, {chosen}, {scope.KernelClass}.TopK, layer, ref observer);");
            GpuKernel again = kernel with { Parameters = kernel.Parameters.Replace(kernel.Parameters.Last(), new GpuParameter("int", "isForced", "1")) };
            again.WriteLaunch(launches, scope.KernelClass);
            launches.Line($"GpuObservation.Routed(batch, {chosen}, buffers.{scope.BufferOf(op.SlotWeights)}, {scope.KernelClass}.TopK, layer, ref observer);");
        }
    }

    private static string Score(Route op) => op.Score.Kind == RouterScore.Softmax ? $"softmax({op.Logits.Name})" : $"sigmoid({op.Logits.Name})";

    private static string Key(Route op) =>
        Score(op)
        + (op.SelectionBias is null ? "" : " + SelectionBias")
        + (op.Groups is { } groups ? $" within the best {groups.Kept} of {groups.Groups} groups" : "");

    private static string Weights(Route op) =>
        "their scores" + (op.Renormalise is null ? "" : ", made to sum to 1") + (op.Scale is null ? "" : " · WeightScale");

    private static void Body(SourceWriter writer, GpuScope scope, Route op)
    {
        writer.Line("long firstLogit = (long)Grid.IdxX * Experts;");
        writer.Line("long firstSlot = (long)Grid.IdxX * TopK;");
        writer.Line("ArrayView<float> scores = SharedMemory.Allocate<float>(Experts);");
        writer.Line("ArrayView<float> keys = SharedMemory.Allocate<float>(Experts);");
        writer.Line("ArrayView<int> slots = SharedMemory.Allocate<int>(TopK);");
        writer.Line();
        Scores(writer, op);
        Keys(writer, scope, op);
        Choice(writer, op);
        Shares(writer, scope, op);
    }

    private static void Scores(SourceWriter writer, Route op)
    {
        writer.Line($"// scores = {Score(op)}");
        string logit = $"{op.Logits.Name}[firstLogit + expert]";
        if (op.Score.Kind == RouterScore.Sigmoid)
        {
            writer.Line(EachExpert);
            using (writer.Indent())
                writer.Line($"scores[expert] = GpuMath.Sigmoid({logit});");
            writer.Line("Group.Barrier();");
            writer.Line();
            return;
        }

        writer.Line(EachExpert);
        using (writer.Indent())
            writer.Line($"keys[expert] = {logit};");
        writer.Line("Group.Barrier();");
        writer.Line("float highest = GpuOrder.Best(keys, 0, Experts);");
        writer.Line(EachExpert);
        using (writer.Indent())
            writer.Line("scores[expert] = GpuMath.Exp(keys[expert] - highest);");
        writer.Line("Group.Barrier();");
        writer.Line("float total = 0f;");
        writer.Line("for (int expert = 0; expert < Experts; expert++)");
        using (writer.Indent())
            writer.Line("total += scores[expert];");
        writer.Line("Group.Barrier();");
        writer.Line(EachExpert);
        using (writer.Indent())
            writer.Line("scores[expert] /= total;");
        writer.Line("Group.Barrier();");
        writer.Line();
    }

    private static void Keys(SourceWriter writer, GpuScope scope, Route op)
    {
        string bias = op.SelectionBias is { } selection ? $" + {GpuScope.NameOf(selection.Bias)}[expert]" : "";
        writer.Line(bias.Length == 0 ? "// keys = scores" : "// keys = scores + SelectionBias");
        writer.Line(EachExpert);
        using (writer.Indent())
            writer.Line($"keys[expert] = scores[expert]{bias};");
        writer.Line("Group.Barrier();");
        writer.Line();
        if (op.Groups is not { } keep)
            return;

        scope.Words.Integer("Groups", keep.Groups);
        scope.Words.Integer("KeptGroups", keep.Kept);
        string worth = keep.GroupKey == GroupKey.Maximum ? "Best" : "SumOfBestTwo";
        string outside = keep.Outside == OutsideGroups.Zero ? "0f" : "float.NegativeInfinity";
        writer.Line($"// outside the KeptGroups best groups, by {(keep.GroupKey == GroupKey.Maximum ? "their best key" : "the sum of their two best keys")}, a key becomes {(keep.Outside == OutsideGroups.Zero ? "0" : "−∞")}");
        writer.Line("ArrayView<float> groupKeys = SharedMemory.Allocate<float>(Groups);");
        writer.Line("for (int group = Group.IdxX; group < Groups; group += GpuGroup.Size)");
        using (writer.Indent())
            writer.Line($"groupKeys[group] = GpuOrder.{worth}(keys, group * (Experts / Groups), Experts / Groups);");
        writer.Line("Group.Barrier();");
        using (writer.Open(EachExpert))
        {
            writer.Line("if (GpuOrder.Rank(groupKeys, Groups, expert / (Experts / Groups)) >= KeptGroups)");
            using (writer.Indent())
                writer.Line($"keys[expert] = {outside};");
        }

        writer.Line();
        writer.Line("Group.Barrier();");
        writer.Line();
    }

    private static void Choice(SourceWriter writer, Route op)
    {
        string chosen = op.Chosen.Name;
        writer.Line($"// {chosen} = the TopK best, best first: an expert's slot is the number of experts before it");
        using (writer.Open("if (isForced == 0)"))
        using (writer.Open(EachExpert))
        {
            writer.Line("int slot = GpuOrder.Rank(keys, Experts, expert);");
            using (writer.Open("if (slot < TopK)"))
            {
                writer.Line("slots[slot] = expert;");
                writer.Line($"{chosen}[firstSlot + slot] = expert;");
            }
        }

        using (writer.Open("else"))
        {
            writer.Line("for (int slot = Group.IdxX; slot < TopK; slot += GpuGroup.Size)");
            using (writer.Indent())
                writer.Line($"slots[slot] = {chosen}[firstSlot + slot];");
        }

        writer.Line();
        writer.Line("Group.Barrier();");
        writer.Line();
    }

    private static void Shares(SourceWriter writer, GpuScope scope, Route op)
    {
        string weight = "scores[slots[slot]]";
        writer.Line($"// {op.SlotWeights.Name} = {Weights(op)}");
        if (op.Renormalise is { } renormalise)
        {
            writer.Line("float sum = 0f;");
            writer.Line("for (int slot = 0; slot < TopK; slot++)");
            using (writer.Indent())
                writer.Line("sum += scores[slots[slot]];");
            string epsilon = renormalise.Epsilon == 0 ? "sum" : $"(sum + {scope.Words.Float("RenormaliseEpsilon", renormalise.Epsilon)})";
            weight = $"{weight} / {epsilon}";
        }

        if (op.Scale is { } scale)
            weight = $"{(op.Renormalise is null ? weight : $"({weight})")} * {scope.Words.Float("WeightScale", scale.Factor)}";
        writer.Line("for (int slot = Group.IdxX; slot < TopK; slot += GpuGroup.Size)");
        using (writer.Indent())
            writer.Line($"{op.SlotWeights.Name}[firstSlot + slot] = {weight};");
    }
}
