using System;
using System.Collections.Generic;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Functions;

/// <summary>
/// A value in double precision and how far float32 arithmetic may end from it: the errors of operands carried through
/// derivatives, plus the rounding of each operation. The error is infinite where a comparison could go either way.
/// </summary>
internal readonly record struct BoundedValue(double Value, double Error)
{
    private const double Unit = 1.0 / (1 << 24);

    // Functions are within 3 units in the last place, a unit being up to 2^-23 of the value; the framework's within 1.
    private const double FunctionError = 8 * Unit;

    // The normal distribution has an absolute error.
    private const double NormalError = 2.5e-7;

    /// <summary>The function's value and bound.</summary>
    public static BoundedValue Evaluate(ScalarFunction function, params double[] arguments)
    {
        var locals = new List<BoundedValue>();
        foreach (ScalarVariable local in function.Locals)
            locals.Add(Of(local.Value));
        return Of(function.Result);

        BoundedValue Of(ScalarExpression expression) => expression switch
        {
            ScalarConstant constant => new(constant.Value, 0),
            ScalarParameter parameter => new(arguments[parameter.Index], 0),
            ScalarLocal local => locals[local.Index],
            ScalarCall call => Call(call.Function, Of(call.Operand)),
            ScalarOperation operation => Combine(operation.Operator, Of(operation.Left), Of(operation.Right)),
            ScalarSelect select => Select(select.Comparison, Of(select.Left), Of(select.Right), Of(select.WhenTrue), Of(select.Otherwise)),
            _ => throw new NotSupportedException($"No bound for {expression}."),
        };
    }

    /// <summary>Whether the bound says anything: nothing overflowed or was left open on the way.</summary>
    public bool IsUseful => double.IsFinite(Value) && double.IsFinite(Error) && Math.Abs(Value) + Error < float.MaxValue;

    private static BoundedValue Call(ScalarUnary function, BoundedValue x)
    {
        double value = FunctionOps.Call(function, x.Value);
        double error = function switch
        {
            ScalarUnary.Negate or ScalarUnary.Abs => x.Error,
            ScalarUnary.Sqrt => x.Value - x.Error > 0 ? (x.Error / Math.Sqrt(x.Value - x.Error)) + Rounding(value) : x.Error == 0 ? 0 : double.PositiveInfinity,
            ScalarUnary.Floor => Math.Floor(x.Value - x.Error) == Math.Floor(x.Value + x.Error) ? 0 : double.PositiveInfinity,
            ScalarUnary.Exp => (Math.Exp(x.Value + x.Error) - value) + Function(value),
            ScalarUnary.Log => x.Value - x.Error > 0 ? (x.Error / (x.Value - x.Error)) + Function(value) : double.PositiveInfinity,
            ScalarUnary.Normal => x.Error + NormalError,
            _ => (2 * x.Error) + Function(value),
        };
        return Checked(value, error);
    }

    private static BoundedValue Combine(ScalarBinary @operator, BoundedValue x, BoundedValue y)
    {
        double value = FunctionOps.Combine(@operator, x.Value, y.Value);
        double error = @operator switch
        {
            ScalarBinary.Add or ScalarBinary.Subtract => x.Error + y.Error + Rounding(value),
            ScalarBinary.Multiply => (Math.Abs(x.Value) * y.Error) + (Math.Abs(y.Value) * x.Error) + (x.Error * y.Error) + Rounding(value),
            ScalarBinary.Divide => Math.Abs(y.Value) > y.Error
                ? ((x.Error + (Math.Abs(value) * y.Error)) / (Math.Abs(y.Value) - y.Error)) + Rounding(value)
                : double.PositiveInfinity,
            _ => Math.Max(x.Error, y.Error),
        };
        return Checked(value, error);
    }

    // What overflows in float32 may not overflow here.
    private static BoundedValue Checked(double value, double error) =>
        new(value, Math.Abs(value) + error < float.MaxValue ? error : double.PositiveInfinity);

    private static BoundedValue Select(ScalarComparison comparison, BoundedValue left, BoundedValue right, BoundedValue whenTrue, BoundedValue otherwise)
    {
        bool isDecided = Math.Abs(left.Value - right.Value) > left.Error + right.Error || left.Error + right.Error == 0;
        if (!isDecided)
            return new(0, double.PositiveInfinity);
        return FunctionOps.Holds(comparison, left.Value, right.Value) ? whenTrue : otherwise;
    }

    // Errors are computed in double precision too: a little more than exact.
    private static double Rounding(double value) => (1.01 * Unit * Math.Abs(value)) + float.Epsilon;

    private static double Function(double value) => (FunctionError * Math.Abs(value)) + (2 * float.Epsilon);
}
