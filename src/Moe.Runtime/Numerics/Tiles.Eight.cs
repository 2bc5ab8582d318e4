using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class Tiles
{
    /// <summary>One row by eight vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Eight<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, float** rows, int columns, float* output, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        nint step = TLayout.StepBytes;
        float* x0 = rows[0];
        nint d1 = Offset<TRegister, TVector, TLayout>(1, panelBytes);
        nint d2 = Offset<TRegister, TVector, TLayout>(2, panelBytes);
        nint d3 = Offset<TRegister, TVector, TLayout>(3, panelBytes);
        nint d4 = Offset<TRegister, TVector, TLayout>(4, panelBytes);
        nint d5 = Offset<TRegister, TVector, TLayout>(5, panelBytes);
        nint d6 = Offset<TRegister, TVector, TLayout>(6, panelBytes);
        nint d7 = Offset<TRegister, TVector, TLayout>(7, panelBytes);
        TVector a00 = default, a01 = default, a02 = default, a03 = default, a04 = default, a05 = default, a06 = default, a07 = default;
        if (resume)
        {
            a00 = TRegister.Load(output);
            a01 = TRegister.Load(output + TRegister.Count);
            a02 = TRegister.Load(output + 2 * TRegister.Count);
            a03 = TRegister.Load(output + 3 * TRegister.Count);
            a04 = TRegister.Load(output + 4 * TRegister.Count);
            a05 = TRegister.Load(output + 5 * TRegister.Count);
            a06 = TRegister.Load(output + 6 * TRegister.Count);
            a07 = TRegister.Load(output + 7 * TRegister.Count);
        }

        TVector x, w0, w1, w2, w3, w4, w5, w6, w7;
        nint far = Ahead.Far, turn = Turn<TLayout>(columns);
        for (nint k = 0; k < columns; k += 2)
        {
            if (TLayout.IsStreamed)
            {
                if (k == turn)
                    far += ahead;
                Ahead.Stream(weights, TLayout.StepBytes, far);
                Ahead.Stream(weights + d1, TLayout.StepBytes, far);
                Ahead.Stream(weights + d2, TLayout.StepBytes, far);
                Ahead.Stream(weights + d3, TLayout.StepBytes, far);
                Ahead.Stream(weights + d4, TLayout.StepBytes, far);
                Ahead.Stream(weights + d5, TLayout.StepBytes, far);
                Ahead.Stream(weights + d6, TLayout.StepBytes, far);
                Ahead.Stream(weights + d7, TLayout.StepBytes, far);
            }

            if (TLayout.IsFollowed)
            {
                Ahead.Lines(weights + ahead, 4 * TRegister.Count * TLayout.LaneBytes);
                Ahead.Lines(weights + ahead + 4 * TRegister.Count * TLayout.LaneBytes, 4 * TRegister.Count * TLayout.LaneBytes);
            }

            w0 = TLayout.First<TRegister, TVector>(weights);
            w1 = TLayout.First<TRegister, TVector>(weights + d1);
            w2 = TLayout.First<TRegister, TVector>(weights + d2);
            w3 = TLayout.First<TRegister, TVector>(weights + d3);
            w4 = TLayout.First<TRegister, TVector>(weights + d4);
            w5 = TLayout.First<TRegister, TVector>(weights + d5);
            w6 = TLayout.First<TRegister, TVector>(weights + d6);
            w7 = TLayout.First<TRegister, TVector>(weights + d7);
            x = TRegister.Broadcast(x0[k]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            a02 = TRegister.MultiplyAdd(x, w2, a02);
            a03 = TRegister.MultiplyAdd(x, w3, a03);
            a04 = TRegister.MultiplyAdd(x, w4, a04);
            a05 = TRegister.MultiplyAdd(x, w5, a05);
            a06 = TRegister.MultiplyAdd(x, w6, a06);
            a07 = TRegister.MultiplyAdd(x, w7, a07);
            if (k == columns - 1)
                break;

            if (TLayout.IsFollowed)
            {
                Ahead.Lines(weights + ahead + TLayout.StepBytes / 2, 4 * TRegister.Count * TLayout.LaneBytes);
                Ahead.Lines(weights + ahead + TLayout.StepBytes / 2 + 4 * TRegister.Count * TLayout.LaneBytes, 4 * TRegister.Count * TLayout.LaneBytes);
            }

            w0 = TLayout.Second<TRegister, TVector>(weights);
            w1 = TLayout.Second<TRegister, TVector>(weights + d1);
            w2 = TLayout.Second<TRegister, TVector>(weights + d2);
            w3 = TLayout.Second<TRegister, TVector>(weights + d3);
            w4 = TLayout.Second<TRegister, TVector>(weights + d4);
            w5 = TLayout.Second<TRegister, TVector>(weights + d5);
            w6 = TLayout.Second<TRegister, TVector>(weights + d6);
            w7 = TLayout.Second<TRegister, TVector>(weights + d7);
            x = TRegister.Broadcast(x0[k + 1]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            a02 = TRegister.MultiplyAdd(x, w2, a02);
            a03 = TRegister.MultiplyAdd(x, w3, a03);
            a04 = TRegister.MultiplyAdd(x, w4, a04);
            a05 = TRegister.MultiplyAdd(x, w5, a05);
            a06 = TRegister.MultiplyAdd(x, w6, a06);
            a07 = TRegister.MultiplyAdd(x, w7, a07);
            weights += step;
        }

        TRegister.Store(a00, output);
        TRegister.Store(a01, output + TRegister.Count);
        TRegister.Store(a02, output + 2 * TRegister.Count);
        TRegister.Store(a03, output + 3 * TRegister.Count);
        TRegister.Store(a04, output + 4 * TRegister.Count);
        TRegister.Store(a05, output + 5 * TRegister.Count);
        TRegister.Store(a06, output + 6 * TRegister.Count);
        TRegister.Store(a07, output + 7 * TRegister.Count);
    }
}
