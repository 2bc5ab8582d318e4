using System;

namespace Moe;

/// <summary>
/// A static method <c>float F(float logit)</c> that a router names as its score, each expert by itself. Its body is read
/// as that of an <see cref="ActivationFunctionAttribute"/>.
/// </summary>
/// <remarks>Rules: MOE601, MOE604, MOE605, MOE606.</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScoreFunctionAttribute : Attribute
{
}
