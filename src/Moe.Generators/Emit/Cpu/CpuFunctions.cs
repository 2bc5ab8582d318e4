using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Functions written out as expressions, each emitted once as a struct over vectors of any width.</summary>
internal sealed class CpuFunctions
{
    private readonly List<(ScalarFunction Function, string Name)> _functions = [];

    /// <summary>The type that stands for what is done element by element: one of the runtime's, or an emitted one.</summary>
    public string TypeOf(Pointwise pointwise) => pointwise is WrittenFunction written ? TypeOf(written.Function) : pointwise.Name;

    /// <summary>The emitted type of a function.</summary>
    public string TypeOf(ScalarFunction function)
    {
        foreach ((ScalarFunction known, string name) in _functions)
        {
            if (known.Name == function.Name && known.IsSameMathematics(function))
                return name;
        }

        string stem = CSharp.Pascal(function.Name.TrimStart('_', '@')) + "Function";
        string type = stem;
        for (int number = 2; _functions.Any(known => known.Name == type); number++)
            type = stem + number;
        _functions.Add((function, type));
        return type;
    }

    /// <summary>Writes every struct.</summary>
    public void Write(SourceWriter writer)
    {
        foreach ((ScalarFunction function, string name) in _functions)
        {
            bool isGate = function.Parameters.Count == 2;
            writer.Line();
            writer.Line($"/// <summary>{Xml(FunctionEquation.Of(function))}, lane by lane.</summary>");
            using (writer.Open($"private readonly struct {name} : {(isGate ? "IGate" : "IActivation")}"))
            {
                writer.Line("/// <summary>The function at any vector width.</summary>");
                string parameters = string.Join(", ", function.Parameters.Select(parameter => "TLanes " + parameter));
                using (writer.Open($"public static TLanes Apply<TLanes>({parameters}) where TLanes : struct, ILanes<TLanes>"))
                {
                    var syntax = new LanesSyntax(function);
                    foreach (ScalarVariable local in function.Locals)
                        writer.Line($"TLanes {local.Name} = {syntax.Text(local.Value)};");
                    writer.Line($"return {syntax.Text(function.Result)};");
                }
            }
        }
    }

    private static string Xml(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    private sealed class LanesSyntax(ScalarFunction function) : FunctionSyntax(function)
    {
        protected override string Number(float value) => $"TLanes.Broadcast({CSharp.Literal(value)})";

        protected override string Call(ScalarUnary called, string operand) => called switch
        {
            ScalarUnary.Abs => $"TLanes.Absolute({operand})",
            ScalarUnary.Sqrt => $"TLanes.SquareRoot({operand})",
            ScalarUnary.Floor => $"TLanes.Floor({operand})",
            _ => $"Transcendental.{called}({operand})",
        };

        protected override string Extreme(ScalarBinary called, string left, string right) =>
            $"TLanes.{(called == ScalarBinary.Min ? "Minimum" : "Maximum")}({left}, {right})";

        protected override string Select(ScalarComparison comparison, string left, string right, string whenTrue, string otherwise) =>
            $"TLanes.Select{comparison}({left}, {right}, {whenTrue}, {otherwise})";
    }
}
