using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Exponential and its relatives from range-reduced polynomials (<see cref="Coefficients"/>), the same bits at every vector
/// width. NaN gives NaN. Errors stated are the largest over all float32, in units in the last place (ulp).
/// </summary>
public static class Transcendental
{
    /// <summary>
    /// e^x, error below 1 ulp (0.96 measured), gradual underflow included: e^(-inf) = 0, e^inf = inf. With x = n·ln 2 + r, n an integer:
    /// e^x = 2^n·e^r.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : struct, ILanes<T>
    {
        T lowest = T.Broadcast(Coefficients.ExpLowest), highest = T.Broadcast(Coefficients.ExpHighest);
        x = T.SelectLess(x, lowest, lowest, x);
        x = T.SelectLess(highest, x, highest, x);
        T shifted = x * T.Broadcast(Coefficients.Log2E) + T.Broadcast(Coefficients.Shift);
        T n = shifted - T.Broadcast(Coefficients.Shift);
        T r = x - n * T.Broadcast(Coefficients.Ln2High) - n * T.Broadcast(Coefficients.Ln2Low);
        T p = T.Broadcast(Coefficients.Exp4);
        p = p * r + T.Broadcast(Coefficients.Exp3);
        p = p * r + T.Broadcast(Coefficients.Exp2);
        p = p * r + T.Broadcast(Coefficients.Exp1);
        p = p * r + T.Broadcast(Coefficients.Exp0);
        return T.Scale(p * (r * r) + r + T.Broadcast(1f), shifted);
    }

    /// <summary>e^x of one number.</summary>
    public static float Exp(float x) => Exp(new Lanes1(x)).Value;

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
        T y = T.Absolute(x) * T.Broadcast(Coefficients.SqrtHalf);
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
        T tail = T.Broadcast(0.5f) * (p * t * Exp(T.Broadcast(-0.5f) * x * x));
        return T.SelectLess(x, T.Broadcast(0f), tail, one - tail);
    }

    /// <summary>Φ(x) of one number.</summary>
    public static float Normal(float x) => Normal(new Lanes1(x)).Value;
}
