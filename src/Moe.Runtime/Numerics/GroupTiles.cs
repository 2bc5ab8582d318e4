using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>Tiles of weights in groups for a number of rows known at run time, with inputs of the size that the format takes.</summary>
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
                One<TRegister, TVector, TFormat, Rows1>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 2:
                One<TRegister, TVector, TFormat, Rows2>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 3:
                One<TRegister, TVector, TFormat, Rows3>(scales, chunks, panelBytes, rows, groups, output, outputStride);
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
                Two<TRegister, TVector, TFormat, Rows1>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 2:
                Two<TRegister, TVector, TFormat, Rows2>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 3:
                Two<TRegister, TVector, TFormat, Rows3>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 4:
                Two<TRegister, TVector, TFormat, Rows4>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 5:
                Two<TRegister, TVector, TFormat, Rows5>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 6:
                Two<TRegister, TVector, TFormat, Rows6>(scales, chunks, panelBytes, rows, groups, output, outputStride);
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
                Four<TRegister, TVector, TFormat, Rows1>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 2:
                Four<TRegister, TVector, TFormat, Rows2>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
            case 3:
                Four<TRegister, TVector, TFormat, Rows3>(scales, chunks, panelBytes, rows, groups, output, outputStride);
                break;
        }
    }

    /// <summary>Where a vector of a tile starts, for lanes of so many bytes: vectors lie side by side within a panel, and go on in the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint Offset<TRegister, TVector>(int vector, nint panelBytes, int laneBytes)
        where TRegister : IIntegerRegister<TVector> where TVector : struct =>
        (vector / (16 / TRegister.Count) * panelBytes) + (vector % (16 / TRegister.Count) * TRegister.Count * laneBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunks, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        if (TFormat.Inputs == InputIntegers.Bits8)
            ByteTiles.One<TRegister, TVector, TFormat, TRows>(scales, chunks, panelBytes, rows, groups, output, outputStride);
        else
            PairTiles.One<TRegister, TVector, TFormat, TRows>(scales, chunks, panelBytes, rows, groups, output, outputStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunks, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        if (TFormat.Inputs == InputIntegers.Bits8)
            ByteTiles.Two<TRegister, TVector, TFormat, TRows>(scales, chunks, panelBytes, rows, groups, output, outputStride);
        else
            PairTiles.Two<TRegister, TVector, TFormat, TRows>(scales, chunks, panelBytes, rows, groups, output, outputStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<TRegister, TVector, TFormat, TRows>(
        byte* scales, byte* chunks, nint panelBytes, byte** rows, int groups, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat where TRows : unmanaged, ITileRows
    {
        if (TFormat.Inputs == InputIntegers.Bits8)
            ByteTiles.Four<TRegister, TVector, TFormat, TRows>(scales, chunks, panelBytes, rows, groups, output, outputStride);
        else
            PairTiles.Four<TRegister, TVector, TFormat, TRows>(scales, chunks, panelBytes, rows, groups, output, outputStride);
    }
}
