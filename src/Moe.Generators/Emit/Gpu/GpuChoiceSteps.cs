using System;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Routing steps that choose: an expert's place is the number of experts before it; slots without one hold −1.</summary>
internal static class GpuChoiceSteps
{
    /// <summary>The step's statements.</summary>
    public static void Write(SourceWriter writer, GpuScope scope, Op op)
    {
        switch (op)
        {
            case SelectTopK select:
                TopK(writer, scope, select);
                break;
            case SelectTopP select:
                Sort(writer, scope, select.Key);
                writer.Line($"int count = {Within(scope, Reaching(scope, select.Key, select.P, select.Rule), select.Minimum, select.Chosen)};");
                Prefix(writer, scope, select.Chosen);
                break;
            case SelectAbove select:
                Sort(writer, scope, select.Key);
                string above = $"GpuRouting.Above({select.Key.Name}, {Width(scope, select.Key)}, {scope.Words.Float("Threshold", select.Threshold)})";
                writer.Line($"int count = {Within(scope, above, select.Minimum, select.Chosen)};");
                Prefix(writer, scope, select.Chosen);
                break;
            case SelectByEntropy select:
                ByEntropy(writer, scope, select);
                break;
            case SelectFromTable select:
                string width = Width(scope, select.Chosen);
                Each(writer, scope, select.Chosen, $"{select.Chosen.Name}[slot] = {GpuScope.NameOf(select.Table)}[((long){select.Ids.Name}[token] * {width}) + slot];");
                break;
            default:
                throw new NotSupportedException($"The GPU emitter does not know {op.Mnemonic} as a choice.");
        }
    }

    private static string Width(GpuScope scope, Value value) => GpuRouteSteps.Width(scope, value);

    private static void Each(SourceWriter writer, GpuScope scope, Value value, string statement) =>
        GpuRouteSteps.Each(writer, scope, value, "slot", statement);

    private static void TopK(SourceWriter writer, GpuScope scope, SelectTopK op)
    {
        string experts = Width(scope, op.Key);
        string count = scope.Words.Named(op.Count, "TopK");
        string first = op.First == 0 ? "0" : scope.Words.Integer("FirstRank", op.First);
        if (!op.IsFixed)
        {
            writer.Line($"int count = {count};");
            writer.Line($"int first = {first};");
            using (writer.Open("if (hasChoices == 1)"))
            {
                writer.Line($"count = requestTopKs[token] > 0 ? GpuRouting.Within(requestTopKs[token], 0, {Width(scope, op.Chosen)}) : count;");
                writer.Line("first = requestFirstRanks[token] >= 0 ? requestFirstRanks[token] : first;");
            }

            writer.Line();
            count = "count";
            first = "first";
        }

        Each(writer, scope, op.Chosen, $"{op.Chosen.Name}[slot] = -1;");
        writer.Line("Group.Barrier();");
        using (writer.Open($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)"))
        {
            writer.Line($"int slot = GpuOrder.Rank({op.Key.Name}, {experts}, expert){(first == "0" ? "" : " - " + first)};");
            writer.Line($"if ({(first == "0" ? "" : "slot >= 0 && ")}slot < {count})");
            using (writer.Indent())
                writer.Line($"{op.Chosen.Name}[slot] = expert;");
        }

        writer.Line();
    }

    private static void ByEntropy(SourceWriter writer, GpuScope scope, SelectByEntropy op)
    {
        string experts = Width(scope, op.Key);
        string epsilon = op.Epsilon == 0 ? "0f" : scope.Words.Float("EntropyEpsilon", op.Epsilon);
        bool isShannon = op.Order == 1;
        string entropy = isShannon
            ? $"GpuRouting.ShannonEntropy({op.Key.Name}, {experts}, {epsilon})"
            : $"GpuRouting.TsallisEntropy({op.Key.Name}, {experts}, {epsilon}, {scope.Words.Float("EntropyOrder", op.Order)})";
        if (op.Normalised)
        {
            int n = op.Key.Width;
            double uniform = isShannon ? Math.Log(n) : (1 - Math.Pow(n, 1 - op.Order)) / (op.Order - 1);
            entropy += $" / {scope.Words.Float("UniformEntropy", uniform, "of equal scores")}";
        }

        Sort(writer, scope, op.Key);
        writer.Line($"float entropy = {entropy};");
        writer.Line($"int reaching = {Within(scope, Reaching(scope, op.Key, op.P, op.Rule), op.Minimum, op.Chosen)};");
        writer.Line($"int count = entropy > {scope.Words.Float("EntropyThreshold", op.Threshold)} ? {Width(scope, op.Chosen)} : reaching;");
        Prefix(writer, scope, op.Chosen);
    }

    private static void Sort(SourceWriter writer, GpuScope scope, Value key)
    {
        string experts = Width(scope, key);
        writer.Line($"ArrayView<int> order = SharedMemory.Allocate<int>({experts});");
        GpuRouteSteps.Each(writer, scope, key, "expert", $"order[GpuOrder.Rank({key.Name}, {experts}, expert)] = expert;");
        writer.Line("Group.Barrier();");
    }

    private static string Reaching(GpuScope scope, Value key, double p, TopPRule rule) =>
        $"GpuRouting.{rule}({key.Name}, order, {Width(scope, key)}, {scope.Words.Float("TopP", p)})";

    private static string Within(GpuScope scope, string count, int minimum, Value chosen) =>
        $"GpuRouting.Within({count}, {minimum}, {Width(scope, chosen)})";

    private static void Prefix(SourceWriter writer, GpuScope scope, Value chosen) =>
        Each(writer, scope, chosen, $"{chosen.Name}[slot] = slot < count ? order[slot] : -1;");
}
