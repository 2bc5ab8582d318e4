using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class IntegerTiles
{
    /// <summary>
    /// How far ahead weights are asked for in each stream. With four streams that is two kilobytes, some hundred nanoseconds at the pace
    /// of memory; twice and four times as far was about a tenth and a quarter slower.
    /// </summary>
    private const int Ahead = 512;

    /// <summary>Asks for the weights of a chunk that is still some way off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask<TFormat>(byte* chunk)
        where TFormat : IGroupFormat
    {
        if (!Sse.IsSupported)
            return;

        Sse.Prefetch0(chunk + Ahead);
        if (TFormat.ChunkBytes > 64)
            Sse.Prefetch0(chunk + Ahead + 64);
    }

    /// <summary>Asks for scales of the panels that follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskScale(byte* scale)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(scale);
    }
}
