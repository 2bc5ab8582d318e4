using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Functions written out as expressions, each emitted once as a static method that kernels call.</summary>
internal sealed class GpuFunctions
{
    private readonly List<(ScalarFunction Function, string Name)> _functions = [];

    /// <summary>What is done element by element, applied to gate and up where it joins them, else to gate and then multiplied by up.</summary>
    public string Gated(Pointwise pointwise, string gate, string up) => pointwise.JoinsGateAndUp
        ? $"{MethodOf(pointwise)}({gate}, {up})"
        : $"{MethodOf(pointwise)}({gate}) * {up}";

    /// <summary>What is done element by element, applied to one number.</summary>
    public string Plain(Pointwise pointwise, string operand) => $"{MethodOf(pointwise)}({operand})";

    /// <summary>The emitted method of a function.</summary>
    public string MethodOf(ScalarFunction function)
    {
        foreach ((ScalarFunction known, string name) in _functions)
        {
            if (known.Name == function.Name && known.IsSameMathematics(function))
                return name;
        }

        string stem = CSharp.Pascal(function.Name.TrimStart('_', '@')) + "Function";
        string method = stem;
        for (int number = 2; _functions.Any(known => known.Name == method); number++)
            method = stem + number;
        _functions.Add((function, method));
        return method;
    }

    /// <summary>Writes every method.</summary>
    public void Write(SourceWriter writer)
    {
        foreach ((ScalarFunction function, string name) in _functions)
        {
            writer.Line();
            writer.Line($"/// <summary>{GpuKernel.Xml(FunctionEquation.Of(function))}</summary>");
            string parameters = string.Join(", ", function.Parameters.Select(parameter => "float " + parameter));
            using (writer.Open($"internal static float {name}({parameters})"))
            {
                var syntax = new ScalarSyntax(function);
                foreach (ScalarVariable local in function.Locals)
                    writer.Line($"float {local.Name} = {syntax.Text(local.Value)};");
                writer.Line($"return {syntax.Text(function.Result)};");
            }
        }
    }

    private string MethodOf(Pointwise pointwise) =>
        pointwise is WrittenFunction written ? MethodOf(written.Function) : "GpuMath." + pointwise.Name;

    private sealed class ScalarSyntax(ScalarFunction function) : FunctionSyntax(function)
    {
        protected override string Number(float value) => CSharp.Literal(value);

        protected override string Call(ScalarUnary called, string operand) => $"GpuMath.{called}({operand})";

        protected override string Extreme(ScalarBinary called, string left, string right) => $"GpuMath.{called}({left}, {right})";

        protected override string Select(ScalarComparison comparison, string left, string right, string whenTrue, string otherwise)
        {
            string sign = comparison switch { ScalarComparison.Less => "<", ScalarComparison.LessOrEqual => "<=", _ => "==" };
            return $"({left} {sign} {right} ? {whenTrue} : {otherwise})";
        }
    }
}
