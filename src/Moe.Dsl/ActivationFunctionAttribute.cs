using System;

namespace Moe;

/// <summary>
/// A static method <c>float F(float x)</c> that a declaration names as nonlinearity: <c>Function = nameof(F), From =
/// typeof(Class)</c>. Its body becomes part of the emitted kernels: arithmetic and comparisons of floats, MathF.Exp, Log,
/// Tanh, Sin, Cos, Sqrt, Abs, Floor, Min, Max, Clamp and Pow with a whole constant exponent, the functions of
/// Moe.Runtime.Numerics.Transcendental, ?:, if with returns, locals, constants, and calls of other such methods.
/// </summary>
/// <remarks>Rules: MOE601, MOE604, MOE605, MOE606.</remarks>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ActivationFunctionAttribute : Attribute
{
}
