using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class Tiles
{
    // As the integer tiles do: into the second cache early, from there into the first.
    private const int FarAhead = 2048, Ahead = 256;

    /// <summary>Asks for the weights of a step that is still some way off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask<TLayout>(byte* step)
        where TLayout : ITileLayout
    {
        if (!Sse.IsSupported)
            return;

        Sse.Prefetch1(step + FarAhead);
        Sse.Prefetch0(step + Ahead);
        if (TLayout.StepBytes > 64)
        {
            Sse.Prefetch1(step + FarAhead + 64);
            Sse.Prefetch0(step + Ahead + 64);
        }
    }
}
