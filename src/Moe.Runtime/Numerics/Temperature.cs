using System;

namespace Moe.Runtime.Numerics;

/// <summary>
/// How queries grow with their position where attention reaches far beyond its training (Llama 4): computed in double
/// precision and rounded once.
/// </summary>
public static class Temperature
{
    /// <summary>1 + factor · ln(1 + ⌊(position + 1) / floor⌋).</summary>
    /// <param name="position">The token's position, 0 or above.</param>
    /// <param name="floor">Positions after which the factor grows, above 0.</param>
    /// <param name="factor">What the logarithm is multiplied with.</param>
    public static float At(int position, int floor, float factor) =>
        (float)(1 + (factor * Math.Log(1 + ((position + 1L) / floor))));
}
