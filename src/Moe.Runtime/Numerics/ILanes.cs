namespace Moe.Runtime.Numerics;

/// <summary>
/// Float32 numbers side by side, one vector register wide. Mathematics written once over <typeparamref name="T"/> runs on
/// <see cref="Lanes1"/>, <see cref="Lanes4"/>, <see cref="Lanes8"/> and <see cref="Lanes16"/>, lane by lane with the same
/// operations, and so with the same bits at every width.
/// </summary>
/// <typeparam name="T">The implementing type.</typeparam>
public unsafe interface ILanes<T> where T : struct, ILanes<T>
{
    /// <summary>How many numbers stand side by side: 1, 4, 8 or 16.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> consecutive numbers; no alignment needed.</summary>
    static abstract T Load(float* source);

    /// <summary>Writes <see cref="Count"/> consecutive numbers; no alignment needed.</summary>
    static abstract void Store(T value, float* destination);

    /// <summary>Reads <see cref="Count"/> consecutive bfloat16 numbers, widened.</summary>
    static abstract T LoadBFloat16(ushort* source);

    /// <summary>Writes <see cref="Count"/> consecutive numbers as bfloat16, rounded to nearest, ties to even.</summary>
    static abstract void StoreBFloat16(T value, ushort* destination);

    /// <summary>The same number in every lane.</summary>
    static abstract T Broadcast(float value);

    /// <summary>a + b.</summary>
    static abstract T operator +(T a, T b);

    /// <summary>a - b.</summary>
    static abstract T operator -(T a, T b);

    /// <summary>-a; the sign of zero and of NaN turns too.</summary>
    static abstract T operator -(T a);

    /// <summary>a · b.</summary>
    static abstract T operator *(T a, T b);

    /// <summary>a / b.</summary>
    static abstract T operator /(T a, T b);

    /// <summary>
    /// a · b + c with one rounding where the machine has a fused instruction, and with two where it has none: one or the
    /// other for a whole machine, never a mixture.
    /// </summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>|a|; the sign of NaN is cleared too.</summary>
    static abstract T Absolute(T a);

    /// <summary>Lane by lane: a &lt; b ? whenLess : otherwise. A comparison with NaN is false.</summary>
    static abstract T SelectLess(T a, T b, T whenLess, T otherwise);

    /// <summary>Whether a &lt; b in any lane.</summary>
    static abstract bool AnyLess(T a, T b);

    /// <summary>Lane by lane: a ≤ b ? whenTrue : otherwise. A comparison with NaN is false.</summary>
    static abstract T SelectLessOrEqual(T a, T b, T whenTrue, T otherwise);

    /// <summary>Lane by lane: a = b ? whenTrue : otherwise. A comparison with NaN is false; 0 equals -0.</summary>
    static abstract T SelectEqual(T a, T b, T whenTrue, T otherwise);

    /// <summary>The smaller of two numbers as in <see cref="System.MathF.Min"/>: NaN where either is NaN, -0 below 0.</summary>
    static abstract T Minimum(T a, T b);

    /// <summary>The larger of two numbers as in <see cref="System.MathF.Max"/>: NaN where either is NaN, -0 below 0.</summary>
    static abstract T Maximum(T a, T b);

    /// <summary>√a, correctly rounded; NaN below 0.</summary>
    static abstract T SquareRoot(T a);

    /// <summary>The largest whole number up to a.</summary>
    static abstract T Floor(T a);

    /// <summary>
    /// The m between √½ and √2 for which value = m · 2^exponent, both exact; <paramref name="value"/> is positive, finite
    /// and not subnormal.
    /// </summary>
    static abstract T Split(T value, out T exponent);

    /// <summary>
    /// value · 2^n, where <paramref name="shifted"/> = n + 1.5·2^23 and n is an integer from -252 to 254. Underflow is
    /// gradual and overflow infinite.
    /// </summary>
    static abstract T Scale(T value, T shifted);
}
