namespace Moe.Generators.Declarations;

/// <summary>A function of one number that an expression may hold; every target has its own polynomial or instruction for it.</summary>
internal enum ScalarUnary
{
    /// <summary>−x.</summary>
    Negate,

    /// <summary>|x|.</summary>
    Abs,

    /// <summary>√x.</summary>
    Sqrt,

    /// <summary>The largest whole number up to x.</summary>
    Floor,

    /// <summary>e^x.</summary>
    Exp,

    /// <summary>The natural logarithm.</summary>
    Log,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>1 / (1 + e^−x).</summary>
    Sigmoid,

    /// <summary>erf x.</summary>
    Erf,

    /// <summary>Φ(x), the normal distribution.</summary>
    Normal,

    /// <summary>sin x.</summary>
    Sin,

    /// <summary>cos x.</summary>
    Cos,
}

/// <summary>A function of two numbers that an expression may hold.</summary>
internal enum ScalarBinary
{
    /// <summary>x + y.</summary>
    Add,

    /// <summary>x − y.</summary>
    Subtract,

    /// <summary>x · y.</summary>
    Multiply,

    /// <summary>x / y.</summary>
    Divide,

    /// <summary>The smaller; NaN where either is NaN; −0 is below 0.</summary>
    Min,

    /// <summary>The larger; NaN where either is NaN; −0 is below 0.</summary>
    Max,
}

/// <summary>A comparison; with NaN it is false.</summary>
internal enum ScalarComparison
{
    /// <summary>x &lt; y.</summary>
    Less,

    /// <summary>x ≤ y.</summary>
    LessOrEqual,

    /// <summary>x = y.</summary>
    Equal,
}

/// <summary>
/// The body of a function on float32 scalars as a tree: value-equal, without symbols or syntax. It has no effects and no
/// loops, so that both sides of a selection may always be computed.
/// </summary>
internal abstract record ScalarExpression;

/// <summary>A float32 number.</summary>
internal sealed record ScalarConstant(float Value) : ScalarExpression
{
    // −0 and 0 are different constants, and NaN equals itself.
    public bool Equals(ScalarConstant? other) =>
        other is not null && Value.Equals(other.Value) && (1f / Value).Equals(1f / other.Value);

    public override int GetHashCode() => Value.GetHashCode();
}

/// <summary>A parameter of the function, by index.</summary>
internal sealed record ScalarParameter(int Index) : ScalarExpression;

/// <summary>A local of the function, by index.</summary>
internal sealed record ScalarLocal(int Index) : ScalarExpression;

/// <summary>A function of one number.</summary>
internal sealed record ScalarCall(ScalarUnary Function, ScalarExpression Operand) : ScalarExpression;

/// <summary>A function of two numbers.</summary>
internal sealed record ScalarOperation(ScalarBinary Operator, ScalarExpression Left, ScalarExpression Right) : ScalarExpression;

/// <summary>Left compared with Right ? WhenTrue : Otherwise.</summary>
internal sealed record ScalarSelect(
    ScalarComparison Comparison,
    ScalarExpression Left,
    ScalarExpression Right,
    ScalarExpression WhenTrue,
    ScalarExpression Otherwise) : ScalarExpression;

/// <summary>A name for a number that the function computes once.</summary>
/// <param name="Name">A C# identifier, other than that of any parameter and any other local.</param>
/// <param name="Value">It refers to parameters and to locals before it.</param>
internal sealed record ScalarVariable(string Name, ScalarExpression Value);

/// <summary>A function on float32 scalars.</summary>
/// <param name="Name">Its name, a C# identifier.</param>
/// <param name="Parameters">Names of its parameters, one or two.</param>
/// <param name="Locals">What it computes on the way, in order.</param>
/// <param name="Result">Its value.</param>
internal sealed record ScalarFunction(
    string Name,
    EquatableArray<string> Parameters,
    EquatableArray<ScalarVariable> Locals,
    ScalarExpression Result)
{
    /// <summary>The same mathematics under another name is the same code.</summary>
    public bool IsSameMathematics(ScalarFunction other) =>
        Parameters.Count == other.Parameters.Count && Locals.Equals(other.Locals) && Result.Equals(other.Result);
}
