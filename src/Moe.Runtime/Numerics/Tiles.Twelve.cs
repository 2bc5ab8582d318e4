using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class Tiles
{
    /// <summary>Twelve rows by two vectors, for machines with 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Twelve<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, float** rows, int columns, float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        nint step = TLayout.StepBytes;
        float* x0 = rows[0];
        float* x1 = rows[1];
        float* x2 = rows[2];
        float* x3 = rows[3];
        float* x4 = rows[4];
        float* x5 = rows[5];
        float* x6 = rows[6];
        float* x7 = rows[7];
        float* x8 = rows[8];
        float* x9 = rows[9];
        float* x10 = rows[10];
        float* x11 = rows[11];
        nint second = Offset<TRegister, TVector, TLayout>(1, panelBytes);
        TVector a0 = default, a1 = default;
        TVector b0 = default, b1 = default;
        TVector c0 = default, c1 = default;
        TVector d0 = default, d1 = default;
        TVector e0 = default, e1 = default;
        TVector f0 = default, f1 = default;
        TVector g0 = default, g1 = default;
        TVector h0 = default, h1 = default;
        TVector i0 = default, i1 = default;
        TVector j0 = default, j1 = default;
        TVector k0 = default, k1 = default;
        TVector l0 = default, l1 = default;
        if (!resume)
            Ahead.Outputs(output, outputStride, 12, 2 * TRegister.Count);

        if (resume)
        {
            float* from = output;
            a0 = TRegister.Load(from);
            a1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            b0 = TRegister.Load(from);
            b1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            c0 = TRegister.Load(from);
            c1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            d0 = TRegister.Load(from);
            d1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            e0 = TRegister.Load(from);
            e1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            f0 = TRegister.Load(from);
            f1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            g0 = TRegister.Load(from);
            g1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            h0 = TRegister.Load(from);
            h1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            i0 = TRegister.Load(from);
            i1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            j0 = TRegister.Load(from);
            j1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            k0 = TRegister.Load(from);
            k1 = TRegister.Load(from + TRegister.Count);
            from += outputStride;
            l0 = TRegister.Load(from);
            l1 = TRegister.Load(from + TRegister.Count);
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
                Ahead.Stream(weights + second, TLayout.StepBytes, far);
            }

            if (TLayout.IsFollowed)
                Ahead.Lines(weights + ahead, 2 * TRegister.Count * TLayout.LaneBytes);

            w0 = TLayout.First<TRegister, TVector>(weights);
            w1 = TLayout.First<TRegister, TVector>(weights + second);
            x = TRegister.Broadcast(x0[k]);
            a0 = TRegister.MultiplyAdd(x, w0, a0);
            a1 = TRegister.MultiplyAdd(x, w1, a1);
            x = TRegister.Broadcast(x1[k]);
            b0 = TRegister.MultiplyAdd(x, w0, b0);
            b1 = TRegister.MultiplyAdd(x, w1, b1);
            x = TRegister.Broadcast(x2[k]);
            c0 = TRegister.MultiplyAdd(x, w0, c0);
            c1 = TRegister.MultiplyAdd(x, w1, c1);
            x = TRegister.Broadcast(x3[k]);
            d0 = TRegister.MultiplyAdd(x, w0, d0);
            d1 = TRegister.MultiplyAdd(x, w1, d1);
            x = TRegister.Broadcast(x4[k]);
            e0 = TRegister.MultiplyAdd(x, w0, e0);
            e1 = TRegister.MultiplyAdd(x, w1, e1);
            x = TRegister.Broadcast(x5[k]);
            f0 = TRegister.MultiplyAdd(x, w0, f0);
            f1 = TRegister.MultiplyAdd(x, w1, f1);
            x = TRegister.Broadcast(x6[k]);
            g0 = TRegister.MultiplyAdd(x, w0, g0);
            g1 = TRegister.MultiplyAdd(x, w1, g1);
            x = TRegister.Broadcast(x7[k]);
            h0 = TRegister.MultiplyAdd(x, w0, h0);
            h1 = TRegister.MultiplyAdd(x, w1, h1);
            x = TRegister.Broadcast(x8[k]);
            i0 = TRegister.MultiplyAdd(x, w0, i0);
            i1 = TRegister.MultiplyAdd(x, w1, i1);
            x = TRegister.Broadcast(x9[k]);
            j0 = TRegister.MultiplyAdd(x, w0, j0);
            j1 = TRegister.MultiplyAdd(x, w1, j1);
            x = TRegister.Broadcast(x10[k]);
            k0 = TRegister.MultiplyAdd(x, w0, k0);
            k1 = TRegister.MultiplyAdd(x, w1, k1);
            x = TRegister.Broadcast(x11[k]);
            l0 = TRegister.MultiplyAdd(x, w0, l0);
            l1 = TRegister.MultiplyAdd(x, w1, l1);
            if (k == columns - 1)
                break;

            if (TLayout.IsFollowed)
                Ahead.Lines(weights + ahead + TLayout.StepBytes / 2, 2 * TRegister.Count * TLayout.LaneBytes);
            w0 = TLayout.Second<TRegister, TVector>(weights);
            w1 = TLayout.Second<TRegister, TVector>(weights + second);
            x = TRegister.Broadcast(x0[k + 1]);
            a0 = TRegister.MultiplyAdd(x, w0, a0);
            a1 = TRegister.MultiplyAdd(x, w1, a1);
            x = TRegister.Broadcast(x1[k + 1]);
            b0 = TRegister.MultiplyAdd(x, w0, b0);
            b1 = TRegister.MultiplyAdd(x, w1, b1);
            x = TRegister.Broadcast(x2[k + 1]);
            c0 = TRegister.MultiplyAdd(x, w0, c0);
            c1 = TRegister.MultiplyAdd(x, w1, c1);
            x = TRegister.Broadcast(x3[k + 1]);
            d0 = TRegister.MultiplyAdd(x, w0, d0);
            d1 = TRegister.MultiplyAdd(x, w1, d1);
            x = TRegister.Broadcast(x4[k + 1]);
            e0 = TRegister.MultiplyAdd(x, w0, e0);
            e1 = TRegister.MultiplyAdd(x, w1, e1);
            x = TRegister.Broadcast(x5[k + 1]);
            f0 = TRegister.MultiplyAdd(x, w0, f0);
            f1 = TRegister.MultiplyAdd(x, w1, f1);
            x = TRegister.Broadcast(x6[k + 1]);
            g0 = TRegister.MultiplyAdd(x, w0, g0);
            g1 = TRegister.MultiplyAdd(x, w1, g1);
            x = TRegister.Broadcast(x7[k + 1]);
            h0 = TRegister.MultiplyAdd(x, w0, h0);
            h1 = TRegister.MultiplyAdd(x, w1, h1);
            x = TRegister.Broadcast(x8[k + 1]);
            i0 = TRegister.MultiplyAdd(x, w0, i0);
            i1 = TRegister.MultiplyAdd(x, w1, i1);
            x = TRegister.Broadcast(x9[k + 1]);
            j0 = TRegister.MultiplyAdd(x, w0, j0);
            j1 = TRegister.MultiplyAdd(x, w1, j1);
            x = TRegister.Broadcast(x10[k + 1]);
            k0 = TRegister.MultiplyAdd(x, w0, k0);
            k1 = TRegister.MultiplyAdd(x, w1, k1);
            x = TRegister.Broadcast(x11[k + 1]);
            l0 = TRegister.MultiplyAdd(x, w0, l0);
            l1 = TRegister.MultiplyAdd(x, w1, l1);
            weights += step;
        }

        TRegister.Store(a0, output);
        TRegister.Store(a1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(b0, output);
        TRegister.Store(b1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(c0, output);
        TRegister.Store(c1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(d0, output);
        TRegister.Store(d1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(e0, output);
        TRegister.Store(e1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(f0, output);
        TRegister.Store(f1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(g0, output);
        TRegister.Store(g1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(h0, output);
        TRegister.Store(h1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(i0, output);
        TRegister.Store(i1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(j0, output);
        TRegister.Store(j1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(k0, output);
        TRegister.Store(k1, output + TRegister.Count);
        output += outputStride;
        TRegister.Store(l0, output);
        TRegister.Store(l1, output + TRegister.Count);
    }
}
