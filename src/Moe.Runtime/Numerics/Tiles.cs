using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Products that live in registers: some rows of input by some vectors of weights, over all columns. The sums are locals,
/// one by one, because that is what keeps them in registers.
/// </summary>
internal static unsafe partial class Tiles
{
    /// <summary>Rows of the tallest tile.</summary>
    internal const int MostRows = 6;

    /// <summary>Up to six rows by two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Two<TRegister, TVector, TLayout, TRows>(
        byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout where TRows : unmanaged, ITileRows
    {
        nint step = TLayout.StepBytes;
        float* x0 = rows[0];
        float* x1 = sizeof(TRows) > 1 ? rows[1] : null;
        float* x2 = sizeof(TRows) > 2 ? rows[2] : null;
        float* x3 = sizeof(TRows) > 3 ? rows[3] : null;
        float* x4 = sizeof(TRows) > 4 ? rows[4] : null;
        float* x5 = sizeof(TRows) > 5 ? rows[5] : null;
        nint d1 = Offset<TRegister, TVector, TLayout>(1, panelBytes);
        TVector a00 = default, a01 = default;
        TVector a10 = default, a11 = default;
        TVector a20 = default, a21 = default;
        TVector a30 = default, a31 = default;
        TVector a40 = default, a41 = default;
        TVector a50 = default, a51 = default;
        if (resume)
        {
            a00 = TRegister.Load(output);
            a01 = TRegister.Load(output + TRegister.Count);
            if (sizeof(TRows) > 1)
            {
                a10 = TRegister.Load(output + outputStride);
                a11 = TRegister.Load(output + outputStride + TRegister.Count);
            }

            if (sizeof(TRows) > 2)
            {
                a20 = TRegister.Load(output + 2 * outputStride);
                a21 = TRegister.Load(output + 2 * outputStride + TRegister.Count);
            }

            if (sizeof(TRows) > 3)
            {
                a30 = TRegister.Load(output + 3 * outputStride);
                a31 = TRegister.Load(output + 3 * outputStride + TRegister.Count);
            }

            if (sizeof(TRows) > 4)
            {
                a40 = TRegister.Load(output + 4 * outputStride);
                a41 = TRegister.Load(output + 4 * outputStride + TRegister.Count);
            }

            if (sizeof(TRows) > 5)
            {
                a50 = TRegister.Load(output + 5 * outputStride);
                a51 = TRegister.Load(output + 5 * outputStride + TRegister.Count);
            }
        }

        TVector x, w0, w1;
        nint far = Ahead.Far, turn = Turn<TLayout>(columns);
        for (nint k = 0; k < columns; k += 2)
        {
            if (TLayout.IsStreamed)
            {
                if (k == turn)
                    far += ahead;
                Ahead.Stream(weights, TLayout.StepBytes, far);
                Ahead.Stream(weights + d1, TLayout.StepBytes, far);
            }

            if (TLayout.IsFollowed)
                Ahead.Lines(weights + ahead, 2 * TRegister.Count * TLayout.LaneBytes);

            w0 = TLayout.First<TRegister, TVector>(weights);
            w1 = TLayout.First<TRegister, TVector>(weights + d1);
            x = TRegister.Broadcast(x0[k]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(x1[k]);
                a10 = TRegister.MultiplyAdd(x, w0, a10);
                a11 = TRegister.MultiplyAdd(x, w1, a11);
            }

            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(x2[k]);
                a20 = TRegister.MultiplyAdd(x, w0, a20);
                a21 = TRegister.MultiplyAdd(x, w1, a21);
            }

            if (sizeof(TRows) > 3)
            {
                x = TRegister.Broadcast(x3[k]);
                a30 = TRegister.MultiplyAdd(x, w0, a30);
                a31 = TRegister.MultiplyAdd(x, w1, a31);
            }

            if (sizeof(TRows) > 4)
            {
                x = TRegister.Broadcast(x4[k]);
                a40 = TRegister.MultiplyAdd(x, w0, a40);
                a41 = TRegister.MultiplyAdd(x, w1, a41);
            }

            if (sizeof(TRows) > 5)
            {
                x = TRegister.Broadcast(x5[k]);
                a50 = TRegister.MultiplyAdd(x, w0, a50);
                a51 = TRegister.MultiplyAdd(x, w1, a51);
            }

            if (k == columns - 1)
                break;

            if (TLayout.IsFollowed)
                Ahead.Lines(weights + ahead + TLayout.StepBytes / 2, 2 * TRegister.Count * TLayout.LaneBytes);
            w0 = TLayout.Second<TRegister, TVector>(weights);
            w1 = TLayout.Second<TRegister, TVector>(weights + d1);
            x = TRegister.Broadcast(x0[k + 1]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(x1[k + 1]);
                a10 = TRegister.MultiplyAdd(x, w0, a10);
                a11 = TRegister.MultiplyAdd(x, w1, a11);
            }

            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(x2[k + 1]);
                a20 = TRegister.MultiplyAdd(x, w0, a20);
                a21 = TRegister.MultiplyAdd(x, w1, a21);
            }

            if (sizeof(TRows) > 3)
            {
                x = TRegister.Broadcast(x3[k + 1]);
                a30 = TRegister.MultiplyAdd(x, w0, a30);
                a31 = TRegister.MultiplyAdd(x, w1, a31);
            }

            if (sizeof(TRows) > 4)
            {
                x = TRegister.Broadcast(x4[k + 1]);
                a40 = TRegister.MultiplyAdd(x, w0, a40);
                a41 = TRegister.MultiplyAdd(x, w1, a41);
            }

            if (sizeof(TRows) > 5)
            {
                x = TRegister.Broadcast(x5[k + 1]);
                a50 = TRegister.MultiplyAdd(x, w0, a50);
                a51 = TRegister.MultiplyAdd(x, w1, a51);
            }
            weights += step;
        }

        TRegister.Store(a00, output);
        TRegister.Store(a01, output + TRegister.Count);
        if (sizeof(TRows) > 1)
        {
            TRegister.Store(a10, output + outputStride);
            TRegister.Store(a11, output + outputStride + TRegister.Count);
        }

        if (sizeof(TRows) > 2)
        {
            TRegister.Store(a20, output + 2 * outputStride);
            TRegister.Store(a21, output + 2 * outputStride + TRegister.Count);
        }

        if (sizeof(TRows) > 3)
        {
            TRegister.Store(a30, output + 3 * outputStride);
            TRegister.Store(a31, output + 3 * outputStride + TRegister.Count);
        }

        if (sizeof(TRows) > 4)
        {
            TRegister.Store(a40, output + 4 * outputStride);
            TRegister.Store(a41, output + 4 * outputStride + TRegister.Count);
        }

        if (sizeof(TRows) > 5)
        {
            TRegister.Store(a50, output + 5 * outputStride);
            TRegister.Store(a51, output + 5 * outputStride + TRegister.Count);
        }
    }

    /// <summary>Two vectors, for a number of rows known at run time.</summary>
    internal static void Two<TRegister, TVector, TLayout>(
        int count, byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        switch (count)
        {
            case 1:
                Two<TRegister, TVector, TLayout, Rows1>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 2:
                Two<TRegister, TVector, TLayout, Rows2>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 3:
                Two<TRegister, TVector, TLayout, Rows3>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 4:
                Two<TRegister, TVector, TLayout, Rows4>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 5:
                Two<TRegister, TVector, TLayout, Rows5>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 6:
                Two<TRegister, TVector, TLayout, Rows6>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
        }
    }

    /// <summary>The column from which on what a stream reads later lies in the next tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Turn<TLayout>(int columns) where TLayout : ITileLayout =>
        int.Max(0, columns / 2 - Ahead.Far / (int)TLayout.StepBytes) * 2;

    /// <summary>Where a vector of a tile starts: vectors lie side by side within a panel, and go on in the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint Offset<TRegister, TVector, TLayout>(int vector, nint panelBytes) where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout =>
        vector / (16 / TRegister.Count) * panelBytes + vector % (16 / TRegister.Count) * TRegister.Count * TLayout.LaneBytes;
}
