using System.Collections.Generic;
using System.Collections.Immutable;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

/// <summary>The functions of the framework and of the runtime that kernels have, by their C# names.</summary>
internal static class FunctionTable
{
    private const int MaxExponent = 16;

    private static readonly Dictionary<string, ScalarUnary> _unary = new()
    {
        ["Abs"] = ScalarUnary.Abs,
        ["Sqrt"] = ScalarUnary.Sqrt,
        ["Floor"] = ScalarUnary.Floor,
        ["Exp"] = ScalarUnary.Exp,
        ["Log"] = ScalarUnary.Log,
        ["Tanh"] = ScalarUnary.Tanh,
        ["Sigmoid"] = ScalarUnary.Sigmoid,
        ["Erf"] = ScalarUnary.Erf,
        ["Normal"] = ScalarUnary.Normal,
        ["Sin"] = ScalarUnary.Sin,
        ["Cos"] = ScalarUnary.Cos,
    };

    /// <summary>What an author may call.</summary>
    public const string Names = "MathF.Abs, Clamp, Cos, Exp, Floor, Log, Max, Min, Sin, Sqrt, Tanh, Pow with a whole constant exponent up to 16, and Transcendental.Erf, Normal, Sigmoid";

    /// <summary>A call, or null where there is no such function.</summary>
    public static ScalarExpression? Call(string name, ImmutableArray<ScalarExpression> operands, FunctionLocals locals) => (name, operands.Length) switch
    {
        (_, 1) => _unary.TryGetValue(name, out ScalarUnary function) ? new ScalarCall(function, operands[0]) : null,
        ("Min", 2) => new ScalarOperation(ScalarBinary.Min, operands[0], operands[1]),
        ("Max", 2) => new ScalarOperation(ScalarBinary.Max, operands[0], operands[1]),
        ("Pow", 2) => Power(operands[0], operands[1], locals),
        ("Clamp", 3) => Clamp(operands, locals),
        _ => null,
    };

    // x < least ? least : most < x ? most : x, which leaves NaN as it is.
    private static ScalarSelect Clamp(ImmutableArray<ScalarExpression> operands, FunctionLocals locals)
    {
        ScalarExpression x = locals.Bind("clamped", operands[0]);
        ScalarExpression least = locals.Bind("least", operands[1]);
        ScalarExpression most = locals.Bind("most", operands[2]);
        return new ScalarSelect(ScalarComparison.Less, x, least, least, new ScalarSelect(ScalarComparison.Less, most, x, most, x));
    }

    // By squaring: a rounding for each product.
    private static ScalarExpression? Power(ScalarExpression x, ScalarExpression exponent, FunctionLocals locals)
    {
        if (exponent is not ScalarConstant { Value: >= -MaxExponent and <= MaxExponent } constant || constant.Value != (int)constant.Value)
            return null;

        int n = System.Math.Abs((int)constant.Value);
        ScalarExpression? result = null;
        ScalarExpression square = locals.Bind("factor", x);
        for (; n > 0; n >>= 1)
        {
            if ((n & 1) != 0)
                result = result is null ? square : new ScalarOperation(ScalarBinary.Multiply, result, square);
            if (n > 1)
                square = locals.Bind("factor", new ScalarOperation(ScalarBinary.Multiply, square, square));
        }

        result ??= new ScalarConstant(1);
        return constant.Value < 0 ? new ScalarOperation(ScalarBinary.Divide, new ScalarConstant(1), result) : result;
    }
}
