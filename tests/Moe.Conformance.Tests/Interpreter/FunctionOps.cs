using System;
using System.Collections.Generic;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>An author's function in double precision, with the framework's own functions.</summary>
internal static class FunctionOps
{
    /// <summary>Its value.</summary>
    public static double Evaluate(ScalarFunction function, params double[] arguments)
    {
        var locals = new List<double>();
        foreach (ScalarVariable local in function.Locals)
            locals.Add(Of(local.Value));
        return Of(function.Result);

        double Of(ScalarExpression expression) => expression switch
        {
            ScalarConstant constant => constant.Value,
            ScalarParameter parameter => arguments[parameter.Index],
            ScalarLocal local => locals[local.Index],
            ScalarCall call => Call(call.Function, Of(call.Operand)),
            ScalarOperation operation => Combine(operation.Operator, Of(operation.Left), Of(operation.Right)),
            ScalarSelect select => Holds(select.Comparison, Of(select.Left), Of(select.Right)) ? Of(select.WhenTrue) : Of(select.Otherwise),
            _ => throw new NotSupportedException($"The interpreter does not know {expression}."),
        };
    }

    /// <summary>A function of one number.</summary>
    public static double Call(ScalarUnary function, double x) => function switch
    {
        ScalarUnary.Negate => -x,
        ScalarUnary.Abs => Math.Abs(x),
        ScalarUnary.Sqrt => Math.Sqrt(x),
        ScalarUnary.Floor => Math.Floor(x),
        ScalarUnary.Exp => Math.Exp(x),
        ScalarUnary.Log => Math.Log(x),
        ScalarUnary.Tanh => Math.Tanh(x),
        ScalarUnary.Sigmoid => 1 / (1 + Math.Exp(-x)),
        ScalarUnary.Erf => double.IsNaN(x) ? x : ElementOps.Erf(x),
        ScalarUnary.Normal => double.IsNaN(x) ? x : 0.5 * (1 + ElementOps.Erf(x / Math.Sqrt(2))),
        ScalarUnary.Sin => Math.Sin(x),
        ScalarUnary.Cos => Math.Cos(x),
        _ => throw new NotSupportedException($"The interpreter does not know {function}."),
    };

    /// <summary>A function of two numbers.</summary>
    public static double Combine(ScalarBinary @operator, double x, double y) => @operator switch
    {
        ScalarBinary.Add => x + y,
        ScalarBinary.Subtract => x - y,
        ScalarBinary.Multiply => x * y,
        ScalarBinary.Divide => x / y,
        ScalarBinary.Min => Math.Min(x, y),
        ScalarBinary.Max => Math.Max(x, y),
        _ => throw new NotSupportedException($"The interpreter does not know {@operator}."),
    };

    /// <summary>Whether a comparison holds.</summary>
    public static bool Holds(ScalarComparison comparison, double x, double y) => comparison switch
    {
        ScalarComparison.Less => x < y,
        ScalarComparison.LessOrEqual => x <= y,
        _ => x == y,
    };
}
