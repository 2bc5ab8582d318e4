using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Products that live in registers: some rows of input by some vectors of weights, over all columns. The sums are locals,
/// one by one, because that is what keeps them in registers.
/// </summary>
internal static unsafe class Tiles
{
    /// <summary>Rows of the tallest tile.</summary>
    internal const int MostRows = 6;

    /// <summary>Up to six rows by two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Two<TRegister, TVector, TLayout, TRows>(
        byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout where TRows : IDimension
    {
        float* x0 = rows[0];
        float* x1 = TRows.Size > 1 ? rows[1] : null;
        float* x2 = TRows.Size > 2 ? rows[2] : null;
        float* x3 = TRows.Size > 3 ? rows[3] : null;
        float* x4 = TRows.Size > 4 ? rows[4] : null;
        float* x5 = TRows.Size > 5 ? rows[5] : null;
        nint d1 = Offset<TRegister, TVector, TLayout>(1, panelBytes);
        TVector a00 = default, a01 = default;
        TVector a10 = default, a11 = default;
        TVector a20 = default, a21 = default;
        TVector a30 = default, a31 = default;
        TVector a40 = default, a41 = default;
        TVector a50 = default, a51 = default;
        if (resume)
        {
            a00 = TRegister.Load(output + 0 * TRegister.Count);
            a01 = TRegister.Load(output + 1 * TRegister.Count);
            if (TRows.Size > 1) 
            {
                a10 = TRegister.Load(output + 1 * outputStride + 0 * TRegister.Count);
                a11 = TRegister.Load(output + 1 * outputStride + 1 * TRegister.Count);
            }
            if (TRows.Size > 2) 
            {
                a20 = TRegister.Load(output + 2 * outputStride + 0 * TRegister.Count);
                a21 = TRegister.Load(output + 2 * outputStride + 1 * TRegister.Count);
            }
            if (TRows.Size > 3) 
            {
                a30 = TRegister.Load(output + 3 * outputStride + 0 * TRegister.Count);
                a31 = TRegister.Load(output + 3 * outputStride + 1 * TRegister.Count);
            }
            if (TRows.Size > 4) 
            {
                a40 = TRegister.Load(output + 4 * outputStride + 0 * TRegister.Count);
                a41 = TRegister.Load(output + 4 * outputStride + 1 * TRegister.Count);
            }
            if (TRows.Size > 5) 
            {
                a50 = TRegister.Load(output + 5 * outputStride + 0 * TRegister.Count);
                a51 = TRegister.Load(output + 5 * outputStride + 1 * TRegister.Count);
            }
        }

        TVector x, w0, w1;
        for (nint k = 0; k < columns; k += 2)
        {
            w0 = TLayout.First<TRegister, TVector>(weights); w1 = TLayout.First<TRegister, TVector>(weights + d1);
            x = TRegister.Broadcast(x0[k]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            if (TRows.Size > 1)
            {
                x = TRegister.Broadcast(x1[k]);
                a10 = TRegister.MultiplyAdd(x, w0, a10);
                a11 = TRegister.MultiplyAdd(x, w1, a11);
            }
            if (TRows.Size > 2)
            {
                x = TRegister.Broadcast(x2[k]);
                a20 = TRegister.MultiplyAdd(x, w0, a20);
                a21 = TRegister.MultiplyAdd(x, w1, a21);
            }
            if (TRows.Size > 3)
            {
                x = TRegister.Broadcast(x3[k]);
                a30 = TRegister.MultiplyAdd(x, w0, a30);
                a31 = TRegister.MultiplyAdd(x, w1, a31);
            }
            if (TRows.Size > 4)
            {
                x = TRegister.Broadcast(x4[k]);
                a40 = TRegister.MultiplyAdd(x, w0, a40);
                a41 = TRegister.MultiplyAdd(x, w1, a41);
            }
            if (TRows.Size > 5)
            {
                x = TRegister.Broadcast(x5[k]);
                a50 = TRegister.MultiplyAdd(x, w0, a50);
                a51 = TRegister.MultiplyAdd(x, w1, a51);
            }
            if (k == columns - 1)
                break;

            w0 = TLayout.Second<TRegister, TVector>(weights); w1 = TLayout.Second<TRegister, TVector>(weights + d1);
            x = TRegister.Broadcast(x0[k + 1]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            if (TRows.Size > 1)
            {
                x = TRegister.Broadcast(x1[k + 1]);
                a10 = TRegister.MultiplyAdd(x, w0, a10);
                a11 = TRegister.MultiplyAdd(x, w1, a11);
            }
            if (TRows.Size > 2)
            {
                x = TRegister.Broadcast(x2[k + 1]);
                a20 = TRegister.MultiplyAdd(x, w0, a20);
                a21 = TRegister.MultiplyAdd(x, w1, a21);
            }
            if (TRows.Size > 3)
            {
                x = TRegister.Broadcast(x3[k + 1]);
                a30 = TRegister.MultiplyAdd(x, w0, a30);
                a31 = TRegister.MultiplyAdd(x, w1, a31);
            }
            if (TRows.Size > 4)
            {
                x = TRegister.Broadcast(x4[k + 1]);
                a40 = TRegister.MultiplyAdd(x, w0, a40);
                a41 = TRegister.MultiplyAdd(x, w1, a41);
            }
            if (TRows.Size > 5)
            {
                x = TRegister.Broadcast(x5[k + 1]);
                a50 = TRegister.MultiplyAdd(x, w0, a50);
                a51 = TRegister.MultiplyAdd(x, w1, a51);
            }
            weights += TLayout.StepBytes;
        }

        TRegister.Store(a00, output + 0 * TRegister.Count);
        TRegister.Store(a01, output + 1 * TRegister.Count);
        if (TRows.Size > 1)
        {
            TRegister.Store(a10, output + 1 * outputStride + 0 * TRegister.Count);
            TRegister.Store(a11, output + 1 * outputStride + 1 * TRegister.Count);
        }
        if (TRows.Size > 2)
        {
            TRegister.Store(a20, output + 2 * outputStride + 0 * TRegister.Count);
            TRegister.Store(a21, output + 2 * outputStride + 1 * TRegister.Count);
        }
        if (TRows.Size > 3)
        {
            TRegister.Store(a30, output + 3 * outputStride + 0 * TRegister.Count);
            TRegister.Store(a31, output + 3 * outputStride + 1 * TRegister.Count);
        }
        if (TRows.Size > 4)
        {
            TRegister.Store(a40, output + 4 * outputStride + 0 * TRegister.Count);
            TRegister.Store(a41, output + 4 * outputStride + 1 * TRegister.Count);
        }
        if (TRows.Size > 5)
        {
            TRegister.Store(a50, output + 5 * outputStride + 0 * TRegister.Count);
            TRegister.Store(a51, output + 5 * outputStride + 1 * TRegister.Count);
        }
    }

    /// <summary>Up to three rows by four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Four<TRegister, TVector, TLayout, TRows>(
        byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout where TRows : IDimension
    {
        float* x0 = rows[0];
        float* x1 = TRows.Size > 1 ? rows[1] : null;
        float* x2 = TRows.Size > 2 ? rows[2] : null;
        nint d1 = Offset<TRegister, TVector, TLayout>(1, panelBytes);
        nint d2 = Offset<TRegister, TVector, TLayout>(2, panelBytes);
        nint d3 = Offset<TRegister, TVector, TLayout>(3, panelBytes);
        TVector a00 = default, a01 = default, a02 = default, a03 = default;
        TVector a10 = default, a11 = default, a12 = default, a13 = default;
        TVector a20 = default, a21 = default, a22 = default, a23 = default;
        if (resume)
        {
            a00 = TRegister.Load(output + 0 * TRegister.Count);
            a01 = TRegister.Load(output + 1 * TRegister.Count);
            a02 = TRegister.Load(output + 2 * TRegister.Count);
            a03 = TRegister.Load(output + 3 * TRegister.Count);
            if (TRows.Size > 1) 
            {
                a10 = TRegister.Load(output + 1 * outputStride + 0 * TRegister.Count);
                a11 = TRegister.Load(output + 1 * outputStride + 1 * TRegister.Count);
                a12 = TRegister.Load(output + 1 * outputStride + 2 * TRegister.Count);
                a13 = TRegister.Load(output + 1 * outputStride + 3 * TRegister.Count);
            }
            if (TRows.Size > 2) 
            {
                a20 = TRegister.Load(output + 2 * outputStride + 0 * TRegister.Count);
                a21 = TRegister.Load(output + 2 * outputStride + 1 * TRegister.Count);
                a22 = TRegister.Load(output + 2 * outputStride + 2 * TRegister.Count);
                a23 = TRegister.Load(output + 2 * outputStride + 3 * TRegister.Count);
            }
        }

        TVector x, w0, w1, w2, w3;
        for (nint k = 0; k < columns; k += 2)
        {
            w0 = TLayout.First<TRegister, TVector>(weights); w1 = TLayout.First<TRegister, TVector>(weights + d1); w2 = TLayout.First<TRegister, TVector>(weights + d2); w3 = TLayout.First<TRegister, TVector>(weights + d3);
            x = TRegister.Broadcast(x0[k]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            a02 = TRegister.MultiplyAdd(x, w2, a02);
            a03 = TRegister.MultiplyAdd(x, w3, a03);
            if (TRows.Size > 1)
            {
                x = TRegister.Broadcast(x1[k]);
                a10 = TRegister.MultiplyAdd(x, w0, a10);
                a11 = TRegister.MultiplyAdd(x, w1, a11);
                a12 = TRegister.MultiplyAdd(x, w2, a12);
                a13 = TRegister.MultiplyAdd(x, w3, a13);
            }
            if (TRows.Size > 2)
            {
                x = TRegister.Broadcast(x2[k]);
                a20 = TRegister.MultiplyAdd(x, w0, a20);
                a21 = TRegister.MultiplyAdd(x, w1, a21);
                a22 = TRegister.MultiplyAdd(x, w2, a22);
                a23 = TRegister.MultiplyAdd(x, w3, a23);
            }
            if (k == columns - 1)
                break;

            w0 = TLayout.Second<TRegister, TVector>(weights); w1 = TLayout.Second<TRegister, TVector>(weights + d1); w2 = TLayout.Second<TRegister, TVector>(weights + d2); w3 = TLayout.Second<TRegister, TVector>(weights + d3);
            x = TRegister.Broadcast(x0[k + 1]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            a02 = TRegister.MultiplyAdd(x, w2, a02);
            a03 = TRegister.MultiplyAdd(x, w3, a03);
            if (TRows.Size > 1)
            {
                x = TRegister.Broadcast(x1[k + 1]);
                a10 = TRegister.MultiplyAdd(x, w0, a10);
                a11 = TRegister.MultiplyAdd(x, w1, a11);
                a12 = TRegister.MultiplyAdd(x, w2, a12);
                a13 = TRegister.MultiplyAdd(x, w3, a13);
            }
            if (TRows.Size > 2)
            {
                x = TRegister.Broadcast(x2[k + 1]);
                a20 = TRegister.MultiplyAdd(x, w0, a20);
                a21 = TRegister.MultiplyAdd(x, w1, a21);
                a22 = TRegister.MultiplyAdd(x, w2, a22);
                a23 = TRegister.MultiplyAdd(x, w3, a23);
            }
            weights += TLayout.StepBytes;
        }

        TRegister.Store(a00, output + 0 * TRegister.Count);
        TRegister.Store(a01, output + 1 * TRegister.Count);
        TRegister.Store(a02, output + 2 * TRegister.Count);
        TRegister.Store(a03, output + 3 * TRegister.Count);
        if (TRows.Size > 1)
        {
            TRegister.Store(a10, output + 1 * outputStride + 0 * TRegister.Count);
            TRegister.Store(a11, output + 1 * outputStride + 1 * TRegister.Count);
            TRegister.Store(a12, output + 1 * outputStride + 2 * TRegister.Count);
            TRegister.Store(a13, output + 1 * outputStride + 3 * TRegister.Count);
        }
        if (TRows.Size > 2)
        {
            TRegister.Store(a20, output + 2 * outputStride + 0 * TRegister.Count);
            TRegister.Store(a21, output + 2 * outputStride + 1 * TRegister.Count);
            TRegister.Store(a22, output + 2 * outputStride + 2 * TRegister.Count);
            TRegister.Store(a23, output + 2 * outputStride + 3 * TRegister.Count);
        }
    }

    /// <summary>One row by eight vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Eight<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, float** rows, int columns, float* output, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
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
            a00 = TRegister.Load(output + 0 * TRegister.Count);
            a01 = TRegister.Load(output + 1 * TRegister.Count);
            a02 = TRegister.Load(output + 2 * TRegister.Count);
            a03 = TRegister.Load(output + 3 * TRegister.Count);
            a04 = TRegister.Load(output + 4 * TRegister.Count);
            a05 = TRegister.Load(output + 5 * TRegister.Count);
            a06 = TRegister.Load(output + 6 * TRegister.Count);
            a07 = TRegister.Load(output + 7 * TRegister.Count);
        }

        TVector x, w0, w1, w2, w3, w4, w5, w6, w7;
        for (nint k = 0; k < columns; k += 2)
        {
            w0 = TLayout.First<TRegister, TVector>(weights); w1 = TLayout.First<TRegister, TVector>(weights + d1); w2 = TLayout.First<TRegister, TVector>(weights + d2); w3 = TLayout.First<TRegister, TVector>(weights + d3); w4 = TLayout.First<TRegister, TVector>(weights + d4); w5 = TLayout.First<TRegister, TVector>(weights + d5); w6 = TLayout.First<TRegister, TVector>(weights + d6); w7 = TLayout.First<TRegister, TVector>(weights + d7);
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

            w0 = TLayout.Second<TRegister, TVector>(weights); w1 = TLayout.Second<TRegister, TVector>(weights + d1); w2 = TLayout.Second<TRegister, TVector>(weights + d2); w3 = TLayout.Second<TRegister, TVector>(weights + d3); w4 = TLayout.Second<TRegister, TVector>(weights + d4); w5 = TLayout.Second<TRegister, TVector>(weights + d5); w6 = TLayout.Second<TRegister, TVector>(weights + d6); w7 = TLayout.Second<TRegister, TVector>(weights + d7);
            x = TRegister.Broadcast(x0[k + 1]);
            a00 = TRegister.MultiplyAdd(x, w0, a00);
            a01 = TRegister.MultiplyAdd(x, w1, a01);
            a02 = TRegister.MultiplyAdd(x, w2, a02);
            a03 = TRegister.MultiplyAdd(x, w3, a03);
            a04 = TRegister.MultiplyAdd(x, w4, a04);
            a05 = TRegister.MultiplyAdd(x, w5, a05);
            a06 = TRegister.MultiplyAdd(x, w6, a06);
            a07 = TRegister.MultiplyAdd(x, w7, a07);
            weights += TLayout.StepBytes;
        }

        TRegister.Store(a00, output + 0 * TRegister.Count);
        TRegister.Store(a01, output + 1 * TRegister.Count);
        TRegister.Store(a02, output + 2 * TRegister.Count);
        TRegister.Store(a03, output + 3 * TRegister.Count);
        TRegister.Store(a04, output + 4 * TRegister.Count);
        TRegister.Store(a05, output + 5 * TRegister.Count);
        TRegister.Store(a06, output + 6 * TRegister.Count);
        TRegister.Store(a07, output + 7 * TRegister.Count);
    }

    /// <summary>Two vectors, for a number of rows known at run time.</summary>
    internal static void Two<TRegister, TVector, TLayout>(
        int count, byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        switch (count)
        {
            case 1:
                Two<TRegister, TVector, TLayout, Rows1>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
            case 2:
                Two<TRegister, TVector, TLayout, Rows2>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
            case 3:
                Two<TRegister, TVector, TLayout, Rows3>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
            case 4:
                Two<TRegister, TVector, TLayout, Rows4>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
            case 5:
                Two<TRegister, TVector, TLayout, Rows5>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
            case 6:
                Two<TRegister, TVector, TLayout, Rows6>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
        }
    }

    /// <summary>Four vectors, for a number of rows known at run time.</summary>
    internal static void Four<TRegister, TVector, TLayout>(
        int count, byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        switch (count)
        {
            case 1:
                Four<TRegister, TVector, TLayout, Rows1>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
            case 2:
                Four<TRegister, TVector, TLayout, Rows2>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
            case 3:
                Four<TRegister, TVector, TLayout, Rows3>(weights, panelBytes, rows, columns, output, outputStride, resume);
                break;
        }
    }

    /// <summary>Where a vector of a tile starts: vectors lie side by side within a panel, and go on in the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint Offset<TRegister, TVector, TLayout>(int vector, nint panelBytes) where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout =>
        vector / (16 / TRegister.Count) * panelBytes + vector % (16 / TRegister.Count) * TRegister.Count * TLayout.LaneBytes;

    private readonly struct Rows1 : IDimension
    {
        public static int Size => 1;
    }

    private readonly struct Rows2 : IDimension
    {
        public static int Size => 2;
    }

    private readonly struct Rows3 : IDimension
    {
        public static int Size => 3;
    }

    private readonly struct Rows4 : IDimension
    {
        public static int Size => 4;
    }

    private readonly struct Rows5 : IDimension
    {
        public static int Size => 5;
    }

    private readonly struct Rows6 : IDimension
    {
        public static int Size => 6;
    }
}
