using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class Tiles
{
    /// <summary>
    /// Up to six rows by four vectors; a vector at a time, so that 24 sums, 6 factors and it fill 31 of 32 registers, and those of three
    /// rows all of 16.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Four<TRegister, TVector, TLayout, TRows>(
        byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout where TRows : unmanaged, ITileRows
    {
        nint step = TLayout.StepBytes;
        float* x0s = rows[0];
        float* x1s = sizeof(TRows) > 1 ? rows[1] : null;
        float* x2s = sizeof(TRows) > 2 ? rows[2] : null;
        float* x3s = sizeof(TRows) > 3 ? rows[3] : null;
        float* x4s = sizeof(TRows) > 4 ? rows[4] : null;
        float* x5s = sizeof(TRows) > 5 ? rows[5] : null;
        nint d1 = Offset<TRegister, TVector, TLayout>(1, panelBytes);
        nint d2 = Offset<TRegister, TVector, TLayout>(2, panelBytes);
        nint d3 = Offset<TRegister, TVector, TLayout>(3, panelBytes);
        TVector a00 = default, a01 = default, a02 = default, a03 = default;
        TVector a10 = default, a11 = default, a12 = default, a13 = default;
        TVector a20 = default, a21 = default, a22 = default, a23 = default;
        TVector a30 = default, a31 = default, a32 = default, a33 = default;
        TVector a40 = default, a41 = default, a42 = default, a43 = default;
        TVector a50 = default, a51 = default, a52 = default, a53 = default;
        if (resume)
        {
            a00 = TRegister.Load(output);
            a01 = TRegister.Load(output + TRegister.Count);
            a02 = TRegister.Load(output + 2 * TRegister.Count);
            a03 = TRegister.Load(output + 3 * TRegister.Count);
            if (sizeof(TRows) > 1)
            {
                a10 = TRegister.Load(output + outputStride);
                a11 = TRegister.Load(output + outputStride + TRegister.Count);
                a12 = TRegister.Load(output + outputStride + 2 * TRegister.Count);
                a13 = TRegister.Load(output + outputStride + 3 * TRegister.Count);
            }

            if (sizeof(TRows) > 2)
            {
                a20 = TRegister.Load(output + 2 * outputStride);
                a21 = TRegister.Load(output + 2 * outputStride + TRegister.Count);
                a22 = TRegister.Load(output + 2 * outputStride + 2 * TRegister.Count);
                a23 = TRegister.Load(output + 2 * outputStride + 3 * TRegister.Count);
            }

            if (sizeof(TRows) > 3)
            {
                a30 = TRegister.Load(output + 3 * outputStride);
                a31 = TRegister.Load(output + 3 * outputStride + TRegister.Count);
                a32 = TRegister.Load(output + 3 * outputStride + 2 * TRegister.Count);
                a33 = TRegister.Load(output + 3 * outputStride + 3 * TRegister.Count);
            }

            if (sizeof(TRows) > 4)
            {
                a40 = TRegister.Load(output + 4 * outputStride);
                a41 = TRegister.Load(output + 4 * outputStride + TRegister.Count);
                a42 = TRegister.Load(output + 4 * outputStride + 2 * TRegister.Count);
                a43 = TRegister.Load(output + 4 * outputStride + 3 * TRegister.Count);
            }

            if (sizeof(TRows) > 5)
            {
                a50 = TRegister.Load(output + 5 * outputStride);
                a51 = TRegister.Load(output + 5 * outputStride + TRegister.Count);
                a52 = TRegister.Load(output + 5 * outputStride + 2 * TRegister.Count);
                a53 = TRegister.Load(output + 5 * outputStride + 3 * TRegister.Count);
            }
        }

        TVector x0, x1 = default, x2 = default, x3 = default, x4 = default, x5 = default, w;
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
            }

            if (TLayout.IsFollowed)
                Ahead.Lines(weights + ahead, 4 * TRegister.Count * TLayout.LaneBytes);

            x0 = TRegister.Broadcast(x0s[k]);
            if (sizeof(TRows) > 1)
                x1 = TRegister.Broadcast(x1s[k]);
            if (sizeof(TRows) > 2)
                x2 = TRegister.Broadcast(x2s[k]);
            if (sizeof(TRows) > 3)
                x3 = TRegister.Broadcast(x3s[k]);
            if (sizeof(TRows) > 4)
                x4 = TRegister.Broadcast(x4s[k]);
            if (sizeof(TRows) > 5)
                x5 = TRegister.Broadcast(x5s[k]);
            w = TLayout.First<TRegister, TVector>(weights);
            a00 = TRegister.MultiplyAdd(x0, w, a00);
            if (sizeof(TRows) > 1)
                a10 = TRegister.MultiplyAdd(x1, w, a10);
            if (sizeof(TRows) > 2)
                a20 = TRegister.MultiplyAdd(x2, w, a20);
            if (sizeof(TRows) > 3)
                a30 = TRegister.MultiplyAdd(x3, w, a30);
            if (sizeof(TRows) > 4)
                a40 = TRegister.MultiplyAdd(x4, w, a40);
            if (sizeof(TRows) > 5)
                a50 = TRegister.MultiplyAdd(x5, w, a50);
            w = TLayout.First<TRegister, TVector>(weights + d1);
            a01 = TRegister.MultiplyAdd(x0, w, a01);
            if (sizeof(TRows) > 1)
                a11 = TRegister.MultiplyAdd(x1, w, a11);
            if (sizeof(TRows) > 2)
                a21 = TRegister.MultiplyAdd(x2, w, a21);
            if (sizeof(TRows) > 3)
                a31 = TRegister.MultiplyAdd(x3, w, a31);
            if (sizeof(TRows) > 4)
                a41 = TRegister.MultiplyAdd(x4, w, a41);
            if (sizeof(TRows) > 5)
                a51 = TRegister.MultiplyAdd(x5, w, a51);
            w = TLayout.First<TRegister, TVector>(weights + d2);
            a02 = TRegister.MultiplyAdd(x0, w, a02);
            if (sizeof(TRows) > 1)
                a12 = TRegister.MultiplyAdd(x1, w, a12);
            if (sizeof(TRows) > 2)
                a22 = TRegister.MultiplyAdd(x2, w, a22);
            if (sizeof(TRows) > 3)
                a32 = TRegister.MultiplyAdd(x3, w, a32);
            if (sizeof(TRows) > 4)
                a42 = TRegister.MultiplyAdd(x4, w, a42);
            if (sizeof(TRows) > 5)
                a52 = TRegister.MultiplyAdd(x5, w, a52);
            w = TLayout.First<TRegister, TVector>(weights + d3);
            a03 = TRegister.MultiplyAdd(x0, w, a03);
            if (sizeof(TRows) > 1)
                a13 = TRegister.MultiplyAdd(x1, w, a13);
            if (sizeof(TRows) > 2)
                a23 = TRegister.MultiplyAdd(x2, w, a23);
            if (sizeof(TRows) > 3)
                a33 = TRegister.MultiplyAdd(x3, w, a33);
            if (sizeof(TRows) > 4)
                a43 = TRegister.MultiplyAdd(x4, w, a43);
            if (sizeof(TRows) > 5)
                a53 = TRegister.MultiplyAdd(x5, w, a53);
            if (k == columns - 1)
                break;

            if (TLayout.IsFollowed)
                Ahead.Lines(weights + ahead + TLayout.StepBytes / 2, 4 * TRegister.Count * TLayout.LaneBytes);
            x0 = TRegister.Broadcast(x0s[k + 1]);
            if (sizeof(TRows) > 1)
                x1 = TRegister.Broadcast(x1s[k + 1]);
            if (sizeof(TRows) > 2)
                x2 = TRegister.Broadcast(x2s[k + 1]);
            if (sizeof(TRows) > 3)
                x3 = TRegister.Broadcast(x3s[k + 1]);
            if (sizeof(TRows) > 4)
                x4 = TRegister.Broadcast(x4s[k + 1]);
            if (sizeof(TRows) > 5)
                x5 = TRegister.Broadcast(x5s[k + 1]);
            w = TLayout.Second<TRegister, TVector>(weights);
            a00 = TRegister.MultiplyAdd(x0, w, a00);
            if (sizeof(TRows) > 1)
                a10 = TRegister.MultiplyAdd(x1, w, a10);
            if (sizeof(TRows) > 2)
                a20 = TRegister.MultiplyAdd(x2, w, a20);
            if (sizeof(TRows) > 3)
                a30 = TRegister.MultiplyAdd(x3, w, a30);
            if (sizeof(TRows) > 4)
                a40 = TRegister.MultiplyAdd(x4, w, a40);
            if (sizeof(TRows) > 5)
                a50 = TRegister.MultiplyAdd(x5, w, a50);
            w = TLayout.Second<TRegister, TVector>(weights + d1);
            a01 = TRegister.MultiplyAdd(x0, w, a01);
            if (sizeof(TRows) > 1)
                a11 = TRegister.MultiplyAdd(x1, w, a11);
            if (sizeof(TRows) > 2)
                a21 = TRegister.MultiplyAdd(x2, w, a21);
            if (sizeof(TRows) > 3)
                a31 = TRegister.MultiplyAdd(x3, w, a31);
            if (sizeof(TRows) > 4)
                a41 = TRegister.MultiplyAdd(x4, w, a41);
            if (sizeof(TRows) > 5)
                a51 = TRegister.MultiplyAdd(x5, w, a51);
            w = TLayout.Second<TRegister, TVector>(weights + d2);
            a02 = TRegister.MultiplyAdd(x0, w, a02);
            if (sizeof(TRows) > 1)
                a12 = TRegister.MultiplyAdd(x1, w, a12);
            if (sizeof(TRows) > 2)
                a22 = TRegister.MultiplyAdd(x2, w, a22);
            if (sizeof(TRows) > 3)
                a32 = TRegister.MultiplyAdd(x3, w, a32);
            if (sizeof(TRows) > 4)
                a42 = TRegister.MultiplyAdd(x4, w, a42);
            if (sizeof(TRows) > 5)
                a52 = TRegister.MultiplyAdd(x5, w, a52);
            w = TLayout.Second<TRegister, TVector>(weights + d3);
            a03 = TRegister.MultiplyAdd(x0, w, a03);
            if (sizeof(TRows) > 1)
                a13 = TRegister.MultiplyAdd(x1, w, a13);
            if (sizeof(TRows) > 2)
                a23 = TRegister.MultiplyAdd(x2, w, a23);
            if (sizeof(TRows) > 3)
                a33 = TRegister.MultiplyAdd(x3, w, a33);
            if (sizeof(TRows) > 4)
                a43 = TRegister.MultiplyAdd(x4, w, a43);
            if (sizeof(TRows) > 5)
                a53 = TRegister.MultiplyAdd(x5, w, a53);
            weights += step;
        }

        TRegister.Store(a00, output);
        TRegister.Store(a01, output + TRegister.Count);
        TRegister.Store(a02, output + 2 * TRegister.Count);
        TRegister.Store(a03, output + 3 * TRegister.Count);
        if (sizeof(TRows) > 1)
        {
            TRegister.Store(a10, output + outputStride);
            TRegister.Store(a11, output + outputStride + TRegister.Count);
            TRegister.Store(a12, output + outputStride + 2 * TRegister.Count);
            TRegister.Store(a13, output + outputStride + 3 * TRegister.Count);
        }

        if (sizeof(TRows) > 2)
        {
            TRegister.Store(a20, output + 2 * outputStride);
            TRegister.Store(a21, output + 2 * outputStride + TRegister.Count);
            TRegister.Store(a22, output + 2 * outputStride + 2 * TRegister.Count);
            TRegister.Store(a23, output + 2 * outputStride + 3 * TRegister.Count);
        }

        if (sizeof(TRows) > 3)
        {
            TRegister.Store(a30, output + 3 * outputStride);
            TRegister.Store(a31, output + 3 * outputStride + TRegister.Count);
            TRegister.Store(a32, output + 3 * outputStride + 2 * TRegister.Count);
            TRegister.Store(a33, output + 3 * outputStride + 3 * TRegister.Count);
        }

        if (sizeof(TRows) > 4)
        {
            TRegister.Store(a40, output + 4 * outputStride);
            TRegister.Store(a41, output + 4 * outputStride + TRegister.Count);
            TRegister.Store(a42, output + 4 * outputStride + 2 * TRegister.Count);
            TRegister.Store(a43, output + 4 * outputStride + 3 * TRegister.Count);
        }

        if (sizeof(TRows) > 5)
        {
            TRegister.Store(a50, output + 5 * outputStride);
            TRegister.Store(a51, output + 5 * outputStride + TRegister.Count);
            TRegister.Store(a52, output + 5 * outputStride + 2 * TRegister.Count);
            TRegister.Store(a53, output + 5 * outputStride + 3 * TRegister.Count);
        }
    }

    /// <summary>Four vectors, for a number of rows known at run time.</summary>
    internal static void Four<TRegister, TVector, TLayout>(
        int count, byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        switch (count)
        {
            case 1:
                Four<TRegister, TVector, TLayout, Rows1>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 2:
                Four<TRegister, TVector, TLayout, Rows2>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 3:
                Four<TRegister, TVector, TLayout, Rows3>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 4:
                Four<TRegister, TVector, TLayout, Rows4>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 5:
                Four<TRegister, TVector, TLayout, Rows5>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
            case 6:
                Four<TRegister, TVector, TLayout, Rows6>(weights, panelBytes, rows, columns, output, outputStride, resume, ahead);
                break;
        }
    }
}
