using System.Collections.Immutable;
using Moe.Generators.Declarations;

namespace Moe.Generators.Architecture;

/// <summary>Gate forms that the language has words for, as functions of gate and up.</summary>
internal static class GateForms
{
    /// <summary>
    /// The clamped SwiGLU of gpt-oss: gate' = min(gate, limit); up' = clamp(up, −limit, limit);
    /// (up' + offset) · gate' · sigmoid(beta · gate').
    /// </summary>
    /// <param name="limit">0 leaves both as they are.</param>
    /// <param name="beta">Factor inside the sigmoid.</param>
    /// <param name="offset">Added to up.</param>
    public static ScalarFunction ClampedSwiGlu(double limit, double beta, double offset)
    {
        var locals = ImmutableArray.CreateBuilder<ScalarVariable>();
        ScalarExpression gate = new ScalarParameter(0);
        ScalarExpression up = new ScalarParameter(1);
        if (limit != 0)
        {
            var most = new ScalarConstant((float)limit);
            var least = new ScalarConstant((float)-limit);
            locals.Add(new ScalarVariable("gateLimited", new ScalarOperation(ScalarBinary.Min, gate, most)));
            locals.Add(new ScalarVariable("upLimited", new ScalarOperation(
                ScalarBinary.Max, new ScalarOperation(ScalarBinary.Min, up, most), least)));
            gate = new ScalarLocal(0);
            up = new ScalarLocal(1);
        }

        ScalarExpression slope = beta == 1 ? gate : Times(new ScalarConstant((float)beta), gate);
        if (offset != 0)
            up = new ScalarOperation(ScalarBinary.Add, up, new ScalarConstant((float)offset));
        return new ScalarFunction(
            limit == 0 ? "SwiGlu" : "ClampedSwiGlu",
            ImmutableArray.Create("gate", "up"),
            locals.ToImmutable(),
            Times(Times(up, gate), new ScalarCall(ScalarUnary.Sigmoid, slope)));
    }

    /// <summary>The numbers of such a function, under whatever name; null where it computes something else.</summary>
    public static (double Limit, double Beta, double Offset)? ClampedSwiGluOf(ScalarFunction function)
    {
        if (function.Result is not ScalarOperation { Left: ScalarOperation { Left: { } up }, Right: ScalarCall { Operand: { } slope } })
            return null;
        double limit = function.Locals.Count > 0 && function.Locals[0].Value is ScalarOperation { Right: ScalarConstant most } ? most.Value : 0;
        double beta = slope is ScalarOperation { Left: ScalarConstant factor } ? factor.Value : 1;
        double offset = up is ScalarOperation { Right: ScalarConstant added } ? added.Value : 0;
        return function.IsSameMathematics(ClampedSwiGlu(limit, beta, offset)) ? (limit, beta, offset) : null;
    }

    private static ScalarOperation Times(ScalarExpression left, ScalarExpression right) => new(ScalarBinary.Multiply, left, right);
}
