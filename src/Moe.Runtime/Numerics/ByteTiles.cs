using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Products of weights in groups with inputs of 8 bits, in registers: some rows of input by some vectors of weights, over all groups. Where the
/// processor has no dot product of bytes, two products add up in 16 bits, and those of a whole group where the weights have 4 bits. Of each group
/// sum += (scale of input · Σ integers) · scale of weights (+ scale · Σ input integers · minimum), groups ascending: the same bits in every
/// tile, since sums of integers are exact.
/// </summary>
internal static unsafe partial class ByteTiles
{
    /// <summary>Up to six rows by two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Two<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunk, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        Ahead.Outputs(output, outputStride, sizeof(TRows), 2 * TRegister.Count);
        nint d1 = GroupTiles.Offset<TRegister, TVector>(1, panelBytes, 4), s1 = GroupTiles.Offset<TRegister, TVector>(1, panelBytes, TFormat.ScaleLaneBytes);
        int* x0 = (int*)rows[0];
        int* x1 = sizeof(TRows) > 1 ? (int*)rows[1] : null;
        int* x2 = sizeof(TRows) > 2 ? (int*)rows[2] : null;
        int* x3 = sizeof(TRows) > 3 ? (int*)rows[3] : null;
        int* x4 = sizeof(TRows) > 4 ? (int*)rows[4] : null;
        int* x5 = sizeof(TRows) > 5 ? (int*)rows[5] : null;
        nint inputScale = groups * (Groups.Columns / 4), inputSum = inputScale + groups, inputHalves = inputSum + groups;
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
            if (TFormat.Offset != 0)
            {
                i00 = i01 = TRegister.StartBytes<TFormat>(x0[inputHalves + group]);
                if (sizeof(TRows) > 1)
                    i10 = i11 = TRegister.StartBytes<TFormat>(x1[inputHalves + group]);
                if (sizeof(TRows) > 2)
                    i20 = i21 = TRegister.StartBytes<TFormat>(x2[inputHalves + group]);
                if (sizeof(TRows) > 3)
                    i30 = i31 = TRegister.StartBytes<TFormat>(x3[inputHalves + group]);
                if (sizeof(TRows) > 4)
                    i40 = i41 = TRegister.StartBytes<TFormat>(x4[inputHalves + group]);
                if (sizeof(TRows) > 5)
                    i50 = i51 = TRegister.StartBytes<TFormat>(x5[inputHalves + group]);
            }

            Ahead.Line(scales + (2 * panelBytes));
            Ahead.Line(scales + (2 * panelBytes) + s1);
            TVector x;
            nint end = (group + 1) * (Groups.Columns / 4);
            for (nint k = group * (Groups.Columns / 4); k < end; k += 2)
            {
                Ahead.Stream(chunk, TFormat.ChunkBytes);
                Ahead.Stream(chunk + d1, TFormat.ChunkBytes);
                TVector w0, w1;
                w0 = TFormat.Low<TRegister, TVector>(chunk);
                w1 = TFormat.Low<TRegister, TVector>(chunk + d1);
                x = TRegister.BroadcastBits(x0[k]);
                (i00, i01) = (TRegister.MultiplyAddBytes<TFormat>(i00, w0, x), TRegister.MultiplyAddBytes<TFormat>(i01, w1, x));
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k]);
                    (i10, i11) = (TRegister.MultiplyAddBytes<TFormat>(i10, w0, x), TRegister.MultiplyAddBytes<TFormat>(i11, w1, x));
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k]);
                    (i20, i21) = (TRegister.MultiplyAddBytes<TFormat>(i20, w0, x), TRegister.MultiplyAddBytes<TFormat>(i21, w1, x));
                }
                if (sizeof(TRows) > 3)
                {
                    x = TRegister.BroadcastBits(x3[k]);
                    (i30, i31) = (TRegister.MultiplyAddBytes<TFormat>(i30, w0, x), TRegister.MultiplyAddBytes<TFormat>(i31, w1, x));
                }
                if (sizeof(TRows) > 4)
                {
                    x = TRegister.BroadcastBits(x4[k]);
                    (i40, i41) = (TRegister.MultiplyAddBytes<TFormat>(i40, w0, x), TRegister.MultiplyAddBytes<TFormat>(i41, w1, x));
                }
                if (sizeof(TRows) > 5)
                {
                    x = TRegister.BroadcastBits(x5[k]);
                    (i50, i51) = (TRegister.MultiplyAddBytes<TFormat>(i50, w0, x), TRegister.MultiplyAddBytes<TFormat>(i51, w1, x));
                }
                w0 = TFormat.High<TRegister, TVector>(chunk);
                w1 = TFormat.High<TRegister, TVector>(chunk + d1);
                x = TRegister.BroadcastBits(x0[k + 1]);
                (i00, i01) = (TRegister.MultiplyAddBytes<TFormat>(i00, w0, x), TRegister.MultiplyAddBytes<TFormat>(i01, w1, x));
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 1]);
                    (i10, i11) = (TRegister.MultiplyAddBytes<TFormat>(i10, w0, x), TRegister.MultiplyAddBytes<TFormat>(i11, w1, x));
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 1]);
                    (i20, i21) = (TRegister.MultiplyAddBytes<TFormat>(i20, w0, x), TRegister.MultiplyAddBytes<TFormat>(i21, w1, x));
                }
                if (sizeof(TRows) > 3)
                {
                    x = TRegister.BroadcastBits(x3[k + 1]);
                    (i30, i31) = (TRegister.MultiplyAddBytes<TFormat>(i30, w0, x), TRegister.MultiplyAddBytes<TFormat>(i31, w1, x));
                }
                if (sizeof(TRows) > 4)
                {
                    x = TRegister.BroadcastBits(x4[k + 1]);
                    (i40, i41) = (TRegister.MultiplyAddBytes<TFormat>(i40, w0, x), TRegister.MultiplyAddBytes<TFormat>(i41, w1, x));
                }
                if (sizeof(TRows) > 5)
                {
                    x = TRegister.BroadcastBits(x5[k + 1]);
                    (i50, i51) = (TRegister.MultiplyAddBytes<TFormat>(i50, w0, x), TRegister.MultiplyAddBytes<TFormat>(i51, w1, x));
                }
                chunk += TFormat.ChunkBytes;
            }

            TVector scale0 = TFormat.Scale<TRegister, TVector>(scales);
            TVector scale1 = TFormat.Scale<TRegister, TVector>(scales + s1);
            x = TRegister.Broadcast(((float*)x0)[inputScale + group]);
            f00 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i00)), x), scale0, f00);
            f01 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i01)), x), scale1, f01);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(((float*)x1)[inputScale + group]);
                f10 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i10)), x), scale0, f10);
                f11 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i11)), x), scale1, f11);
            }
            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(((float*)x2)[inputScale + group]);
                f20 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i20)), x), scale0, f20);
                f21 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i21)), x), scale1, f21);
            }
            if (sizeof(TRows) > 3)
            {
                x = TRegister.Broadcast(((float*)x3)[inputScale + group]);
                f30 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i30)), x), scale0, f30);
                f31 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i31)), x), scale1, f31);
            }
            if (sizeof(TRows) > 4)
            {
                x = TRegister.Broadcast(((float*)x4)[inputScale + group]);
                f40 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i40)), x), scale0, f40);
                f41 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i41)), x), scale1, f41);
            }
            if (sizeof(TRows) > 5)
            {
                x = TRegister.Broadcast(((float*)x5)[inputScale + group]);
                f50 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i50)), x), scale0, f50);
                f51 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i51)), x), scale1, f51);
            }
            if (TFormat.HasMinimum)
            {
                TVector minimum0 = TFormat.Minimum<TRegister, TVector>(scales);
                TVector minimum1 = TFormat.Minimum<TRegister, TVector>(scales + s1);
                x = TRegister.Broadcast(((float*)x0)[inputSum + group]);
                f00 = TRegister.MultiplyAdd(x, minimum0, f00);
                f01 = TRegister.MultiplyAdd(x, minimum1, f01);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.Broadcast(((float*)x1)[inputSum + group]);
                    f10 = TRegister.MultiplyAdd(x, minimum0, f10);
                    f11 = TRegister.MultiplyAdd(x, minimum1, f11);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.Broadcast(((float*)x2)[inputSum + group]);
                    f20 = TRegister.MultiplyAdd(x, minimum0, f20);
                    f21 = TRegister.MultiplyAdd(x, minimum1, f21);
                }
                if (sizeof(TRows) > 3)
                {
                    x = TRegister.Broadcast(((float*)x3)[inputSum + group]);
                    f30 = TRegister.MultiplyAdd(x, minimum0, f30);
                    f31 = TRegister.MultiplyAdd(x, minimum1, f31);
                }
                if (sizeof(TRows) > 4)
                {
                    x = TRegister.Broadcast(((float*)x4)[inputSum + group]);
                    f40 = TRegister.MultiplyAdd(x, minimum0, f40);
                    f41 = TRegister.MultiplyAdd(x, minimum1, f41);
                }
                if (sizeof(TRows) > 5)
                {
                    x = TRegister.Broadcast(((float*)x5)[inputSum + group]);
                    f50 = TRegister.MultiplyAdd(x, minimum0, f50);
                    f51 = TRegister.MultiplyAdd(x, minimum1, f51);
                }
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
