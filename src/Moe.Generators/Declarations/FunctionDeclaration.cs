using System;

namespace Moe.Generators.Declarations;

/// <summary>What a mark says that a function is.</summary>
[Flags]
internal enum FunctionKinds
{
    /// <summary>No mark.</summary>
    None = 0,

    /// <summary>[ActivationFunction]: x → act(x).</summary>
    Activation = 1,

    /// <summary>[GateFunction]: (gate, up) → inner.</summary>
    Gate = 2,

    /// <summary>[ScoreFunction]: logit → score.</summary>
    Score = 4,
}

/// <summary>A static method that a declaration names.</summary>
/// <param name="TypeName">Full name of the class that holds it.</param>
/// <param name="Method">Its name.</param>
/// <param name="Kinds">Its marks.</param>
/// <param name="Function">What it computes; null where it cannot be read.</param>
/// <param name="Problem">Why it cannot be read, or null.</param>
internal sealed record FunctionDeclaration(
    string TypeName,
    string Method,
    FunctionKinds Kinds,
    ScalarFunction? Function,
    FunctionProblem? Problem);

/// <summary>Something in a method that cannot become part of a kernel; a place in it is counted and not located.</summary>
/// <param name="Rule">Id of the rule that it breaks.</param>
/// <param name="TypeName">Full name of the class whose method is to be mended.</param>
/// <param name="Method">Name of that method.</param>
/// <param name="Overload">Which of the methods of that name, in source order.</param>
/// <param name="Node">Which of the method's syntax nodes, in preorder; −1 for its name.</param>
/// <param name="Arguments">Values for the message's holes.</param>
internal sealed record FunctionProblem(
    string Rule,
    string TypeName,
    string Method,
    int Overload,
    int Node,
    EquatableArray<string> Arguments);
