using System;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Routing steps from logits to selection keys.</summary>
internal static class GpuScoreSteps
{
    /// <summary>"softmax(routerLogits)".</summary>
    public static string Equation(Score op) => op.Kind switch
    {
        RouterScore.None => op.Logits.Name,
        _ => $"{CSharp.Camel(op.Kind.ToString())}({op.Logits.Name})",
    };

    /// <summary>The step's statements.</summary>
    public static void Write(SourceWriter writer, GpuScope scope, Op op)
    {
        switch (op)
        {
            case Score { Kind: RouterScore.Softmax } score:
                Softmax(writer, scope, score);
                break;
            case Score { Kind: RouterScore.Sparsemax or RouterScore.Entmax15 } score:
                Sparse(writer, scope, score);
                break;
            case Score score:
                string value = $"{score.Logits.Name}[expert]";
                EachExpert(writer, scope, score.Output, $"{score.Output.Name}[expert] = {(score.Kind == RouterScore.Sigmoid ? $"GpuMath.Sigmoid({value})" : value)};");
                break;
            case TreeScore tree:
                Tree(writer, scope, tree);
                break;
            case SelectorScore selector:
                Selectors(writer, scope, selector);
                break;
            case Standardise standardise:
                Standardise(writer, scope, standardise);
                break;
            case KeepGroups keep:
                Groups(writer, scope, keep);
                break;
            default:
                throw new NotSupportedException($"The GPU emitter does not know {op.Mnemonic} as a score.");
        }
    }

    private static void EachExpert(SourceWriter writer, GpuScope scope, Value value, string statement) =>
        GpuRouteSteps.Each(writer, scope, value, "expert", statement);

    private static void Every(SourceWriter writer, string count, string statement)
    {
        writer.Line($"for (int i = 0; i < {count}; i++)");
        using (writer.Indent())
            writer.Line(statement);
    }

    private static void Softmax(SourceWriter writer, GpuScope scope, Score op)
    {
        string experts = GpuRouteSteps.Width(scope, op.Output);
        string scores = op.Output.Name;
        writer.Line($"float highest{CSharp.Pascal(scores)} = GpuOrder.Best({op.Logits.Name}, 0, {experts});");
        EachExpert(writer, scope, op.Output, $"{scores}[expert] = GpuMath.Exp({op.Logits.Name}[expert] - highest{CSharp.Pascal(scores)});");
        writer.Line("Group.Barrier();");
        writer.Line($"float total{CSharp.Pascal(scores)} = 0f;");
        Every(writer, experts, $"total{CSharp.Pascal(scores)} += {scores}[i];");
        writer.Line("Group.Barrier();");
        EachExpert(writer, scope, op.Output, $"{scores}[expert] /= total{CSharp.Pascal(scores)};");
    }

    // Both subtract a threshold from logits relative to the largest; work items find it from the sorted logits, each by itself.
    private static void Sparse(SourceWriter writer, GpuScope scope, Score op)
    {
        string experts = GpuRouteSteps.Width(scope, op.Output);
        string z = op.Logits.Name;
        bool isSparsemax = op.Kind == RouterScore.Sparsemax;
        writer.Line($"ArrayView<int> sorted = SharedMemory.Allocate<int>({experts});");
        EachExpert(writer, scope, op.Output, $"sorted[GpuOrder.Rank({z}, {experts}, expert)] = expert;");
        writer.Line("Group.Barrier();");
        writer.Line($"float threshold = GpuRouting.{(isSparsemax ? "Sparsemax" : "Entmax")}Threshold({z}, sorted, {experts});");
        using (writer.Open($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)"))
        {
            string relative = $"({z}[expert] - {z}[sorted[0]])";
            writer.Line($"float above = {(isSparsemax ? relative : $"({relative} * 0.5f)")} - threshold;");
            writer.Line($"{op.Output.Name}[expert] = above > 0f ? {(isSparsemax ? "above" : "above * above")} : 0f;");
        }

        writer.Line();
    }

    private static void Tree(SourceWriter writer, GpuScope scope, TreeScore op)
    {
        string experts = GpuRouteSteps.Width(scope, op.Output);
        int leaves = op.Trees * op.Output.Width;
        string gamma = scope.Words.Float("StepWidth", op.Gamma);
        string owner = op.Permutation is { } table ? $"{GpuScope.NameOf(table)}[leaf]" : $"leaf % {experts}";
        writer.Line($"ArrayView<float> leafScores = SharedMemory.Allocate<float>({leaves});");
        using (writer.Open($"for (int leaf = Group.IdxX; leaf < {leaves}; leaf += GpuGroup.Size)"))
        {
            writer.Line($"float probability = GpuRouting.PathProbability({op.Nodes.Name}, leaf / {experts}, leaf % {experts}, {experts}, {gamma});");
            writer.Line($"leafScores[leaf] = probability > 0f ? {op.Leaves.Name}[leaf] + GpuMath.Log(probability + 1e-8f) : float.NegativeInfinity;");
        }

        writer.Line();
        writer.Line("Group.Barrier();");
        writer.Line($"float highestLeaf = GpuOrder.Best(leafScores, 0, {leaves});");
        writer.Line("float allLeaves = 0f;");
        Every(writer, $"{leaves}", "allLeaves += GpuMath.Exp(leafScores[i] - highestLeaf);");
        using (writer.Open($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)"))
        {
            writer.Line("float own = 0f;");
            writer.Line($"for (int leaf = 0; leaf < {leaves}; leaf++)");
            using (writer.Indent())
                writer.Line($"own += {owner} == expert ? GpuMath.Exp(leafScores[leaf] - highestLeaf) : 0f;");
            writer.Line($"{op.Output.Name}[expert] = own / allLeaves;");
        }

        writer.Line();
    }

    private static void Selectors(SourceWriter writer, GpuScope scope, SelectorScore op)
    {
        int bits = op.Codes.Width / op.Selectors;
        string gamma = scope.Words.Float("StepWidth", op.Gamma);
        writer.Line($"float highestMix = GpuOrder.Best({op.Mix.Name}, 0, {op.Selectors});");
        writer.Line("float totalMix = 0f;");
        Every(writer, $"{op.Selectors}", $"totalMix += GpuMath.Exp({op.Mix.Name}[i] - highestMix);");
        using (writer.Open($"for (int expert = Group.IdxX; expert < {GpuRouteSteps.Width(scope, op.Output)}; expert += GpuGroup.Size)"))
        {
            writer.Line("float own = 0f;");
            Every(
                writer,
                $"{op.Selectors}",
                $"own += GpuMath.Exp({op.Mix.Name}[i] - highestMix) / totalMix * GpuRouting.CodeWeight({op.Codes.Name}, i * {bits}, {bits}, expert, {gamma});");
            writer.Line($"{op.Output.Name}[expert] = own;");
        }

        writer.Line();
    }

    // Work items sum by themselves, in order, so that all have the same numbers.
    private static void Standardise(SourceWriter writer, GpuScope scope, Standardise op)
    {
        string experts = GpuRouteSteps.Width(scope, op.Output);
        string z = op.Input.Name;
        string target = scope.Words.Float("LogitDeviation", op.Target);
        writer.Line("float logitSum = 0f;");
        Every(writer, experts, $"logitSum += {z}[i];");
        writer.Line($"float logitMean = logitSum / {experts};");
        writer.Line("float logitSquares = 0f;");
        Every(writer, experts, $"logitSquares += ({z}[i] - logitMean) * ({z}[i] - logitMean);");
        writer.Line($"float deviation = 1f / GpuMath.InverseSqrt(logitSquares / ({experts} - 1));");
        EachExpert(writer, scope, op.Output, $"{op.Output.Name}[expert] = {z}[expert] * {target} / deviation;");
    }

    private static void Groups(SourceWriter writer, GpuScope scope, KeepGroups op)
    {
        string experts = GpuRouteSteps.Width(scope, op.Output);
        string groups = scope.Words.Integer("Groups", op.Groups);
        string kept = scope.Words.Integer("KeptGroups", op.Kept);
        string worth = op.GroupKey == GroupKey.Maximum ? "Best" : "SumOfBestTwo";
        string outside = op.Outside == OutsideGroups.Zero ? "0f" : "float.NegativeInfinity";
        writer.Line($"ArrayView<float> groupKeys = SharedMemory.Allocate<float>({groups});");
        writer.Line($"for (int group = Group.IdxX; group < {groups}; group += GpuGroup.Size)");
        using (writer.Indent())
            writer.Line($"groupKeys[group] = GpuOrder.{worth}({op.Key.Name}, group * ({experts} / {groups}), {experts} / {groups});");
        writer.Line("Group.Barrier();");
        EachExpert(
            writer,
            scope,
            op.Output,
            $"{op.Output.Name}[expert] = GpuOrder.Rank(groupKeys, {groups}, expert / ({experts} / {groups})) < {kept} ? {op.Key.Name}[expert] : {outside};");
    }
}
