using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Functions;

/// <summary>A function as the C# method that an author would write.</summary>
internal static class FunctionSource
{
    /// <summary>A class of methods with their marks.</summary>
    /// <param name="name">Of the class.</param>
    /// <param name="functions">Names must differ.</param>
    /// <param name="own">Calls our own functions in place of the framework's: such a method has the bits of emitted code.</param>
    public static string Class(string name, IEnumerable<ScalarFunction> functions, bool own = false) =>
        $"public static class {name}\n{{\n{string.Concat(functions.Select(function => Method(function, own)))}}}\n";

    private static string Method(ScalarFunction function, bool own)
    {
        string mark = function.Parameters.Count == 2 ? "GateFunction" : "ActivationFunction";
        string parameters = string.Join(", ", function.Parameters.Select(parameter => "float " + parameter));
        string locals = string.Concat(function.Locals.Select(local => $"        float {local.Name} = {Text(local.Value)};\n"));
        return $"    {(own ? "" : $"[{mark}]\n    ")}public static float {function.Name}({parameters})\n    {{\n{locals}        return {Text(function.Result)};\n    }}\n\n";

        string Text(ScalarExpression expression) => expression switch
        {
            ScalarConstant constant => Number(constant.Value),
            ScalarParameter parameter => function.Parameters[parameter.Index],
            ScalarLocal local => function.Locals[local.Index].Name,
            ScalarCall { Function: ScalarUnary.Negate } negated => $"-({Text(negated.Operand)})",
            ScalarCall call => $"{Owner(call.Function)}.{call.Function}({Text(call.Operand)})",
            ScalarOperation operation => Combined(operation.Operator, Text(operation.Left), Text(operation.Right)),
            ScalarSelect select => $"({Text(select.Left)} {Sign(select.Comparison)} {Text(select.Right)} ? {Text(select.WhenTrue)} : {Text(select.Otherwise)})",
            _ => throw new System.NotSupportedException($"No C# says {expression}."),
        };

        string Owner(ScalarUnary called) => called switch
        {
            ScalarUnary.Abs or ScalarUnary.Sqrt or ScalarUnary.Floor => "System.MathF",
            ScalarUnary.Sigmoid or ScalarUnary.Erf or ScalarUnary.Normal => "Moe.Runtime.Numerics.Transcendental",
            _ => own ? "Moe.Runtime.Numerics.Transcendental" : "System.MathF",
        };
    }

    private static string Combined(ScalarBinary @operator, string left, string right) => @operator switch
    {
        ScalarBinary.Add => $"({left} + {right})",
        ScalarBinary.Subtract => $"({left} - {right})",
        ScalarBinary.Multiply => $"({left} * {right})",
        ScalarBinary.Divide => $"({left} / {right})",
        _ => $"System.MathF.{@operator}({left}, {right})",
    };

    private static string Sign(ScalarComparison comparison) => comparison switch
    {
        ScalarComparison.Less => "<",
        ScalarComparison.LessOrEqual => "<=",
        _ => "==",
    };

    private static string Number(float value) =>
        float.IsNaN(value) ? "float.NaN"
        : float.IsInfinity(value) ? (value > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity")
        : value.ToString("R", CultureInfo.InvariantCulture) + "f";
}
