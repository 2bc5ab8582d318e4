using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class PairTiles
{
    /// <summary>
    /// Up to three rows by four vectors: four streams from memory at a time, since what is on its way sets the pace of a few rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Four<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunk, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        nint d1 = GroupTiles.Offset<TRegister, TVector>(1, panelBytes, 4), s1 = GroupTiles.Offset<TRegister, TVector>(1, panelBytes, TFormat.ScaleLaneBytes);
        nint d2 = GroupTiles.Offset<TRegister, TVector>(2, panelBytes, 4), s2 = GroupTiles.Offset<TRegister, TVector>(2, panelBytes, TFormat.ScaleLaneBytes);
        nint d3 = GroupTiles.Offset<TRegister, TVector>(3, panelBytes, 4), s3 = GroupTiles.Offset<TRegister, TVector>(3, panelBytes, TFormat.ScaleLaneBytes);
        int* x0 = (int*)rows[0];
        int* x1 = sizeof(TRows) > 1 ? (int*)rows[1] : null;
        int* x2 = sizeof(TRows) > 2 ? (int*)rows[2] : null;
        nint inputScale = groups * (Groups.Columns / 2);
        TVector f00 = default, f01 = default, f02 = default, f03 = default;
        TVector f10 = default, f11 = default, f12 = default, f13 = default;
        TVector f20 = default, f21 = default, f22 = default, f23 = default;

        for (nint group = 0; group < groups; group++)
        {
            TVector i00 = default, i01 = default, i02 = default, i03 = default;
            TVector i10 = default, i11 = default, i12 = default, i13 = default;
            TVector i20 = default, i21 = default, i22 = default, i23 = default;
            Ahead.Line(scales + (4 * panelBytes));
            Ahead.Line(scales + (4 * panelBytes) + s1);
            Ahead.Line(scales + (4 * panelBytes) + s2);
            Ahead.Line(scales + (4 * panelBytes) + s3);
            TVector x;
            nint end = (group + 1) * (Groups.Columns / 2);
            for (nint k = group * (Groups.Columns / 2); k < end; k += 4)
            {
                Ahead.Stream(chunk, TFormat.ChunkBytes);
                Ahead.Stream(chunk + d1, TFormat.ChunkBytes);
                Ahead.Stream(chunk + d2, TFormat.ChunkBytes);
                Ahead.Stream(chunk + d3, TFormat.ChunkBytes);
                TVector low0 = TFormat.Low<TRegister, TVector>(chunk), high0 = TFormat.High<TRegister, TVector>(chunk);
                TVector low1 = TFormat.Low<TRegister, TVector>(chunk + d1), high1 = TFormat.High<TRegister, TVector>(chunk + d1);
                TVector low2 = TFormat.Low<TRegister, TVector>(chunk + d2), high2 = TFormat.High<TRegister, TVector>(chunk + d2);
                TVector low3 = TFormat.Low<TRegister, TVector>(chunk + d3), high3 = TFormat.High<TRegister, TVector>(chunk + d3);
                TVector w0, w1, w2, w3;
                w0 = TRegister.EvenBytes(low0);
                w1 = TRegister.EvenBytes(low1);
                w2 = TRegister.EvenBytes(low2);
                w3 = TRegister.EvenBytes(low3);
                x = TRegister.BroadcastBits(x0[k]);
                i00 = TRegister.MultiplyAddPairs(i00, w0, x);
                i01 = TRegister.MultiplyAddPairs(i01, w1, x);
                i02 = TRegister.MultiplyAddPairs(i02, w2, x);
                i03 = TRegister.MultiplyAddPairs(i03, w3, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k]);
                    i10 = TRegister.MultiplyAddPairs(i10, w0, x);
                    i11 = TRegister.MultiplyAddPairs(i11, w1, x);
                    i12 = TRegister.MultiplyAddPairs(i12, w2, x);
                    i13 = TRegister.MultiplyAddPairs(i13, w3, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k]);
                    i20 = TRegister.MultiplyAddPairs(i20, w0, x);
                    i21 = TRegister.MultiplyAddPairs(i21, w1, x);
                    i22 = TRegister.MultiplyAddPairs(i22, w2, x);
                    i23 = TRegister.MultiplyAddPairs(i23, w3, x);
                }
                w0 = TRegister.OddBytes(low0);
                w1 = TRegister.OddBytes(low1);
                w2 = TRegister.OddBytes(low2);
                w3 = TRegister.OddBytes(low3);
                x = TRegister.BroadcastBits(x0[k + 1]);
                i00 = TRegister.MultiplyAddPairs(i00, w0, x);
                i01 = TRegister.MultiplyAddPairs(i01, w1, x);
                i02 = TRegister.MultiplyAddPairs(i02, w2, x);
                i03 = TRegister.MultiplyAddPairs(i03, w3, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 1]);
                    i10 = TRegister.MultiplyAddPairs(i10, w0, x);
                    i11 = TRegister.MultiplyAddPairs(i11, w1, x);
                    i12 = TRegister.MultiplyAddPairs(i12, w2, x);
                    i13 = TRegister.MultiplyAddPairs(i13, w3, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 1]);
                    i20 = TRegister.MultiplyAddPairs(i20, w0, x);
                    i21 = TRegister.MultiplyAddPairs(i21, w1, x);
                    i22 = TRegister.MultiplyAddPairs(i22, w2, x);
                    i23 = TRegister.MultiplyAddPairs(i23, w3, x);
                }
                w0 = TRegister.EvenBytes(high0);
                w1 = TRegister.EvenBytes(high1);
                w2 = TRegister.EvenBytes(high2);
                w3 = TRegister.EvenBytes(high3);
                x = TRegister.BroadcastBits(x0[k + 2]);
                i00 = TRegister.MultiplyAddPairs(i00, w0, x);
                i01 = TRegister.MultiplyAddPairs(i01, w1, x);
                i02 = TRegister.MultiplyAddPairs(i02, w2, x);
                i03 = TRegister.MultiplyAddPairs(i03, w3, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 2]);
                    i10 = TRegister.MultiplyAddPairs(i10, w0, x);
                    i11 = TRegister.MultiplyAddPairs(i11, w1, x);
                    i12 = TRegister.MultiplyAddPairs(i12, w2, x);
                    i13 = TRegister.MultiplyAddPairs(i13, w3, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 2]);
                    i20 = TRegister.MultiplyAddPairs(i20, w0, x);
                    i21 = TRegister.MultiplyAddPairs(i21, w1, x);
                    i22 = TRegister.MultiplyAddPairs(i22, w2, x);
                    i23 = TRegister.MultiplyAddPairs(i23, w3, x);
                }
                w0 = TRegister.OddBytes(high0);
                w1 = TRegister.OddBytes(high1);
                w2 = TRegister.OddBytes(high2);
                w3 = TRegister.OddBytes(high3);
                x = TRegister.BroadcastBits(x0[k + 3]);
                i00 = TRegister.MultiplyAddPairs(i00, w0, x);
                i01 = TRegister.MultiplyAddPairs(i01, w1, x);
                i02 = TRegister.MultiplyAddPairs(i02, w2, x);
                i03 = TRegister.MultiplyAddPairs(i03, w3, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 3]);
                    i10 = TRegister.MultiplyAddPairs(i10, w0, x);
                    i11 = TRegister.MultiplyAddPairs(i11, w1, x);
                    i12 = TRegister.MultiplyAddPairs(i12, w2, x);
                    i13 = TRegister.MultiplyAddPairs(i13, w3, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 3]);
                    i20 = TRegister.MultiplyAddPairs(i20, w0, x);
                    i21 = TRegister.MultiplyAddPairs(i21, w1, x);
                    i22 = TRegister.MultiplyAddPairs(i22, w2, x);
                    i23 = TRegister.MultiplyAddPairs(i23, w3, x);
                }
                chunk += TFormat.ChunkBytes;
            }

            TVector scale0 = TFormat.Scale<TRegister, TVector>(scales);
            TVector scale1 = TFormat.Scale<TRegister, TVector>(scales + s1);
            TVector scale2 = TFormat.Scale<TRegister, TVector>(scales + s2);
            TVector scale3 = TFormat.Scale<TRegister, TVector>(scales + s3);
            x = TRegister.Broadcast(((float*)x0)[inputScale + group]);
            f00 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i00), x), scale0, f00);
            f01 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i01), x), scale1, f01);
            f02 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i02), x), scale2, f02);
            f03 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i03), x), scale3, f03);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(((float*)x1)[inputScale + group]);
                f10 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i10), x), scale0, f10);
                f11 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i11), x), scale1, f11);
                f12 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i12), x), scale2, f12);
                f13 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i13), x), scale3, f13);
            }
            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(((float*)x2)[inputScale + group]);
                f20 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i20), x), scale0, f20);
                f21 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i21), x), scale1, f21);
                f22 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i22), x), scale2, f22);
                f23 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i23), x), scale3, f23);
            }
            scales += TFormat.ScaleBytes;
        }

        TRegister.Store(f00, output);
        TRegister.Store(f01, output + TRegister.Count);
        TRegister.Store(f02, output + (2 * TRegister.Count));
        TRegister.Store(f03, output + (3 * TRegister.Count));
        if (sizeof(TRows) > 1)
        {
            TRegister.Store(f10, output + outputStride);
            TRegister.Store(f11, output + outputStride + TRegister.Count);
            TRegister.Store(f12, output + outputStride + (2 * TRegister.Count));
            TRegister.Store(f13, output + outputStride + (3 * TRegister.Count));
        }
        if (sizeof(TRows) > 2)
        {
            TRegister.Store(f20, output + (2 * outputStride));
            TRegister.Store(f21, output + (2 * outputStride) + TRegister.Count);
            TRegister.Store(f22, output + (2 * outputStride) + (2 * TRegister.Count));
            TRegister.Store(f23, output + (2 * outputStride) + (3 * TRegister.Count));
        }
    }
}
