using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Exponential and its relatives from range-reduced polynomials (<see cref="Coefficients"/>), the same bits at every vector
/// width. NaN gives NaN. Errors stated are the largest over all float32, in units in the last place (ulp).
/// </summary>
public static partial class Transcendental
{
    /// <summary>
    /// e^x, error below 1 ulp (0.96 measured), gradual underflow included: e^(-inf) = 0, e^inf = inf. With x = n·ln 2 + r, n an integer:
    /// e^x = 2^n·e^r.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : struct, ILanes<T>
    {
        // Where e^x is 0, such as masked scores of -inf, e^0 is computed: a product that underflows takes the processor a hundred cycles.
        T lowest = T.Broadcast(Coefficients.ExpLowest), highest = T.Broadcast(Coefficients.ExpHighest), zero = T.Broadcast(0f);
        T given = x;
        x = T.SelectLess(x, lowest, zero, x);
        x = T.SelectLess(highest, x, highest, x);
        T shifted = x * T.Broadcast(Coefficients.Log2E) + T.Broadcast(Coefficients.Shift);
        T n = shifted - T.Broadcast(Coefficients.Shift);
        T r = x - n * T.Broadcast(Coefficients.Ln2High) - n * T.Broadcast(Coefficients.Ln2Low);
        T p = T.Broadcast(Coefficients.Exp4);
        p = p * r + T.Broadcast(Coefficients.Exp3);
        p = p * r + T.Broadcast(Coefficients.Exp2);
        p = p * r + T.Broadcast(Coefficients.Exp1);
        p = p * r + T.Broadcast(Coefficients.Exp0);
        return T.SelectLess(given, lowest, zero, T.Scale(p * (r * r) + r + T.Broadcast(1f), shifted));
    }

    /// <summary>e^x of one number.</summary>
    public static float Exp(float x) => Exp(new Lanes1(x)).Value;

    /// <summary>
    /// The natural logarithm, error below 1 ulp: log 0 = -inf, log inf = inf, NaN below 0. With x = 2^n·m, m between √½ and
    /// √2, f = m - 1 and s = f / (2 + f): log x = n·ln 2 + f - (f²/2 - s·(f²/2 + s²·p(s²))).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x) where T : struct, ILanes<T>
    {
        T zero = T.Broadcast(0f), smallest = T.Broadcast(Coefficients.SmallestNormal);
        T m = T.Split(T.SelectLess(x, smallest, x * T.Broadcast(8388608f), x), out T n);
        n = T.SelectLess(x, smallest, n - T.Broadcast(23f), n);
        T f = m - T.Broadcast(1f);
        T s = f / (T.Broadcast(2f) + f);
        T z = s * s;
        T p = T.Broadcast(Coefficients.Log2);
        p = p * z + T.Broadcast(Coefficients.Log1);
        p = p * z + T.Broadcast(Coefficients.Log0);
        T half = T.Broadcast(0.5f) * f * f;
        T y = n * T.Broadcast(Coefficients.Ln2High) - (half - (s * (half + z * p) + n * T.Broadcast(Coefficients.Ln2Low)) - f);
        y = T.SelectLess(x, T.Broadcast(float.PositiveInfinity), y, x);
        y = T.SelectEqual(x, zero, T.Broadcast(float.NegativeInfinity), y);
        return T.SelectLess(x, zero, T.Broadcast(float.NaN), y);
    }

    /// <summary>The natural logarithm of one number.</summary>
    public static float Log(float x) => Log(new Lanes1(x)).Value;

    /// <summary>1 / (1 + e^-x), error below 2.5 ulp where the result is a normal number: from e^-|x|, which cannot overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x) where T : struct, ILanes<T>
    {
        T one = T.Broadcast(1f);
        T e = Exp(T.Broadcast(0f) - T.Absolute(x));
        return T.SelectLess(x, T.Broadcast(0f), e, one) / (one + e);
    }

    /// <summary>1 / (1 + e^-x) of one number.</summary>
    public static float Sigmoid(float x) => Sigmoid(new Lanes1(x)).Value;

    /// <summary>tanh x, error below 1.5 ulp: a polynomial for small x, 1 - 2 / (e^2|x| + 1) with the sign of x beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : struct, ILanes<T>
    {
        T one = T.Broadcast(1f), two = T.Broadcast(2f), zero = T.Broadcast(0f);
        T size = T.Absolute(x);
        T large = one - two / (Exp(two * size) + one);
        large = T.SelectLess(x, zero, zero - large, large);
        T z = x * x;
        T p = T.Broadcast(Coefficients.Tanh4);
        p = p * z + T.Broadcast(Coefficients.Tanh3);
        p = p * z + T.Broadcast(Coefficients.Tanh2);
        p = p * z + T.Broadcast(Coefficients.Tanh1);
        p = p * z + T.Broadcast(Coefficients.Tanh0);
        return T.SelectLess(size, T.Broadcast(Coefficients.TanhSmall), p * z * x + x, large);
    }

    /// <summary>tanh x of one number.</summary>
    public static float Tanh(float x) => Tanh(new Lanes1(x)).Value;

    /// <summary>
    /// Φ(x) = ½(1 + erf(x/√2)), the normal distribution: absolute error below 2.5e-7; in the left tail, where the result
    /// vanishes, it comes from erfc directly, so that nothing cancels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Normal<T>(T x) where T : struct, ILanes<T>
    {
        T one = T.Broadcast(1f);
        T tail = T.Broadcast(0.5f) * (ScaledComplement(T.Absolute(x) * T.Broadcast(Coefficients.SqrtHalf)) * Exp(T.Broadcast(-0.5f) * x * x));
        return T.SelectLess(x, T.Broadcast(0f), tail, one - tail);
    }

    /// <summary>Φ(x) of one number.</summary>
    public static float Normal(float x) => Normal(new Lanes1(x)).Value;

    /// <summary>erf x, error below 1.5 ulp: a polynomial for small x, 1 - erfc|x| with the sign of x beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x) where T : struct, ILanes<T>
    {
        T size = T.Absolute(x);
        T large = T.Broadcast(1f) - ScaledComplement(size) * Exp(-(x * x));
        large = T.SelectLess(x, T.Broadcast(0f), -large, large);
        T z = x * x;
        T p = T.Broadcast(Coefficients.Erf6);
        p = p * z + T.Broadcast(Coefficients.Erf5);
        p = p * z + T.Broadcast(Coefficients.Erf4);
        p = p * z + T.Broadcast(Coefficients.Erf3);
        p = p * z + T.Broadcast(Coefficients.Erf2);
        p = p * z + T.Broadcast(Coefficients.Erf1);
        p = p * z + T.Broadcast(Coefficients.Erf0);
        return T.SelectLess(size, T.Broadcast(Coefficients.ErfSmall), p * x + x, large);
    }

    /// <summary>erf x of one number.</summary>
    public static float Erf(float x) => Erf(new Lanes1(x)).Value;

    /// <summary>erfc(y)·e^(y²) for y of 0 or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ScaledComplement<T>(T y) where T : struct, ILanes<T>
    {
        T one = T.Broadcast(1f);
        T t = one / (one + T.Broadcast(Coefficients.NormalScale) * y);
        T p = T.Broadcast(Coefficients.Normal8);
        p = p * t + T.Broadcast(Coefficients.Normal7);
        p = p * t + T.Broadcast(Coefficients.Normal6);
        p = p * t + T.Broadcast(Coefficients.Normal5);
        p = p * t + T.Broadcast(Coefficients.Normal4);
        p = p * t + T.Broadcast(Coefficients.Normal3);
        p = p * t + T.Broadcast(Coefficients.Normal2);
        p = p * t + T.Broadcast(Coefficients.Normal1);
        p = p * t + T.Broadcast(Coefficients.Normal0);
        return p * t;
    }
}
