using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class IntegerTiles
{
    /// <summary>
    /// How far ahead weights are asked for in each stream: first into the second cache, which has places for what some hundred nanoseconds
    /// bring, then from there into the first. Straight into the first, whose places are few, decoding was a tenth slower.
    /// </summary>
    private const int FarAhead = 2048, Ahead = 256;

    /// <summary>Asks for the weights of a chunk that is still some way off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask<TFormat>(byte* chunk)
        where TFormat : IGroupFormat
    {
        if (!Sse.IsSupported)
            return;

        Sse.Prefetch1(chunk + FarAhead);
        Sse.Prefetch0(chunk + Ahead);
        if (TFormat.ChunkBytes > 64)
        {
            Sse.Prefetch1(chunk + FarAhead + 64);
            Sse.Prefetch0(chunk + Ahead + 64);
        }
    }

    /// <summary>Asks for scales of the panels that follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskScale(byte* scale)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(scale);
    }
}
