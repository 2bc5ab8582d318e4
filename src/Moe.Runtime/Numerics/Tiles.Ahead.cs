using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

internal static unsafe partial class Tiles
{
    // As far as the integer tiles ask, and only into the second cache: a step is a line or two, and its loads come soon enough.
    private const int FarAhead = 2048;

    /// <summary>Asks for the weights of a step that is still some way off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask<TLayout>(byte* step)
        where TLayout : ITileLayout
    {
        if (!Sse.IsSupported)
            return;

        Sse.Prefetch1(step + FarAhead);
        if (TLayout.StepBytes > 64)
            Sse.Prefetch1(step + FarAhead + 64);
    }
}
