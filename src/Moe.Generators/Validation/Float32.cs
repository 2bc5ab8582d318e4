namespace Moe.Generators.Validation;

/// <summary>Whether a number survives as the float32 that every target computes with.</summary>
internal static class Float32
{
    /// <summary>Neither NaN nor infinite, also after rounding to float32.</summary>
    public static bool IsFinite(double value) => !float.IsNaN((float)value) && !float.IsInfinity((float)value);
}
