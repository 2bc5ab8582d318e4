using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Operations element by element that no other kernel took in: a group a token, elements of all its slots in turn.</summary>
internal static class GpuElementKernels
{
    /// <summary>act(input).</summary>
    public static void Activate(GpuScope scope, Activate op) => Elements(
        scope, op, $"{GpuMatrixKernels.Function(new NamedActivation(op.Activation))}({op.Input.Name})", $"GpuMath.{op.Activation}({At(op.Input)})");

    /// <summary>A function of the elements of one value, or of two.</summary>
    public static void Apply(GpuScope scope, Apply op) => Elements(
        scope,
        op,
        $"{CSharp.Camel(op.Function.Name)}({string.Join(", ", op.Inputs.Select(value => value.Name))})",
        $"{scope.Functions.MethodOf(op.Function)}({string.Join(", ", op.Inputs.Select(At))})");

    /// <summary>left · right.</summary>
    public static void Multiply(GpuScope scope, Multiply op) => Elements(
        scope, op, $"{op.Left.Name} · {op.Right.Name}", $"{At(op.Left)} * {At(op.Right)}");

    /// <summary>left + right.</summary>
    public static void Add(GpuScope scope, Add op) => Elements(
        scope, op, $"{op.Left.Name} + {op.Right.Name}", $"{At(op.Left)} + {At(op.Right)}");

    /// <summary>input · factor.</summary>
    public static void Scale(GpuScope scope, Scale op)
    {
        string factor = scope.Words.Float(CSharp.Pascal(op.Output.Name) + "Factor", op.Factor);
        Elements(scope, op, $"{op.Input.Name} · {factor}", $"{At(op.Input)} * {factor}");
    }

    /// <summary>γ · first / √(second + ε).</summary>
    public static void AdamDirection(GpuScope scope, AdamDirection op) => Elements(
        scope,
        op,
        $"{GpuRouteSteps.Number(op.Gamma)} · {op.First.Name} / √({op.Second.Name} + {GpuRouteSteps.Number(op.Epsilon)})",
        $"{scope.Words.Float("AdamStep", op.Gamma)} * {At(op.First)} * GpuMath.InverseSqrt({At(op.Second)} + {scope.Words.Float("AdamEpsilon", op.Epsilon)})");

    /// <summary>A learned vector, the same for every token.</summary>
    public static void Constant(GpuScope scope, Constant op) => Rows(
        scope, op, [], $"{op.Vector.Role}", (_, width) => $"{op.Output.Name}[row + i] = {GpuScope.NameOf(op.Vector)}[i];");

    /// <summary>input + a learned vector.</summary>
    public static void AddBias(GpuScope scope, AddBias op) => Rows(
        scope, op, op.Inputs, $"{op.Input.Name} + {op.Bias.Role}", (_, _) => $"{op.Output.Name}[row + i] = {op.Input.Name}[row + i] + {GpuScope.NameOf(op.Bias)}[i];");

    /// <summary>Head g of slot s → head g · slots + s of the token; the heads of an empty slot are 0.</summary>
    public static void SlotsToHeads(GpuScope scope, SlotsToHeads op)
    {
        int slots = op.Chosen.Width;
        string slot = $"(i / {op.HeadSize} % {slots})";
        string source = $"(((long)Grid.IdxX * {slots}) + {slot}) * {op.Input.Width}";
        Rows(scope, op, op.Inputs, $"{op.Input.Name}, head g of slot s as head g · {slots} + s", (_, _) =>
            $"{op.Output.Name}[row + i] = {op.Chosen.Name}[((long)Grid.IdxX * {slots}) + {slot}] < 0 ? 0f : {op.Input.Name}[({source}) + (i / {op.HeadSize * slots} * {op.HeadSize}) + (i % {op.HeadSize})];");
    }

    /// <summary>Head g · slots + s of the token → head g of slot s.</summary>
    public static void HeadsToSlots(GpuScope scope, HeadsToSlots op)
    {
        int slots = op.Chosen.Width;
        int width = op.Output.Width;
        Rows(scope, op, [op.Input], $"{op.Input.Name}, head g · {slots} + s as head g of slot s", (_, _) =>
            $"{op.Output.Name}[row + i] = {op.Input.Name}[row + (((i % {width} / {op.HeadSize} * {slots}) + (i / {width})) * {op.HeadSize}) + (i % {op.HeadSize})];");
    }

    /// <summary>Blocks of a row, each times its factor.</summary>
    public static void ScaleBlocks(GpuScope scope, ScaleBlocks op)
    {
        int factors = op.Factors.Width;
        string factor = factors == 1 ? $"{op.Factors.Name}[Grid.IdxX]" : $"{op.Factors.Name}[((long)Grid.IdxX * {factors}) + (i / {op.Input.Width / factors})]";
        Rows(
            scope,
            op,
            op.Inputs,
            factors == 1 ? $"{op.Input.Name} · {op.Factors.Name}" : $"{op.Input.Name}, {factors} blocks times {op.Factors.Name}",
            (_, _) => $"{op.Output.Name}[row + i] = {op.Input.Name}[row + i] * {factor};");
    }

    /// <summary>
    /// c = (1 − z) n + z h of a GRU: r = σ(iᵣ + hᵣ), z = σ(i_z + h_z), n = tanh(iₙ + r hₙ) (Cho et al. 2014, as torch has it).
    /// </summary>
    public static void GruCell(GpuScope scope, GruCell op)
    {
        string size = scope.Words.Width(op.Output);
        string input = op.InputGates.Name;
        string state = op.StateGates.Name;
        scope.Launch(
            CSharp.Pascal(op.Output.Name),
            $"{op.Output.Name} = (1 - c) · n + c · {op.State.Name}; r, c, n = gates of {input} and {state}",
            GpuScope.Shape(op.Output),
            "A group a token, elements in turn.",
            "GpuGroup.Grid(tokens)",
            [scope.Of(op.InputGates), scope.Of(op.StateGates), scope.Of(op.State), scope.Of(op.Output)],
            writer =>
            {
                writer.Line($"long row = (long)Grid.IdxX * {size};");
                writer.Line("long gates = 3 * row;");
                using (writer.Open($"for (int i = Group.IdxX; i < {size}; i += GpuGroup.Size)"))
                {
                    writer.Line($"float r = GpuMath.Sigmoid({input}[gates + i] + {state}[gates + i]);");
                    writer.Line($"float c = GpuMath.Sigmoid({input}[gates + {size} + i] + {state}[gates + {size} + i]);");
                    writer.Line($"float n = GpuMath.Tanh({input}[gates + (2 * {size}) + i] + (r * {state}[gates + (2 * {size}) + i]));");
                    writer.Line($"{op.Output.Name}[row + i] = ((1f - c) * n) + (c * {op.State.Name}[row + i]);");
                }
            });
    }

    private static string At(Value value) => value.Name + "[row + i]";

    private static void Elements(GpuScope scope, Op op, string formula, string element) =>
        Rows(scope, op, op.Inputs.Distinct(), formula, (output, _) => $"{output.Name}[row + i] = {element};");

    private static void Rows(GpuScope scope, Op op, IEnumerable<Value> inputs, string formula, System.Func<Value, string, string> statement)
    {
        Value output = op.Outputs[0];
        string width = scope.Words.Width(output);
        string row = output.Slots == 1 ? width : $"{scope.Words.Named(output.Slots, "TopK", "MaxSelected")} * {width}";
        scope.Launch(
            CSharp.Pascal(output.Name),
            $"{output.Name} = {formula}",
            GpuScope.Shape(output),
            output.Slots == 1 ? "A group a token, elements in turn." : "A group a token, elements of all its slots in turn, whatever empty ones hold.",
            "GpuGroup.Grid(tokens)",
            inputs.Select(scope.Of).Concat(op.Weights.Select(scope.Of)).Append(scope.Of(output)),
            writer =>
            {
                writer.Line($"long row = (long)Grid.IdxX * {(output.Slots == 1 ? row : $"({row})")};");
                GpuRowKernels.Each(writer, row, statement(output, width));
            });
    }
}
