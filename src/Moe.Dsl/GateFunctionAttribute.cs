using System;

namespace Moe;

/// <summary>
/// A static method <c>float F(float gate, float up)</c> that a declaration names in place of act(gate) · up. Its body is
/// read as that of an <see cref="ActivationFunctionAttribute"/>.
/// </summary>
/// <remarks>Rules: MOE601, MOE604, MOE605, MOE606.</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GateFunctionAttribute : Attribute
{
}
