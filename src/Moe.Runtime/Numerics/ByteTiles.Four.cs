using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class ByteTiles
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
        nint inputScale = groups * (Groups.Columns / 4), inputSum = inputScale + groups, inputHalves = inputSum + groups;
        TVector f00 = default, f01 = default, f02 = default, f03 = default;
        TVector f10 = default, f11 = default, f12 = default, f13 = default;
        TVector f20 = default, f21 = default, f22 = default, f23 = default;

        for (nint group = 0; group < groups; group++)
        {
            TVector i00 = default, i01 = default, i02 = default, i03 = default;
            TVector i10 = default, i11 = default, i12 = default, i13 = default;
            TVector i20 = default, i21 = default, i22 = default, i23 = default;
            if (TFormat.Offset != 0)
            {
                i00 = i01 = i02 = i03 = TRegister.StartBytes<TFormat>(x0[inputHalves + group]);
                if (sizeof(TRows) > 1)
                    i10 = i11 = i12 = i13 = TRegister.StartBytes<TFormat>(x1[inputHalves + group]);
                if (sizeof(TRows) > 2)
                    i20 = i21 = i22 = i23 = TRegister.StartBytes<TFormat>(x2[inputHalves + group]);
            }

            Ahead.Line(scales + (4 * panelBytes));
            Ahead.Line(scales + (4 * panelBytes) + s1);
            Ahead.Line(scales + (4 * panelBytes) + s2);
            Ahead.Line(scales + (4 * panelBytes) + s3);
            TVector x;
            nint end = (group + 1) * (Groups.Columns / 4);
            for (nint k = group * (Groups.Columns / 4); k < end; k += 2)
            {
                Ahead.Stream(chunk, TFormat.ChunkBytes);
                Ahead.Stream(chunk + d1, TFormat.ChunkBytes);
                Ahead.Stream(chunk + d2, TFormat.ChunkBytes);
                Ahead.Stream(chunk + d3, TFormat.ChunkBytes);
                TVector w0, w1, w2, w3;
                w0 = TFormat.Low<TRegister, TVector>(chunk);
                w1 = TFormat.Low<TRegister, TVector>(chunk + d1);
                w2 = TFormat.Low<TRegister, TVector>(chunk + d2);
                w3 = TFormat.Low<TRegister, TVector>(chunk + d3);
                x = TRegister.BroadcastBits(x0[k]);
                i00 = TRegister.MultiplyAddBytes<TFormat>(i00, w0, x);
                i01 = TRegister.MultiplyAddBytes<TFormat>(i01, w1, x);
                i02 = TRegister.MultiplyAddBytes<TFormat>(i02, w2, x);
                i03 = TRegister.MultiplyAddBytes<TFormat>(i03, w3, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k]);
                    i10 = TRegister.MultiplyAddBytes<TFormat>(i10, w0, x);
                    i11 = TRegister.MultiplyAddBytes<TFormat>(i11, w1, x);
                    i12 = TRegister.MultiplyAddBytes<TFormat>(i12, w2, x);
                    i13 = TRegister.MultiplyAddBytes<TFormat>(i13, w3, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k]);
                    i20 = TRegister.MultiplyAddBytes<TFormat>(i20, w0, x);
                    i21 = TRegister.MultiplyAddBytes<TFormat>(i21, w1, x);
                    i22 = TRegister.MultiplyAddBytes<TFormat>(i22, w2, x);
                    i23 = TRegister.MultiplyAddBytes<TFormat>(i23, w3, x);
                }
                w0 = TFormat.High<TRegister, TVector>(chunk);
                w1 = TFormat.High<TRegister, TVector>(chunk + d1);
                w2 = TFormat.High<TRegister, TVector>(chunk + d2);
                w3 = TFormat.High<TRegister, TVector>(chunk + d3);
                x = TRegister.BroadcastBits(x0[k + 1]);
                i00 = TRegister.MultiplyAddBytes<TFormat>(i00, w0, x);
                i01 = TRegister.MultiplyAddBytes<TFormat>(i01, w1, x);
                i02 = TRegister.MultiplyAddBytes<TFormat>(i02, w2, x);
                i03 = TRegister.MultiplyAddBytes<TFormat>(i03, w3, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 1]);
                    i10 = TRegister.MultiplyAddBytes<TFormat>(i10, w0, x);
                    i11 = TRegister.MultiplyAddBytes<TFormat>(i11, w1, x);
                    i12 = TRegister.MultiplyAddBytes<TFormat>(i12, w2, x);
                    i13 = TRegister.MultiplyAddBytes<TFormat>(i13, w3, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 1]);
                    i20 = TRegister.MultiplyAddBytes<TFormat>(i20, w0, x);
                    i21 = TRegister.MultiplyAddBytes<TFormat>(i21, w1, x);
                    i22 = TRegister.MultiplyAddBytes<TFormat>(i22, w2, x);
                    i23 = TRegister.MultiplyAddBytes<TFormat>(i23, w3, x);
                }
                chunk += TFormat.ChunkBytes;
            }

            TVector scale0 = TFormat.Scale<TRegister, TVector>(scales);
            TVector scale1 = TFormat.Scale<TRegister, TVector>(scales + s1);
            TVector scale2 = TFormat.Scale<TRegister, TVector>(scales + s2);
            TVector scale3 = TFormat.Scale<TRegister, TVector>(scales + s3);
            x = TRegister.Broadcast(((float*)x0)[inputScale + group]);
            f00 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i00)), x), scale0, f00);
            f01 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i01)), x), scale1, f01);
            f02 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i02)), x), scale2, f02);
            f03 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i03)), x), scale3, f03);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(((float*)x1)[inputScale + group]);
                f10 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i10)), x), scale0, f10);
                f11 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i11)), x), scale1, f11);
                f12 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i12)), x), scale2, f12);
                f13 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i13)), x), scale3, f13);
            }
            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(((float*)x2)[inputScale + group]);
                f20 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i20)), x), scale0, f20);
                f21 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i21)), x), scale1, f21);
                f22 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i22)), x), scale2, f22);
                f23 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i23)), x), scale3, f23);
            }
            if (TFormat.HasMinimum)
            {
                TVector minimum0 = TFormat.Minimum<TRegister, TVector>(scales);
                TVector minimum1 = TFormat.Minimum<TRegister, TVector>(scales + s1);
                TVector minimum2 = TFormat.Minimum<TRegister, TVector>(scales + s2);
                TVector minimum3 = TFormat.Minimum<TRegister, TVector>(scales + s3);
                x = TRegister.Broadcast(((float*)x0)[inputSum + group]);
                f00 = TRegister.MultiplyAdd(x, minimum0, f00);
                f01 = TRegister.MultiplyAdd(x, minimum1, f01);
                f02 = TRegister.MultiplyAdd(x, minimum2, f02);
                f03 = TRegister.MultiplyAdd(x, minimum3, f03);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.Broadcast(((float*)x1)[inputSum + group]);
                    f10 = TRegister.MultiplyAdd(x, minimum0, f10);
                    f11 = TRegister.MultiplyAdd(x, minimum1, f11);
                    f12 = TRegister.MultiplyAdd(x, minimum2, f12);
                    f13 = TRegister.MultiplyAdd(x, minimum3, f13);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.Broadcast(((float*)x2)[inputSum + group]);
                    f20 = TRegister.MultiplyAdd(x, minimum0, f20);
                    f21 = TRegister.MultiplyAdd(x, minimum1, f21);
                    f22 = TRegister.MultiplyAdd(x, minimum2, f22);
                    f23 = TRegister.MultiplyAdd(x, minimum3, f23);
                }
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
