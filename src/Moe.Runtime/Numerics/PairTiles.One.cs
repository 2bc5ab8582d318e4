using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class PairTiles
{
    /// <summary>
    /// Up to three rows by one vector, for a last panel alone. The even and the odd columns have sums of their own, so that one does not
    /// wait for the other.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void One<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunk, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        int* x0 = (int*)rows[0];
        int* x1 = sizeof(TRows) > 1 ? (int*)rows[1] : null;
        int* x2 = sizeof(TRows) > 2 ? (int*)rows[2] : null;
        nint inputScale = groups * (Groups.Columns / 2);
        TVector f0 = default;
        TVector f1 = default;
        TVector f2 = default;

        for (nint group = 0; group < groups; group++)
        {
            TVector i0 = default, j0 = default;
            TVector i1 = default, j1 = default;
            TVector i2 = default, j2 = default;
            Ahead.Line(scales + panelBytes);
            TVector x;
            nint end = (group + 1) * (Groups.Columns / 2);
            for (nint k = group * (Groups.Columns / 2); k < end; k += 4)
            {
                Ahead.Stream(chunk, TFormat.ChunkBytes);
                TVector low = TFormat.Low<TRegister, TVector>(chunk), high = TFormat.High<TRegister, TVector>(chunk);
                TVector w;
                w = TRegister.EvenBytes(low);
                x = TRegister.BroadcastBits(x0[k]);
                i0 = TRegister.MultiplyAddPairs(i0, w, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k]);
                    i1 = TRegister.MultiplyAddPairs(i1, w, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k]);
                    i2 = TRegister.MultiplyAddPairs(i2, w, x);
                }
                w = TRegister.OddBytes(low);
                x = TRegister.BroadcastBits(x0[k + 1]);
                j0 = TRegister.MultiplyAddPairs(j0, w, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 1]);
                    j1 = TRegister.MultiplyAddPairs(j1, w, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 1]);
                    j2 = TRegister.MultiplyAddPairs(j2, w, x);
                }
                w = TRegister.EvenBytes(high);
                x = TRegister.BroadcastBits(x0[k + 2]);
                i0 = TRegister.MultiplyAddPairs(i0, w, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 2]);
                    i1 = TRegister.MultiplyAddPairs(i1, w, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 2]);
                    i2 = TRegister.MultiplyAddPairs(i2, w, x);
                }
                w = TRegister.OddBytes(high);
                x = TRegister.BroadcastBits(x0[k + 3]);
                j0 = TRegister.MultiplyAddPairs(j0, w, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 3]);
                    j1 = TRegister.MultiplyAddPairs(j1, w, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 3]);
                    j2 = TRegister.MultiplyAddPairs(j2, w, x);
                }
                chunk += TFormat.ChunkBytes;
            }

            TVector scale = TFormat.Scale<TRegister, TVector>(scales);
            x = TRegister.Broadcast(((float*)x0)[inputScale + group]);
            f0 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.AddIntegers(i0, j0)), x), scale, f0);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(((float*)x1)[inputScale + group]);
                f1 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.AddIntegers(i1, j1)), x), scale, f1);
            }
            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(((float*)x2)[inputScale + group]);
                f2 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.AddIntegers(i2, j2)), x), scale, f2);
            }
            scales += TFormat.ScaleBytes;
        }

        TRegister.Store(f0, output);
        if (sizeof(TRows) > 1)
            TRegister.Store(f1, output + outputStride);
        if (sizeof(TRows) > 2)
            TRegister.Store(f2, output + (2 * outputStride));
    }
}
