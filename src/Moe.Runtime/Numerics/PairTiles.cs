using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Products of 8-bit weights with inputs of 16 bits, in registers: some rows of input by some vectors of weights, over all groups. Of each
/// group sum += (scale of input · Σ integers) · scale of weights, groups ascending: the same bits in every tile, since sums of integers are
/// exact.
/// </summary>
internal static unsafe partial class PairTiles
{
    /// <summary>Up to six rows by two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Two<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunk, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        nint second = GroupTiles.Offset<TRegister, TVector>(1, panelBytes, 4), secondScale = GroupTiles.Offset<TRegister, TVector>(1, panelBytes, TFormat.ScaleLaneBytes);
        int* x0 = (int*)rows[0];
        int* x1 = sizeof(TRows) > 1 ? (int*)rows[1] : null;
        int* x2 = sizeof(TRows) > 2 ? (int*)rows[2] : null;
        int* x3 = sizeof(TRows) > 3 ? (int*)rows[3] : null;
        int* x4 = sizeof(TRows) > 4 ? (int*)rows[4] : null;
        int* x5 = sizeof(TRows) > 5 ? (int*)rows[5] : null;
        nint inputScale = groups * (Groups.Columns / 2);
        TVector f00 = default, f01 = default;
        TVector f10 = default, f11 = default;
        TVector f20 = default, f21 = default;
        TVector f30 = default, f31 = default;
        TVector f40 = default, f41 = default;
        TVector f50 = default, f51 = default;

        for (nint group = 0; group < groups; group++)
        {
            TVector i00 = default, i01 = default;
            TVector i10 = default, i11 = default;
            TVector i20 = default, i21 = default;
            TVector i30 = default, i31 = default;
            TVector i40 = default, i41 = default;
            TVector i50 = default, i51 = default;
            Ahead.Line(scales + (2 * panelBytes));
            Ahead.Line(scales + (2 * panelBytes) + secondScale);
            TVector x;
            nint end = (group + 1) * (Groups.Columns / 2);
            for (nint k = group * (Groups.Columns / 2); k < end; k += 4)
            {
                Ahead.Stream(chunk, TFormat.ChunkBytes);
                Ahead.Stream(chunk + second, TFormat.ChunkBytes);
                TVector low0 = TFormat.Low<TRegister, TVector>(chunk), high0 = TFormat.High<TRegister, TVector>(chunk);
                TVector low1 = TFormat.Low<TRegister, TVector>(chunk + second), high1 = TFormat.High<TRegister, TVector>(chunk + second);
                TVector w0, w1;
                w0 = TRegister.EvenBytes(low0);
                w1 = TRegister.EvenBytes(low1);
                x = TRegister.BroadcastBits(x0[k]);
                (i00, i01) = (TRegister.MultiplyAddPairs(i00, w0, x), TRegister.MultiplyAddPairs(i01, w1, x));
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k]);
                    (i10, i11) = (TRegister.MultiplyAddPairs(i10, w0, x), TRegister.MultiplyAddPairs(i11, w1, x));
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k]);
                    (i20, i21) = (TRegister.MultiplyAddPairs(i20, w0, x), TRegister.MultiplyAddPairs(i21, w1, x));
                }
                if (sizeof(TRows) > 3)
                {
                    x = TRegister.BroadcastBits(x3[k]);
                    (i30, i31) = (TRegister.MultiplyAddPairs(i30, w0, x), TRegister.MultiplyAddPairs(i31, w1, x));
                }
                if (sizeof(TRows) > 4)
                {
                    x = TRegister.BroadcastBits(x4[k]);
                    (i40, i41) = (TRegister.MultiplyAddPairs(i40, w0, x), TRegister.MultiplyAddPairs(i41, w1, x));
                }
                if (sizeof(TRows) > 5)
                {
                    x = TRegister.BroadcastBits(x5[k]);
                    (i50, i51) = (TRegister.MultiplyAddPairs(i50, w0, x), TRegister.MultiplyAddPairs(i51, w1, x));
                }
                w0 = TRegister.OddBytes(low0);
                w1 = TRegister.OddBytes(low1);
                x = TRegister.BroadcastBits(x0[k + 1]);
                (i00, i01) = (TRegister.MultiplyAddPairs(i00, w0, x), TRegister.MultiplyAddPairs(i01, w1, x));
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 1]);
                    (i10, i11) = (TRegister.MultiplyAddPairs(i10, w0, x), TRegister.MultiplyAddPairs(i11, w1, x));
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 1]);
                    (i20, i21) = (TRegister.MultiplyAddPairs(i20, w0, x), TRegister.MultiplyAddPairs(i21, w1, x));
                }
                if (sizeof(TRows) > 3)
                {
                    x = TRegister.BroadcastBits(x3[k + 1]);
                    (i30, i31) = (TRegister.MultiplyAddPairs(i30, w0, x), TRegister.MultiplyAddPairs(i31, w1, x));
                }
                if (sizeof(TRows) > 4)
                {
                    x = TRegister.BroadcastBits(x4[k + 1]);
                    (i40, i41) = (TRegister.MultiplyAddPairs(i40, w0, x), TRegister.MultiplyAddPairs(i41, w1, x));
                }
                if (sizeof(TRows) > 5)
                {
                    x = TRegister.BroadcastBits(x5[k + 1]);
                    (i50, i51) = (TRegister.MultiplyAddPairs(i50, w0, x), TRegister.MultiplyAddPairs(i51, w1, x));
                }
                w0 = TRegister.EvenBytes(high0);
                w1 = TRegister.EvenBytes(high1);
                x = TRegister.BroadcastBits(x0[k + 2]);
                (i00, i01) = (TRegister.MultiplyAddPairs(i00, w0, x), TRegister.MultiplyAddPairs(i01, w1, x));
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 2]);
                    (i10, i11) = (TRegister.MultiplyAddPairs(i10, w0, x), TRegister.MultiplyAddPairs(i11, w1, x));
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 2]);
                    (i20, i21) = (TRegister.MultiplyAddPairs(i20, w0, x), TRegister.MultiplyAddPairs(i21, w1, x));
                }
                if (sizeof(TRows) > 3)
                {
                    x = TRegister.BroadcastBits(x3[k + 2]);
                    (i30, i31) = (TRegister.MultiplyAddPairs(i30, w0, x), TRegister.MultiplyAddPairs(i31, w1, x));
                }
                if (sizeof(TRows) > 4)
                {
                    x = TRegister.BroadcastBits(x4[k + 2]);
                    (i40, i41) = (TRegister.MultiplyAddPairs(i40, w0, x), TRegister.MultiplyAddPairs(i41, w1, x));
                }
                if (sizeof(TRows) > 5)
                {
                    x = TRegister.BroadcastBits(x5[k + 2]);
                    (i50, i51) = (TRegister.MultiplyAddPairs(i50, w0, x), TRegister.MultiplyAddPairs(i51, w1, x));
                }
                w0 = TRegister.OddBytes(high0);
                w1 = TRegister.OddBytes(high1);
                x = TRegister.BroadcastBits(x0[k + 3]);
                (i00, i01) = (TRegister.MultiplyAddPairs(i00, w0, x), TRegister.MultiplyAddPairs(i01, w1, x));
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 3]);
                    (i10, i11) = (TRegister.MultiplyAddPairs(i10, w0, x), TRegister.MultiplyAddPairs(i11, w1, x));
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 3]);
                    (i20, i21) = (TRegister.MultiplyAddPairs(i20, w0, x), TRegister.MultiplyAddPairs(i21, w1, x));
                }
                if (sizeof(TRows) > 3)
                {
                    x = TRegister.BroadcastBits(x3[k + 3]);
                    (i30, i31) = (TRegister.MultiplyAddPairs(i30, w0, x), TRegister.MultiplyAddPairs(i31, w1, x));
                }
                if (sizeof(TRows) > 4)
                {
                    x = TRegister.BroadcastBits(x4[k + 3]);
                    (i40, i41) = (TRegister.MultiplyAddPairs(i40, w0, x), TRegister.MultiplyAddPairs(i41, w1, x));
                }
                if (sizeof(TRows) > 5)
                {
                    x = TRegister.BroadcastBits(x5[k + 3]);
                    (i50, i51) = (TRegister.MultiplyAddPairs(i50, w0, x), TRegister.MultiplyAddPairs(i51, w1, x));
                }
                chunk += TFormat.ChunkBytes;
            }

            TVector scale0 = TFormat.Scale<TRegister, TVector>(scales);
            TVector scale1 = TFormat.Scale<TRegister, TVector>(scales + secondScale);
            x = TRegister.Broadcast(((float*)x0)[inputScale + group]);
            f00 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i00), x), scale0, f00);
            f01 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i01), x), scale1, f01);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(((float*)x1)[inputScale + group]);
                f10 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i10), x), scale0, f10);
                f11 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i11), x), scale1, f11);
            }
            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(((float*)x2)[inputScale + group]);
                f20 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i20), x), scale0, f20);
                f21 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i21), x), scale1, f21);
            }
            if (sizeof(TRows) > 3)
            {
                x = TRegister.Broadcast(((float*)x3)[inputScale + group]);
                f30 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i30), x), scale0, f30);
                f31 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i31), x), scale1, f31);
            }
            if (sizeof(TRows) > 4)
            {
                x = TRegister.Broadcast(((float*)x4)[inputScale + group]);
                f40 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i40), x), scale0, f40);
                f41 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i41), x), scale1, f41);
            }
            if (sizeof(TRows) > 5)
            {
                x = TRegister.Broadcast(((float*)x5)[inputScale + group]);
                f50 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i50), x), scale0, f50);
                f51 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(i51), x), scale1, f51);
            }
            scales += TFormat.ScaleBytes;
        }

        TRegister.Store(f00, output);
        TRegister.Store(f01, output + TRegister.Count);
        if (sizeof(TRows) > 1)
        {
            TRegister.Store(f10, output + outputStride);
            TRegister.Store(f11, output + outputStride + TRegister.Count);
        }
        if (sizeof(TRows) > 2)
        {
            TRegister.Store(f20, output + (2 * outputStride));
            TRegister.Store(f21, output + (2 * outputStride) + TRegister.Count);
        }
        if (sizeof(TRows) > 3)
        {
            TRegister.Store(f30, output + (3 * outputStride));
            TRegister.Store(f31, output + (3 * outputStride) + TRegister.Count);
        }
        if (sizeof(TRows) > 4)
        {
            TRegister.Store(f40, output + (4 * outputStride));
            TRegister.Store(f41, output + (4 * outputStride) + TRegister.Count);
        }
        if (sizeof(TRows) > 5)
        {
            TRegister.Store(f50, output + (5 * outputStride));
            TRegister.Store(f51, output + (5 * outputStride) + TRegister.Count);
        }
    }
}
