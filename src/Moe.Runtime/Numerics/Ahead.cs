using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Memory that is asked for before it is read. The first cache has places for some twenty lines on their way, and loads wait for them too;
/// the second has several times as many. So a stream is asked for early into the second, and shortly before into the first: straight
/// into the first, decoding in groups was a tenth slower.
/// </summary>
internal static unsafe class Ahead
{
    /// <summary>Bytes ahead at which a stream is asked for into the second cache.</summary>
    internal const int Far = 2048;

    /// <summary>Bytes ahead at which it is asked for into the first.</summary>
    internal const int Near = 256;

    /// <summary>Asks for what a stream reads after the one or two lines at its present place.</summary>
    /// <param name="place">Where the stream stands.</param>
    /// <param name="bytes">Bytes that it reads there, 64 or 128.</param>
    /// <param name="far">Bytes from there to what it reads <see cref="Far"/> bytes later.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Stream(byte* place, nint bytes, nint far)
    {
        if (!Sse.IsSupported)
            return;

        Sse.Prefetch1(place + far);
        Sse.Prefetch0(place + Near);
        if (bytes > 64)
        {
            Sse.Prefetch1(place + far + 64);
            Sse.Prefetch0(place + Near + 64);
        }
    }

    /// <summary>The same for a stream that goes on where it stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Stream(byte* place, nint bytes) => Stream(place, bytes, Far);

    /// <summary>Asks for a line that is read soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Line(byte* line)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(line);
    }

    /// <summary>Asks for one to four lines that are read some time after, into the second cache.</summary>
    /// <param name="start">The first line.</param>
    /// <param name="bytes">Bytes up to the end of the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Lines(byte* start, nint bytes)
    {
        if (!Sse.IsSupported)
            return;

        Sse.Prefetch1(start);
        if (bytes > 64)
            Sse.Prefetch1(start + 64);
        if (bytes > 128)
            Sse.Prefetch1(start + 128);
        if (bytes > 192)
            Sse.Prefetch1(start + 192);
    }

    /// <summary>Asks for bytes that are read some time after, into the second cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Block(byte* start, nint bytes)
    {
        for (nint line = 0; Sse.IsSupported && line < bytes; line += 64)
            Sse.Prefetch1(start + line);
    }

    /// <summary>
    /// Asks for a tile's lines of output before its sums are made: they are stored one after the other, and each would wait until its own has come.
    /// </summary>
    /// <param name="output">The first row's.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="floats">Floats of a row.</param>
    internal static void Outputs(float* output, nint stride, int rows, int floats)
    {
        for (int row = 0; Sse.IsSupported && row < rows; row++, output += stride)
        {
            for (int i = 0; i < floats; i += 16)
                Sse.Prefetch0(output + i);
        }
    }
}
