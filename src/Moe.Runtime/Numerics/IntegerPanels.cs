using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Moe.Runtime.MachineCode;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Products of token rows with packed weight panels in groups (<see cref="IGroupFormat"/>):
/// output[token·outputStride + panel·16 + lane] = Σ over groups of (input scale · Σ input integer · weight integer) · weight scale
/// (+ input scale · Σ input integer · minimum), groups ascending: the same bits whatever the number of tokens and panels in a call, and
/// at every vector width.
/// </summary>
/// <remarks>Every output row must have room for 16 numbers a panel.</remarks>
public static unsafe class IntegerPanels
{
    /// <summary>Tokens whose integers stand behind their rows (<see cref="IntegerRows.Write{TSize}(float*, bool)"/>).</summary>
    /// <typeparam name="TFormat">Weight format.</typeparam>
    /// <typeparam name="TColumns">Length of the sum.</typeparam>
    /// <param name="weights">The first panel.</param>
    /// <param name="panels">How many consecutive panels.</param>
    /// <param name="input">Row 0 of the input.</param>
    /// <param name="inputStride">Floats from one input row to the next.</param>
    /// <param name="rows">The input row of each token, or null for consecutive rows.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="output">The first token's sums.</param>
    /// <param name="outputStride">Floats from one token's sums to the next.</param>
    public static void Multiply<TFormat, TColumns>(
        byte* weights, int panels, float* input, nint inputStride, int* rows, int tokens, float* output, nint outputStride)
        where TFormat : IGroupFormat where TColumns : IDimension =>
        Multiply<TFormat>(
            weights, panels, TColumns.Size, (byte*)(input + IntegerRows.Offset(TColumns.Size)), inputStride * sizeof(float), rows, tokens, output, outputStride);

    /// <summary>Tokens whose rows have no integers behind them: a few at a time are made here.</summary>
    /// <inheritdoc cref="Multiply{TFormat, TColumns}"/>
    [SkipLocalsInit]
    public static void MultiplyFloats<TFormat, TColumns>(
        byte* weights, int panels, float* input, nint inputStride, int* rows, int tokens, float* output, nint outputStride)
        where TFormat : IGroupFormat where TColumns : IDimension
    {
        const int AtOnce = 6;
        int floats = IntegerRows.Floats(TColumns.Size);
        float* integers = stackalloc float[AtOnce * floats];
        for (int first = 0; first < tokens; first += AtOnce)
        {
            int count = Math.Min(AtOnce, tokens - first);
            for (int row = 0; row < count; row++)
            {
                nint source = rows == null ? first + row : rows[first + row];
                IntegerRows.Write(input + (source * inputStride), TColumns.Size, (byte*)(integers + (row * floats)));
            }

            Multiply<TFormat>(
                weights, panels, TColumns.Size, (byte*)integers, floats * sizeof(float), null, count, output + (first * outputStride), outputStride);
        }
    }

    /// <summary>The product at the widest vectors of the machine, in machine code where that has more to it.</summary>
    internal static void Multiply<TFormat>(
        byte* weights, int panels, int columns, byte* integers, nint strideBytes, int* rows, int tokens, float* output, nint outputStride)
        where TFormat : IGroupFormat
    {
        if (DotProducts<TFormat>.AreAvailable)
            DotProducts<TFormat>.Multiply(weights, panels, columns, integers, strideBytes, rows, tokens, output, outputStride);
        else if (Vector512.IsHardwareAccelerated)
            Multiply<Register512, Vector512<float>, TFormat>(weights, panels, columns, integers, strideBytes, rows, tokens, output, outputStride);
        else if (Vector256.IsHardwareAccelerated)
            Multiply<Register256, Vector256<float>, TFormat>(weights, panels, columns, integers, strideBytes, rows, tokens, output, outputStride);
        else
            Multiply<Register128, Vector128<float>, TFormat>(weights, panels, columns, integers, strideBytes, rows, tokens, output, outputStride);
    }

    /// <summary>The product at one width.</summary>
    internal static void Multiply<TRegister, TVector, TFormat>(
        byte* weights, int panels, int columns, byte* integers, nint strideBytes, int* rows, int tokens, float* output, nint outputStride)
        where TRegister : IIntegerRegister<TVector> where TVector : struct where TFormat : IGroupFormat
    {
        int groups = Groups.Of(columns);
        nint panelBytes = (nint)Groups.PanelBytes<TFormat>(columns);
        nint scaleBytes = (nint)Groups.ScaleBytes<TFormat>(columns);
        int vectors = panels * 16 / TRegister.Count;

        // 32 registers hold the sums of six rows by two vectors, integers and floats; 16 hold those of two rows.
        int most = TRegister.Count == 16 ? 6 : 2;
        byte** sources = stackalloc byte*[6];
        int vector = 0;
        if (TRegister.Count == 16 && tokens <= 3)
        {
            Gather(sources, integers, strideBytes, rows, 0, tokens);
            for (; vector <= vectors - 4; vector += 4)
            {
                byte* panel = weights + (vector * panelBytes);
                GroupTiles.Four<TRegister, TVector, TFormat>(
                    tokens, panel, panel + scaleBytes, panelBytes, sources, groups, output + (vector * TRegister.Count), outputStride);
            }
        }

        for (; vector <= vectors - 2; vector += 2)
        {
            byte* scales = weights + GroupTiles.Offset<TRegister, TVector>(vector, panelBytes, TFormat.ScaleLaneBytes);
            byte* chunks = weights + scaleBytes + GroupTiles.Offset<TRegister, TVector>(vector, panelBytes, 4);
            for (int first = 0; first < tokens; first += most)
            {
                int count = Math.Min(most, tokens - first);
                Gather(sources, integers, strideBytes, rows, first, count);
                GroupTiles.Two<TRegister, TVector, TFormat>(
                    count, scales, chunks, panelBytes, sources, groups, output + (first * outputStride) + (vector * TRegister.Count), outputStride);
            }
        }

        // A last panel alone, three rows at a time.
        for (int first = 0; vector < vectors && first < tokens; first += 3)
        {
            byte* panel = weights + (vector * panelBytes);
            int count = Math.Min(3, tokens - first);
            Gather(sources, integers, strideBytes, rows, first, count);
            GroupTiles.One<TRegister, TVector, TFormat>(
                count, panel, panel + scaleBytes, panelBytes, sources, groups, output + (first * outputStride) + (vector * TRegister.Count), outputStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather(byte** sources, byte* integers, nint strideBytes, int* rows, int first, int count)
    {
        for (int row = 0; row < count; row++)
            sources[row] = integers + ((rows == null ? first + row : rows[first + row]) * strideBytes);
    }
}
