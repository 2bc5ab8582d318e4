using System;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

/// <summary>A truth value in the body of a function, on its way to selections.</summary>
internal abstract record Condition
{
    /// <summary>condition ? whenTrue : otherwise, with <paramref name="share"/> naming what is needed twice.</summary>
    public abstract ScalarExpression Select(ScalarExpression whenTrue, ScalarExpression otherwise, Func<ScalarExpression, ScalarExpression> share);
}

/// <summary>Known while compiling.</summary>
internal sealed record Known(bool Value) : Condition
{
    public override ScalarExpression Select(ScalarExpression whenTrue, ScalarExpression otherwise, Func<ScalarExpression, ScalarExpression> share) =>
        Value ? whenTrue : otherwise;
}

/// <summary>A comparison of two numbers.</summary>
internal sealed record Compared(ScalarComparison Comparison, ScalarExpression Left, ScalarExpression Right) : Condition
{
    public override ScalarExpression Select(ScalarExpression whenTrue, ScalarExpression otherwise, Func<ScalarExpression, ScalarExpression> share) =>
        FunctionLocals.Select(Comparison, Left, Right, whenTrue, otherwise);
}

/// <summary>The opposite, also for NaN.</summary>
internal sealed record Not(Condition Operand) : Condition
{
    public override ScalarExpression Select(ScalarExpression whenTrue, ScalarExpression otherwise, Func<ScalarExpression, ScalarExpression> share) =>
        Operand.Select(otherwise, whenTrue, share);
}

/// <summary>Both.</summary>
internal sealed record Both(Condition First, Condition Second) : Condition
{
    public override ScalarExpression Select(ScalarExpression whenTrue, ScalarExpression otherwise, Func<ScalarExpression, ScalarExpression> share)
    {
        ScalarExpression shared = share(otherwise);
        return First.Select(Second.Select(whenTrue, shared, share), shared, share);
    }
}
