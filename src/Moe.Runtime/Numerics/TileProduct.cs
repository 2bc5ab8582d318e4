using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Cuts a product of rows with panels into register tiles. No cut changes a result: every sum runs over ascending columns
/// in one chain, and a sum that is put down between two chunks of columns is taken up again exactly.
/// </summary>
internal static unsafe class TileProduct
{
    /// <summary>Columns of a panel that stay in the first cache while all rows pass: 16 KB of float32.</summary>
    internal const int ChunkColumns = 256;

    /// <summary>From this many rows on, packed numbers are widened once a chunk instead of once a tile.</summary>
    internal const int WidenRows = 13;

    /// <summary>The product at the widest vectors of the machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Multiply<TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume)
        where TLayout : ITileLayout
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Register512, Vector512<float>, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume);
        else if (Vector256.IsHardwareAccelerated)
            Multiply<Register256, Vector256<float>, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume);
        else
            Multiply<Register128, Vector128<float>, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume);
    }

    internal static void Multiply<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        if (tokens <= 3)
            Few<TRegister, TVector, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume);
        else if (TLayout.IsWidened && tokens >= WidenRows)
            Widened<TRegister, TVector, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume);
        else
            Many<TRegister, TVector, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume);
    }

    /// <summary>One to three rows: many vectors at once, so that memory and not the latency of the sums sets the pace.</summary>
    private static void Few<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        float** sources = stackalloc float*[3];
        Gather(sources, input, inputStride, rows, 0, tokens);
        int vectors = panels * 16 / TRegister.Count;
        int vector = 0;
        for (; tokens == 1 && vector <= vectors - 8; vector += 8)
            Tiles.Eight<TRegister, TVector, TLayout>(
                weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, resume);
        for (; vector <= vectors - 4; vector += 4)
            Tiles.Four<TRegister, TVector, TLayout>(
                tokens, weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, outputStride, resume);
        for (; vector <= vectors - 2; vector += 2)
            Tiles.Two<TRegister, TVector, TLayout>(
                tokens, weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, outputStride, resume);
        if (vector < vectors)
            Tiles.Two<Register256, Vector256<float>, TLayout>(
                tokens, weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, outputStride, resume);
    }

    private static void Many<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        for (int start = 0; start < columns; start += ChunkColumns)
        {
            int chunk = Math.Min(ChunkColumns, columns - start);
            byte* chunkWeights = weights + start / 2 * TLayout.StepBytes;
            Chunk<TRegister, TVector, TLayout>(
                chunkWeights, panelBytes, panels, input + start, inputStride, rows, tokens, chunk, output, outputStride,
                resume || start > 0);
        }
    }

    [SkipLocalsInit]
    private static void Widened<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        // One panel more than the chunk's, so that the start can be moved to a cache line.
        byte* memory = stackalloc byte[ChunkColumns * 64 * 2 + 64];
        float* wide = (float*)(((nint)memory + 63) & ~(nint)63);
        const nint WideBytes = ChunkColumns * 64;
        for (int start = 0; start < columns; start += ChunkColumns)
        {
            int chunk = Math.Min(ChunkColumns, columns - start);
            byte* chunkWeights = weights + start / 2 * TLayout.StepBytes;
            for (int panel = 0; panel < panels; panel += 2)
            {
                int pair = Math.Min(2, panels - panel);
                for (int one = 0; one < pair; one++)
                    Widen<TRegister, TVector, TLayout>(
                        chunkWeights + (panel + one) * panelBytes, chunk, wide + one * (WideBytes / 4));
                Chunk<TRegister, TVector, F32>(
                    (byte*)wide, WideBytes, pair, input + start, inputStride, rows, tokens, chunk, output + panel * 16,
                    outputStride, resume || start > 0);
            }
        }
    }

    private static void Chunk<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        float** sources = stackalloc float*[Tiles.MostRows];
        int groups = (tokens + Tiles.MostRows - 1) / Tiles.MostRows;
        int vectors = panels * 16 / TRegister.Count;
        for (int vector = 0; vector < vectors; vector += 2)
        {
            byte* tile = weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes);
            for (int group = 0; group < groups; group++)
            {
                // As even as can be: 6 + 1 rows would leave the last tile waiting for its own sums.
                int first = (int)((long)tokens * group / groups);
                int count = (int)((long)tokens * (group + 1) / groups) - first;
                Gather(sources, input, inputStride, rows, first, count);
                float* target = output + first * outputStride + vector * TRegister.Count;
                if (vector + 1 < vectors)
                    Tiles.Two<TRegister, TVector, TLayout>(
                        count, tile, panelBytes, sources, columns, target, outputStride, resume);
                else
                    Tiles.Two<Register256, Vector256<float>, TLayout>(
                        count, tile, panelBytes, sources, columns, target, outputStride, resume);
            }
        }
    }

    /// <summary>Writes a panel's chunk as float32, in the layout of <see cref="F32"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<TRegister, TVector, TLayout>(byte* panel, int columns, float* wide)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        for (int column = 0; column < columns; column += 2)
        {
            for (int lane = 0; lane < 16; lane += TRegister.Count)
            {
                TRegister.Store(TLayout.First<TRegister, TVector>(panel + lane * TLayout.LaneBytes), wide + lane);
                if (column + 1 < columns)
                    TRegister.Store(TLayout.Second<TRegister, TVector>(panel + lane * TLayout.LaneBytes), wide + 16 + lane);
            }

            panel += TLayout.StepBytes;
            wide += 32;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather(float** sources, float* input, nint inputStride, int* rows, int first, int count)
    {
        for (int row = 0; row < count; row++)
            sources[row] = input + (rows == null ? first + row : rows[first + row]) * inputStride;
    }
}
