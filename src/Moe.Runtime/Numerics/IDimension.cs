namespace Moe.Runtime.Numerics;

/// <summary>
/// A size that a declaration fixes, as a type: the compiler sees a constant wherever a primitive reads it, so that loops
/// and addresses are specialised to it under both JIT and AOT.
/// </summary>
/// <example><code>readonly struct D1024 : IDimension { public static int Size => 1024; }</code></example>
public interface IDimension
{
    /// <summary>The size, above zero; the same at every call.</summary>
    static abstract int Size { get; }
}
