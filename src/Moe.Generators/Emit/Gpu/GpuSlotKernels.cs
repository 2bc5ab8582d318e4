using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Rows of slots that need no matrix product, and sums over a token's slots.</summary>
internal static class GpuSlotKernels
{
    /// <summary>shared + factor · delta[slot].</summary>
    public static void AddToSlots(GpuScope scope, AddToSlots op)
    {
        string shared = op.Shared.Slots == 1 ? $"{op.Shared.Name}[({Token} * {Width(scope, op)}) + i]" : $"{op.Shared.Name}[cell]";
        EachSlot(
            scope,
            op,
            op.Chosen,
            op.First,
            op.Count,
            [op.Shared, op.Delta],
            $"{op.Shared.Name} + {GpuRouteSteps.Number(op.Factor)} · {op.Delta.Name}",
            $"{shared} + ({CSharp.Float(op.Factor)} * {op.Delta.Name}[cell])");
    }

    /// <summary>weights[slot] · input.</summary>
    public static void WeightInput(GpuScope scope, WeightInput op)
    {
        string input = op.Input.Slots == 1 ? $"{op.Input.Name}[({Token} * {Width(scope, op)}) + i]" : $"{op.Input.Name}[cell]";
        EachSlot(
            scope,
            op,
            op.Chosen,
            op.First,
            op.Count,
            [op.Input, op.SlotWeights],
            $"{op.SlotWeights.Name} · {op.Input.Name}",
            $"{op.SlotWeights.Name}[firstSlot + slot] * {input}");
    }

    /// <summary>Σ weights · answers over the group's slots, in order.</summary>
    public static void Combine(GpuScope scope, Combine op) => Sum(
        scope,
        op,
        op.Chosen,
        op.First,
        op.Count,
        [op.Answers, op.SlotWeights],
        $"Σ {op.SlotWeights.Name} · {op.Answers.Name}",
        $"{op.SlotWeights.Name}[firstSlot + slot] * {OfSlot(scope, op, op.Answers)}");

    /// <summary>(Σ weights over the group's slots) · input.</summary>
    public static void CombineCopies(GpuScope scope, CombineCopies op) => Sum(
        scope,
        op,
        op.Chosen,
        op.First,
        op.Count,
        [op.Input, op.SlotWeights],
        $"Σ {op.SlotWeights.Name} · {op.Input.Name}",
        $"{op.SlotWeights.Name}[firstSlot + slot] * {OfSlot(scope, op, op.Input)}");

    /// <summary>Σ weights · (a₀ input + a₁ vector[expert]), a = softmax(mix[expert] · input).</summary>
    public static void CombineConstants(GpuScope scope, CombineConstants op)
    {
        string width = Width(scope, op);
        string slots = GpuArrangement.SlotsOf(scope, op.Chosen);
        string mix = GpuScope.NameOf(op.Mix);
        string input = OfSlot(scope, op, op.Input);
        int count = op.Mix.Experts;
        scope.Launch(
            CSharp.Pascal(op.Output.Name),
            $"{op.Output.Name} = Σ {op.SlotWeights.Name} · (a · {op.Input.Name} + (1 - a) · {op.Vector.Role}[expert]), a = softmax({op.Mix.Role}[expert] · {op.Input.Name})",
            GpuScope.Shape(op.Output),
            "A group a token, elements in turn; slots in turn.",
            "GpuGroup.Grid(tokens)",
            [scope.Of(op.Input), scope.Of(op.Chosen), scope.Of(op.SlotWeights), scope.Of(op.Mix), scope.Of(op.Vector), scope.Of(op.Output)],
            writer =>
            {
                writer.Line($"long firstSlot = (long)Grid.IdxX * {slots};");
                writer.Line($"long row = (long)Grid.IdxX * {width};");
                writer.Line("ArrayView<float> lanes = SharedMemory.Allocate<float>(GpuGroup.Size);");
                GpuRowKernels.Each(writer, width, $"{op.Output.Name}[row + i] = 0f;");
                using (writer.Open($"for (int slot = 0; slot < {slots}; slot++)"))
                {
                    writer.Line("// a slot without an expert of the group goes along with weight 0, since all must meet at barriers");
                    writer.Line($"int chosenExpert = {op.Chosen.Name}[firstSlot + slot];");
                    writer.Line($"bool isFull = {GpuArrangement.Contains("chosenExpert", op.First, count)};");
                    writer.Line($"long expert = isFull ? chosenExpert{(op.First == 0 ? "" : " - " + op.First)} : 0;");
                    writer.Line("float first = 0f;");
                    writer.Line("float second = 0f;");
                    using (writer.Open($"for (int i = Group.IdxX; i < {width}; i += GpuGroup.Size)"))
                    {
                        writer.Line($"first += {mix}[(2 * expert * {width}) + i] * {input};");
                        writer.Line($"second += {mix}[(((2 * expert) + 1) * {width}) + i] * {input};");
                    }

                    writer.Line();
                    writer.Line("float own = GpuGroup.Sum(lanes, first);");
                    writer.Line("float other = GpuGroup.Sum(lanes, second);");
                    string sum = $"(GpuMath.Sigmoid(own - other) * {input}) + (GpuMath.Sigmoid(other - own) * {GpuScope.NameOf(op.Vector)}[(expert * {width}) + i])";
                    GpuRowKernels.Each(writer, width, $"{op.Output.Name}[row + i] += isFull ? {op.SlotWeights.Name}[firstSlot + slot] * ({sum}) : 0f;");
                }
            });
    }

    private const string Token = "(long)Grid.IdxX";

    // Element i of what a slot reads: its own row where there is one a slot, its token's otherwise.
    private static string OfSlot(GpuScope scope, Op op, Value value) =>
        $"{value.Name}[{(value.Slots == 1 ? "row" : $"((firstSlot + slot) * {Width(scope, op)})")} + i]";

    private static string Width(GpuScope scope, Op op) => scope.Words.Width(op.Outputs[0]);

    private static void EachSlot(
        GpuScope scope, Op op, Value chosen, int first, int count, IEnumerable<Value> inputs, string formula, string element)
    {
        Value output = op.Outputs[0];
        string width = Width(scope, op);
        string slots = GpuArrangement.SlotsOf(scope, chosen);
        scope.Launch(
            CSharp.Pascal(output.Name),
            $"{output.Name} = {formula}",
            GpuScope.Shape(output),
            "A group a token and slot, elements in turn; slots without an expert of the group stay as they are.",
            $"GpuGroup.Grid(tokens, {slots})",
            inputs.Append(chosen).Append(output).Select(scope.Of),
            writer =>
            {
                writer.Line("int slot = Grid.IdxY;");
                writer.Line($"long firstSlot = (long)Grid.IdxX * {slots};");
                writer.Line($"int expert = {chosen.Name}[firstSlot + slot];");
                writer.Line($"int end = {GpuArrangement.Contains("expert", first, count)} ? {width} : 0;");
                using (writer.Open("for (int i = Group.IdxX; i < end; i += GpuGroup.Size)"))
                {
                    writer.Line($"long cell = ((firstSlot + slot) * {width}) + i;");
                    writer.Line($"{output.Name}[cell] = {element};");
                }
            });
    }

    private static void Sum(
        GpuScope scope, Op op, Value chosen, int first, int count, IEnumerable<Value> inputs, string formula, string term)
    {
        Value output = op.Outputs[0];
        string width = Width(scope, op);
        string slots = GpuArrangement.SlotsOf(scope, chosen);
        string expert = $"{chosen.Name}[firstSlot + slot]";
        scope.Launch(
            CSharp.Pascal(output.Name),
            $"{output.Name} = {formula}",
            GpuScope.Shape(output),
            "A group a token, elements in turn; slots in turn.",
            "GpuGroup.Grid(tokens)",
            inputs.Append(chosen).Append(output).Select(scope.Of),
            writer =>
            {
                writer.Line($"long firstSlot = (long)Grid.IdxX * {slots};");
                writer.Line($"long row = (long)Grid.IdxX * {width};");
                using (writer.Open($"for (int i = Group.IdxX; i < {width}; i += GpuGroup.Size)"))
                {
                    writer.Line("float sum = 0f;");
                    using (writer.Open($"for (int slot = 0; slot < {slots}; slot++)"))
                    {
                        writer.Line($"if ({GpuArrangement.Contains(expert, first, count)})");
                        using (writer.Indent())
                            writer.Line($"sum += {term};");
                    }

                    writer.Line();
                    writer.Line($"{output.Name}[row + i] = sum;");
                }
            });
    }
}
