using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class ByteTiles
{
    /// <summary>Up to three rows by one vector, for a last panel alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void One<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunk, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        int* x0 = (int*)rows[0];
        int* x1 = sizeof(TRows) > 1 ? (int*)rows[1] : null;
        int* x2 = sizeof(TRows) > 2 ? (int*)rows[2] : null;
        nint inputScale = groups * (Groups.Columns / 4), inputSum = inputScale + groups, inputHalves = inputSum + groups;
        TVector f00 = default;
        TVector f10 = default;
        TVector f20 = default;

        for (nint group = 0; group < groups; group++)
        {
            TVector i00 = default;
            TVector i10 = default;
            TVector i20 = default;
            if (TFormat.Offset != 0)
            {
                i00 = TRegister.StartBytes<TFormat>(x0[inputHalves + group]);
                if (sizeof(TRows) > 1)
                    i10 = TRegister.StartBytes<TFormat>(x1[inputHalves + group]);
                if (sizeof(TRows) > 2)
                    i20 = TRegister.StartBytes<TFormat>(x2[inputHalves + group]);
            }

            Ahead.Line(scales + (1 * panelBytes));
            TVector x;
            nint end = (group + 1) * (Groups.Columns / 4);
            for (nint k = group * (Groups.Columns / 4); k < end; k += 2)
            {
                Ahead.Stream(chunk, TFormat.ChunkBytes);
                TVector w0;
                w0 = TFormat.Low<TRegister, TVector>(chunk);
                x = TRegister.BroadcastBits(x0[k]);
                i00 = TRegister.MultiplyAddBytes<TFormat>(i00, w0, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k]);
                    i10 = TRegister.MultiplyAddBytes<TFormat>(i10, w0, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k]);
                    i20 = TRegister.MultiplyAddBytes<TFormat>(i20, w0, x);
                }
                w0 = TFormat.High<TRegister, TVector>(chunk);
                x = TRegister.BroadcastBits(x0[k + 1]);
                i00 = TRegister.MultiplyAddBytes<TFormat>(i00, w0, x);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.BroadcastBits(x1[k + 1]);
                    i10 = TRegister.MultiplyAddBytes<TFormat>(i10, w0, x);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.BroadcastBits(x2[k + 1]);
                    i20 = TRegister.MultiplyAddBytes<TFormat>(i20, w0, x);
                }
                chunk += TFormat.ChunkBytes;
            }

            TVector scale0 = TFormat.Scale<TRegister, TVector>(scales);
            x = TRegister.Broadcast(((float*)x0)[inputScale + group]);
            f00 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i00)), x), scale0, f00);
            if (sizeof(TRows) > 1)
            {
                x = TRegister.Broadcast(((float*)x1)[inputScale + group]);
                f10 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i10)), x), scale0, f10);
            }
            if (sizeof(TRows) > 2)
            {
                x = TRegister.Broadcast(((float*)x2)[inputScale + group]);
                f20 = TRegister.MultiplyAdd(TRegister.Multiply(TRegister.ToFloats(TRegister.SumBytes<TFormat>(i20)), x), scale0, f20);
            }
            if (TFormat.HasMinimum)
            {
                TVector minimum0 = TFormat.Minimum<TRegister, TVector>(scales);
                x = TRegister.Broadcast(((float*)x0)[inputSum + group]);
                f00 = TRegister.MultiplyAdd(x, minimum0, f00);
                if (sizeof(TRows) > 1)
                {
                    x = TRegister.Broadcast(((float*)x1)[inputSum + group]);
                    f10 = TRegister.MultiplyAdd(x, minimum0, f10);
                }
                if (sizeof(TRows) > 2)
                {
                    x = TRegister.Broadcast(((float*)x2)[inputSum + group]);
                    f20 = TRegister.MultiplyAdd(x, minimum0, f20);
                }
            }

            scales += TFormat.ScaleBytes;
        }

        TRegister.Store(f00, output);
        if (sizeof(TRows) > 1)
        {
            TRegister.Store(f10, output + outputStride);
        }
        if (sizeof(TRows) > 2)
        {
            TRegister.Store(f20, output + (2 * outputStride));
        }
    }
}
