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
    /// <summary>Columns after which sums are put down: a panel's chunk of 64 KB of float32 stays in the second cache.</summary>
    internal const int ChunkColumns = 1024;

    /// <summary>Tokens whose chunks of columns stay in the second cache beside it while all panels pass.</summary>
    internal const int ChunkTokens = 48;

    /// <summary>The product at the widest vectors of the machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Multiply<TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume, nint ahead)
        where TLayout : ITileLayout
    {
        if (Vector512.IsHardwareAccelerated)
            Multiply<Register512, Vector512<float>, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, ahead);
        else if (Vector256.IsHardwareAccelerated)
            Multiply<Register256, Vector256<float>, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, ahead);
        else
            Multiply<Register128, Vector128<float>, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, ahead);
    }

    internal static void Multiply<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        // A register tile of four vectors reads four lines side by side: one row of keys is such a run. 16 registers hold three rows of it.
        if (tokens <= (TRegister.Count == 16 ? Tiles.MostRows : 3))
            Few<TRegister, TVector, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, ahead);
        else
            Many<TRegister, TVector, TLayout>(
                weights, panelBytes, panels, input, inputStride, rows, tokens, columns, output, outputStride, resume, ahead);
    }

    /// <summary>A few rows: many vectors at once, so that memory and not the latency of the sums sets the pace.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Few<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        float** sources = stackalloc float*[Tiles.MostRows];
        Gather(sources, input, inputStride, rows, 0, tokens);
        int vectors = panels * 16 / TRegister.Count;
        int vector = 0;
        for (; tokens == 1 && vector <= vectors - 8; vector += 8)
            Tiles.Eight<TRegister, TVector, TLayout>(
                weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, resume, Next<TRegister, TVector, TLayout>(8, panelBytes, columns, ahead));
        for (; vector <= vectors - 4; vector += 4)
            Tiles.Four<TRegister, TVector, TLayout>(
                tokens, weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, outputStride, resume, Next<TRegister, TVector, TLayout>(4, panelBytes, columns, ahead));
        for (; vector <= vectors - 2; vector += 2)
            Tiles.Two<TRegister, TVector, TLayout>(
                tokens, weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, outputStride, resume, Next<TRegister, TVector, TLayout>(2, panelBytes, columns, ahead));
        if (vector < vectors)
            Tiles.Two<Register256, Vector256<float>, TLayout>(
                tokens, weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, sources, columns,
                output + vector * TRegister.Count, outputStride, resume, Next<Register256, Vector256<float>, TLayout>(2, panelBytes, columns, ahead));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Many<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        int blocks = (tokens + ChunkTokens - 1) / ChunkTokens;
        // Up to eleven rows go through a tile of panels piece by piece.
        int chunkColumns = TRegister.Count == 16 && tokens < 12 ? columns : ChunkColumns;
        for (int start = 0; start < columns; start += chunkColumns)
        {
            int chunk = Math.Min(chunkColumns, columns - start);
            byte* chunkWeights = weights + start / 2 * TLayout.StepBytes;
            for (int block = 0; block < blocks; block++)
            {
                int first = (int)((long)tokens * block / blocks);
                int count = (int)((long)tokens * (block + 1) / blocks) - first;
                Chunk<TRegister, TVector, TLayout>(
                    chunkWeights, panelBytes, panels, rows == null ? input + first * inputStride + start : input + start,
                    inputStride, rows == null ? null : rows + first, count, chunk,
                    output + first * outputStride, outputStride, resume || start > 0, ahead);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chunk<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, int panels, float* input, nint inputStride, int* rows, int tokens, int columns,
        float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        float** sources = stackalloc float*[12];
        int vectors = panels * 16 / TRegister.Count;
        int tall = TRegister.Count == 16 ? tokens / 12 * 12 : 0;
        // Widening takes a register, and with six rows there is none left of 16; only 6 tokens are better off so than as 3 + 3.
        int mostRows = TLayout.IsWidened && TRegister.Count < 16 && tokens != 6 ? Tiles.MostRows - 1 : Tiles.MostRows;
        int groups = (tokens - tall + mostRows - 1) / mostRows;
        int vector = 0;
        for (; TRegister.Count == 16 && tall == 0 && vector <= vectors - 4; vector += 4)
        {
            Pieces<TRegister, TVector, TLayout>(
                weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes), panelBytes, input, inputStride, rows, tokens, groups, columns,
                output + vector * TRegister.Count, outputStride, resume, ahead);
        }

        for (; vector < vectors; vector += 2)
        {
            byte* tile = weights + Tiles.Offset<TRegister, TVector, TLayout>(vector, panelBytes);
            float* target = output + vector * TRegister.Count;
            if (vector + 1 == vectors)
            {
                // One panel is left of an odd number, and a register of 16 lanes covers it alone: halves of it instead.
                Chunk<Register256, Vector256<float>, TLayout>(
                    tile, panelBytes, 1, input, inputStride, rows, tokens, columns, target, outputStride, resume, ahead);
                return;
            }

            for (int first = 0; first < tall; first += 12)
            {
                Gather(sources, input, inputStride, rows, first, 12);
                Tiles.Twelve<TRegister, TVector, TLayout>(
                    tile, panelBytes, sources, columns, target + first * outputStride, outputStride, resume, Next<TRegister, TVector, TLayout>(2, panelBytes, columns, ahead));
            }

            for (int group = 0; group < groups; group++)
            {
                // As even as can be: 6 + 1 rows would leave the last tile waiting for its own sums.
                int first = tall + (int)((long)(tokens - tall) * group / groups);
                int count = tall + (int)((long)(tokens - tall) * (group + 1) / groups) - first;
                Gather(sources, input, inputStride, rows, first, count);
                Tiles.Two<TRegister, TVector, TLayout>(
                    count, tile, panelBytes, sources, columns, target + first * outputStride, outputStride, resume, Next<TRegister, TVector, TLayout>(2, panelBytes, columns, ahead));
            }
        }
    }

    // Four vectors, and rows of more than one tile: columns by pieces as long as what is asked for ahead, so that the next piece comes
    // while all tiles of rows go through this one.
    private static void Pieces<TRegister, TVector, TLayout>(
        byte* weights, nint panelBytes, float* input, nint inputStride, int* rows, int tokens, int groups, int columns,
        float* output, nint outputStride, bool resume, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout
    {
        float** sources = stackalloc float*[Tiles.MostRows];
        // Short pieces put sums down often, which widened weights, bound by arithmetic from six rows on, have no time for.
        int piece = TLayout.IsStreamed && !TLayout.IsWidened ? Ahead.Far / (int)TLayout.StepBytes * 2 : ChunkColumns;
        for (int start = 0; start < columns; start += piece)
        {
            int count = Math.Min(piece, columns - start);
            nint next = start + count < columns ? 0 : Next<TRegister, TVector, TLayout>(4, panelBytes, columns, ahead);
            for (int group = 0; group < groups; group++)
            {
                int first = (int)((long)tokens * group / groups);
                int height = (int)((long)tokens * (group + 1) / groups) - first;
                Gather(sources, input + start, inputStride, rows, first, height);
                Tiles.Four<TRegister, TVector, TLayout>(
                    height, weights + start / 2 * TLayout.StepBytes, panelBytes, sources, count, output + first * outputStride, outputStride,
                    resume || start > 0, next);
            }
        }
    }

    // From the end of a stream to where it goes on in the next tile of so many vectors; of other operands, what the caller says.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Next<TRegister, TVector, TLayout>(int vectors, nint panelBytes, int columns, nint ahead)
        where TRegister : IRegister<TVector> where TVector : struct where TLayout : ITileLayout =>
        TLayout.IsStreamed ? Tiles.Offset<TRegister, TVector, TLayout>(vectors, panelBytes) - columns / 2 * TLayout.StepBytes : ahead;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather(float** sources, float* input, nint inputStride, int* rows, int first, int count)
    {
        for (int row = 0; row < count; row++)
            sources[row] = input + (rows == null ? first + row : rows[first + row]) * inputStride;
    }
}
