using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>Tiles of weights in groups for a number of rows known at run time.</summary>
internal static unsafe class GroupTiles
{
    /// <summary>One vector, up to three rows.</summary>
    internal static void One<TRegister, TVector, TFormat>(
        int count, byte* scales, byte* chunks, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat
    {
        switch (count)
        {
            case 1:
                ByteTiles.One<TRegister, TVector, TFormat, Rows1>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 2:
                ByteTiles.One<TRegister, TVector, TFormat, Rows2>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 3:
                ByteTiles.One<TRegister, TVector, TFormat, Rows3>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
        }
    }

    /// <summary>Two vectors, up to six rows.</summary>
    internal static void Two<TRegister, TVector, TFormat>(
        int count, byte* scales, byte* chunks, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat
    {
        switch (count)
        {
            case 1:
                ByteTiles.Two<TRegister, TVector, TFormat, Rows1>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 2:
                ByteTiles.Two<TRegister, TVector, TFormat, Rows2>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 3:
                ByteTiles.Two<TRegister, TVector, TFormat, Rows3>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 4:
                ByteTiles.Two<TRegister, TVector, TFormat, Rows4>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 5:
                ByteTiles.Two<TRegister, TVector, TFormat, Rows5>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 6:
                ByteTiles.Two<TRegister, TVector, TFormat, Rows6>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
        }
    }

    /// <summary>Four vectors, up to three rows.</summary>
    internal static void Four<TRegister, TVector, TFormat>(
        int count, byte* scales, byte* chunks, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat
    {
        switch (count)
        {
            case 1:
                ByteTiles.Four<TRegister, TVector, TFormat, Rows1>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 2:
                ByteTiles.Four<TRegister, TVector, TFormat, Rows2>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 3:
                ByteTiles.Four<TRegister, TVector, TFormat, Rows3>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
        }
    }

    /// <summary>Where a vector of a tile starts, for lanes of so many bytes: vectors lie side by side within a panel, and go on in the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint Offset<TRegister, TVector>(int vector, nint panelBytes, int laneBytes)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        (vector / (16 / TRegister.Count) * panelBytes) + (vector % (16 / TRegister.Count) * TRegister.Count * laneBytes);
}
