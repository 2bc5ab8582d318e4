using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

public static partial class Transcendental
{
    /// <summary>sin x, error below 1.5 ulp up to 8192 and below 3 ulp for every float; NaN of infinities. With x = q·π/2 + r: ±sin r or ±cos r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sin<T>(T x) where T : struct, ILanes<T>
    {
        T r = QuarterTurn(x, out T q);
        return T.SelectEqual(x, T.Broadcast(0f), x, Wave(r, q));
    }

    /// <summary>sin x of one number.</summary>
    public static float Sin(float x) => Sin(new Lanes1(x)).Value;

    /// <summary>cos x, error below 1.5 ulp up to 8192 and below 3 ulp for every float; NaN of infinities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Cos<T>(T x) where T : struct, ILanes<T>
    {
        T r = QuarterTurn(x, out T q);
        return Wave(r, T.SelectEqual(q, T.Broadcast(3f), T.Broadcast(0f), q + T.Broadcast(1f)));
    }

    /// <summary>cos x of one number.</summary>
    public static float Cos(float x) => Cos(new Lanes1(x)).Value;

    /// <summary>sin(q·π/2 + r) for q from 0 to 3 and |r| up to π/4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Wave<T>(T r, T q) where T : struct, ILanes<T>
    {
        T z = r * r;
        T s = T.Broadcast(Coefficients.Sin2);
        s = s * z + T.Broadcast(Coefficients.Sin1);
        s = s * z + T.Broadcast(Coefficients.Sin0);
        s = s * z * r + r;
        T c = T.Broadcast(Coefficients.Cos2);
        c = c * z + T.Broadcast(Coefficients.Cos1);
        c = c * z + T.Broadcast(Coefficients.Cos0);
        c = c * (z * z) - T.Broadcast(0.5f) * z + T.Broadcast(1f);
        T wave = T.SelectEqual(q, T.Broadcast(1f), c, T.SelectEqual(q, T.Broadcast(3f), c, s));
        return T.SelectLess(q, T.Broadcast(2f), wave, -wave);
    }

    /// <summary>r = x - n·π/2 with n the nearest whole number, and q = n modulo 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T QuarterTurn<T>(T x, out T q) where T : struct, ILanes<T>
    {
        T n = x * T.Broadcast(Coefficients.TwoOverPi) + T.Broadcast(Coefficients.Shift) - T.Broadcast(Coefficients.Shift);
        T r = x - n * T.Broadcast(Coefficients.HalfPi1) - n * T.Broadcast(Coefficients.HalfPi2)
            - n * T.Broadcast(Coefficients.HalfPi3) - n * T.Broadcast(Coefficients.HalfPi4);
        q = n - T.Broadcast(4f) * T.Floor(n * T.Broadcast(0.25f));
        if (T.AnyLess(T.Broadcast(Coefficients.LargeAngle), T.Absolute(x)))
            LargeQuarterTurns(x, ref r, ref q);
        return r;
    }

    // Lane by lane, since such angles are rare; a lane's result depends on its own angle alone.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void LargeQuarterTurns<T>(T x, ref T r, ref T q) where T : struct, ILanes<T>
    {
        float* angles = stackalloc float[16], rests = stackalloc float[16], quadrants = stackalloc float[16];
        T.Store(x, angles);
        T.Store(r, rests);
        T.Store(q, quadrants);
        for (int lane = 0; lane < T.Count; lane++)
        {
            if (System.MathF.Abs(angles[lane]) > Coefficients.LargeAngle)
                rests[lane] = LargeAngle.Reduce(angles[lane], out quadrants[lane]);
        }

        r = T.Load(rests);
        q = T.Load(quadrants);
    }
}
