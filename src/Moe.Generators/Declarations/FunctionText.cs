using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Moe.Generators.Declarations;

/// <summary>
/// A function as text and back, for assemblies, where there is no syntax to read. Version, parameters, locals and result
/// are separated by '|'; expressions stand operator first: <c>1|x|t=log add 1 exp $0|mul $0 tanh %0</c>, with $i the
/// i-th parameter and %i the i-th local. An operator's number of operands is fixed, so there are no parentheses.
/// </summary>
internal static class FunctionText
{
    /// <summary>The form written today; a reader refuses any other.</summary>
    public const string Version = "1";

    private static readonly ImmutableArray<(ScalarUnary Function, string Word)> _unary = ImmutableArray.Create(
        (ScalarUnary.Negate, "neg"),
        (ScalarUnary.Abs, "abs"),
        (ScalarUnary.Sqrt, "sqrt"),
        (ScalarUnary.Floor, "floor"),
        (ScalarUnary.Exp, "exp"),
        (ScalarUnary.Log, "log"),
        (ScalarUnary.Tanh, "tanh"),
        (ScalarUnary.Sigmoid, "sigmoid"),
        (ScalarUnary.Erf, "erf"),
        (ScalarUnary.Normal, "normal"),
        (ScalarUnary.Sin, "sin"),
        (ScalarUnary.Cos, "cos"));

    private static readonly ImmutableArray<(ScalarBinary Operator, string Word)> _binary = ImmutableArray.Create(
        (ScalarBinary.Add, "add"),
        (ScalarBinary.Subtract, "sub"),
        (ScalarBinary.Multiply, "mul"),
        (ScalarBinary.Divide, "div"),
        (ScalarBinary.Min, "min"),
        (ScalarBinary.Max, "max"));

    private static readonly ImmutableArray<(ScalarComparison Comparison, string Word)> _comparisons = ImmutableArray.Create(
        (ScalarComparison.Less, "less"),
        (ScalarComparison.LessOrEqual, "atmost"),
        (ScalarComparison.Equal, "equal"));

    /// <summary>Everything but the name.</summary>
    public static string Write(ScalarFunction function)
    {
        var text = new StringBuilder();
        text.Append(Version).Append('|').Append(string.Join(",", function.Parameters)).Append('|');
        foreach (ScalarVariable local in function.Locals)
        {
            text.Append(local.Name).Append('=');
            Write(text, local.Value);
            text.Append('|');
        }

        Write(text, function.Result);
        return text.ToString();
    }

    /// <summary>The function that a text says, or null where it is not of this version's form.</summary>
    public static ScalarFunction? Read(string name, string text)
    {
        string[] parts = text.Split('|');
        if (parts.Length < 3 || parts[0] != Version)
            return null;

        ImmutableArray<string> parameters = parts[1].Split(',').ToImmutableArray();
        var locals = ImmutableArray.CreateBuilder<ScalarVariable>();
        foreach (string part in parts.Skip(2).Take(parts.Length - 3))
        {
            int equals = part.IndexOf('=');
            if (equals < 1 || ReadWhole(part.Substring(equals + 1), parameters.Length, locals.Count) is not { } value)
                return null;

            locals.Add(new ScalarVariable(part.Substring(0, equals), value));
        }

        return ReadWhole(parts[parts.Length - 1], parameters.Length, locals.Count) is { } result
            ? new ScalarFunction(name, parameters, locals.ToImmutable(), result)
            : null;
    }

    private static void Write(StringBuilder text, ScalarExpression expression)
    {
        switch (expression)
        {
            case ScalarConstant constant:
                text.Append(constant.Value == 0 && 1 / constant.Value < 0 ? "-0" : constant.Value.ToString("R", CultureInfo.InvariantCulture));
                break;
            case ScalarParameter parameter:
                text.Append('$').Append(parameter.Index.ToString(CultureInfo.InvariantCulture));
                break;
            case ScalarLocal local:
                text.Append('%').Append(local.Index.ToString(CultureInfo.InvariantCulture));
                break;
            case ScalarCall call:
                text.Append(_unary.First(row => row.Function == call.Function).Word).Append(' ');
                Write(text, call.Operand);
                break;
            case ScalarOperation operation:
                text.Append(_binary.First(row => row.Operator == operation.Operator).Word).Append(' ');
                Write(text, operation.Left);
                text.Append(' ');
                Write(text, operation.Right);
                break;
            case ScalarSelect select:
                text.Append(_comparisons.First(row => row.Comparison == select.Comparison).Word);
                foreach (ScalarExpression operand in new[] { select.Left, select.Right, select.WhenTrue, select.Otherwise })
                {
                    text.Append(' ');
                    Write(text, operand);
                }

                break;
            default:
                throw new NotSupportedException($"No text says {expression}.");
        }
    }

    private static ScalarExpression? ReadWhole(string text, int parameters, int locals)
    {
        var words = new Queue<string>(text.Split(' '));
        ScalarExpression? expression = Read(words, parameters, locals);
        return words.Count == 0 ? expression : null;
    }

    private static ScalarExpression? Read(Queue<string> words, int parameters, int locals)
    {
        if (words.Count == 0)
            return null;

        string word = words.Dequeue();
        if (word.Length > 1 && word[0] is '$' or '%')
        {
            if (!int.TryParse(word.Substring(1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                || index >= (word[0] == '$' ? parameters : locals))
            {
                return null;
            }

            return word[0] == '$' ? new ScalarParameter(index) : new ScalarLocal(index);
        }

        foreach ((ScalarUnary function, string name) in _unary)
        {
            if (name == word)
                return Read(words, parameters, locals) is { } operand ? new ScalarCall(function, operand) : null;
        }

        foreach ((ScalarBinary @operator, string name) in _binary)
        {
            if (name == word)
            {
                return Read(words, parameters, locals) is { } left && Read(words, parameters, locals) is { } right
                    ? new ScalarOperation(@operator, left, right)
                    : null;
            }
        }

        foreach ((ScalarComparison comparison, string name) in _comparisons)
        {
            if (name == word)
            {
                return Read(words, parameters, locals) is { } left && Read(words, parameters, locals) is { } right
                    && Read(words, parameters, locals) is { } whenTrue && Read(words, parameters, locals) is { } otherwise
                    ? new ScalarSelect(comparison, left, right, whenTrue, otherwise)
                    : null;
            }
        }

        return ReadNumber(word);
    }

    private static ScalarConstant? ReadNumber(string word)
    {
        // The parser of .NET Framework, in which this may run, drops the sign of zero.
        if (word == "-0")
            return new ScalarConstant(-0f);

        return float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? new ScalarConstant(number) : null;
    }
}
