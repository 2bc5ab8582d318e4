using System;
using System.Collections.Generic;
using Moe.Generators.Declarations;

namespace Moe.Generators.Emit;

/// <summary>
/// An expression as text. Operators stand between their operands with the parentheses that keep the order of
/// operations; what differs from target to target is how numbers, functions and selections are written.
/// </summary>
internal abstract class FunctionSyntax(ScalarFunction function)
{
    private const int Sum = 1;
    private const int Product = 2;
    private const int Sign = 3;
    private const int Atom = 4;

    /// <summary>The expression.</summary>
    public string Text(ScalarExpression expression) => Write(expression).Text;

    /// <summary>A number.</summary>
    protected abstract string Number(float value);

    /// <summary>A function of one number other than the sign.</summary>
    protected abstract string Call(ScalarUnary called, string operand);

    /// <summary>The smaller or the larger of two numbers.</summary>
    protected abstract string Extreme(ScalarBinary called, string left, string right);

    /// <summary>A selection; in parentheses of its own where it needs them.</summary>
    protected abstract string Select(ScalarComparison comparison, string left, string right, string whenTrue, string otherwise);

    /// <summary>The sign of a product.</summary>
    protected virtual string Times => "*";

    /// <summary>The sign of a difference.</summary>
    protected virtual string Minus => "-";

    private (string Text, int Rank) Write(ScalarExpression expression)
    {
        switch (expression)
        {
            case ScalarConstant constant:
                string number = Number(constant.Value);
                return (number, number[0] is '-' or '−' ? Sign : Atom);
            case ScalarParameter parameter:
                return (function.Parameters[parameter.Index], Atom);
            case ScalarLocal local:
                return (function.Locals[local.Index].Name, Atom);
            case ScalarCall { Function: ScalarUnary.Negate } negated:
                return (Minus + Within(negated.Operand, Atom), Sign);
            case ScalarCall call:
                return (Call(call.Function, Text(call.Operand)), Atom);
            case ScalarOperation { Operator: ScalarBinary.Min or ScalarBinary.Max } extreme:
                return (Extreme(extreme.Operator, Text(extreme.Left), Text(extreme.Right)), Atom);
            case ScalarOperation operation:
                bool isSum = operation.Operator is ScalarBinary.Add or ScalarBinary.Subtract;
                int rank = isSum ? Sum : Product;
                return ($"{Within(operation.Left, rank)} {Symbol(operation.Operator)} {Within(operation.Right, rank + 1)}", rank);
            case ScalarSelect select:
                return (Select(select.Comparison, Text(select.Left), Text(select.Right), Text(select.WhenTrue), Text(select.Otherwise)), Atom);
            default:
                throw new NotSupportedException($"No text says {expression}.");
        }
    }

    private string Within(ScalarExpression expression, int rank)
    {
        (string text, int own) = Write(expression);
        return own < rank ? $"({text})" : text;
    }

    private string Symbol(ScalarBinary @operator) => @operator switch
    {
        ScalarBinary.Add => "+",
        ScalarBinary.Subtract => Minus,
        ScalarBinary.Multiply => Times,
        ScalarBinary.Divide => "/",
        _ => throw new NotSupportedException($"No sign says {@operator}."),
    };
}

/// <summary>An equation for readers: "x · tanh(log(1 + exp(x)))".</summary>
internal sealed class FunctionEquation(ScalarFunction function) : FunctionSyntax(function)
{
    /// <summary>"mish(x) = x · tanh(s), s = log(1 + exp(x))".</summary>
    public static string Of(ScalarFunction function)
    {
        var syntax = new FunctionEquation(function);
        var parts = new List<string> { $"{CSharp.Camel(function.Name)}({string.Join(", ", function.Parameters)}) = {syntax.Text(function.Result)}" };
        foreach (ScalarVariable local in function.Locals)
            parts.Add($"{local.Name} = {syntax.Text(local.Value)}");
        return string.Join(", ", parts);
    }

    protected override string Times => "·";

    protected override string Minus => "−";

    protected override string Number(float value) => CSharp.Number(value).Replace('-', '−');

    protected override string Call(ScalarUnary called, string operand) => called switch
    {
        ScalarUnary.Abs => $"|{operand}|",
        ScalarUnary.Sqrt => $"√({operand})",
        ScalarUnary.Floor => $"⌊{operand}⌋",
        ScalarUnary.Normal => $"Φ({operand})",
        _ => $"{CSharp.Camel(called.ToString())}({operand})",
    };

    protected override string Extreme(ScalarBinary called, string left, string right) =>
        $"{(called == ScalarBinary.Min ? "min" : "max")}({left}, {right})";

    protected override string Select(ScalarComparison comparison, string left, string right, string whenTrue, string otherwise)
    {
        string sign = comparison switch { ScalarComparison.Less => "<", ScalarComparison.LessOrEqual => "≤", _ => "=" };
        return $"({left} {sign} {right} ? {whenTrue} : {otherwise})";
    }
}
