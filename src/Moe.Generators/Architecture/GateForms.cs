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

    /// <summary>The limit of such a function, 0 for none; null where it is another function.</summary>
    public static double? LimitOf(ScalarFunction function) => !Is(function) ? null
        : function.Locals.Count == 0 ? 0
        : ((ScalarConstant)((ScalarOperation)function.Locals[0].Value).Right).Value;

    /// <summary>The factor inside its sigmoid; null where it is another function.</summary>
    public static double? BetaOf(ScalarFunction function) => !Is(function) ? null
        : ((ScalarCall)((ScalarOperation)function.Result).Right).Operand is ScalarOperation { Left: ScalarConstant beta } ? beta.Value : 1;

    // Made here: both names are this class's own, and a function of a user's own has the name of its method.
    private static bool Is(ScalarFunction function) => function.Parameters.Count == 2
        && function.Result is ScalarOperation { Operator: ScalarBinary.Multiply, Right: ScalarCall { Function: ScalarUnary.Sigmoid } }
        && (function.Locals.Count == 0 || function.Locals[0].Value is ScalarOperation { Operator: ScalarBinary.Min, Right: ScalarConstant });

    private static ScalarOperation Times(ScalarExpression left, ScalarExpression right) => new(ScalarBinary.Multiply, left, right);
}
