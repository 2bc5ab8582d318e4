using System;
using System.Runtime.CompilerServices;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Weights;

/// <summary>
/// Products with a packed matrix whose format was chosen at load: one predictable branch, then code for that format.
/// </summary>
public static unsafe class PackedProducts
{
    /// <summary>output[r, column] = Σₖ input[r, k] · weight[column, k] for the columns of a run of panels.</summary>
    /// <typeparam name="TColumns">Length of the sum.</typeparam>
    /// <param name="weights">The matrices.</param>
    /// <param name="matrix">Which of them.</param>
    /// <param name="firstPanel">First panel of 16 weight rows.</param>
    /// <param name="panels">Panels.</param>
    /// <param name="input">First input row.</param>
    /// <param name="inputStride">Floats from one input row to the next.</param>
    /// <param name="rows">Input rows.</param>
    /// <param name="output">Where the first row's first column goes.</param>
    /// <param name="outputStride">Floats from one output row to the next, at least panels · 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TColumns>(
        this PackedMatrix weights, int matrix, int firstPanel, int panels, float* input, int inputStride, int rows, float* output, int outputStride)
        where TColumns : struct, IDimension
    {
        byte* first = weights.Matrix(matrix) + (firstPanel * weights.BytesPerPanel);
        Multiply<TColumns>(weights, first, panels, input, inputStride, null, rows, output, outputStride);
    }

    /// <summary>The same with gathered input: row r of the output belongs to row <paramref name="inputRows"/>[r] of the input.</summary>
    /// <typeparam name="TColumns">Length of the sum.</typeparam>
    /// <param name="weights">The matrices.</param>
    /// <param name="matrix">Which of them.</param>
    /// <param name="firstPanel">First panel of 16 weight rows.</param>
    /// <param name="panels">Panels.</param>
    /// <param name="input">Row 0 of the input.</param>
    /// <param name="inputStride">Floats from one input row to the next.</param>
    /// <param name="inputRows">Input row of each output row.</param>
    /// <param name="rows">Output rows.</param>
    /// <param name="output">Where the first row's first column goes.</param>
    /// <param name="outputStride">Floats from one output row to the next, at least panels · 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TColumns>(
        this PackedMatrix weights, int matrix, int firstPanel, int panels, float* input, int inputStride, int* inputRows, int rows, float* output, int outputStride)
        where TColumns : struct, IDimension
    {
        byte* first = weights.Matrix(matrix) + (firstPanel * weights.BytesPerPanel);
        Multiply<TColumns>(weights, first, panels, input, inputStride, inputRows, rows, output, outputStride);
    }

    /// <summary>
    /// As <see cref="Multiply{TColumns}(PackedMatrix, int, int, int, float*, int, int, float*, int)"/> where the input is cut out of rows, so
    /// that no integers stand behind it; they are made on the way.
    /// </summary>
    /// <inheritdoc cref="Multiply{TColumns}(PackedMatrix, int, int, int, float*, int, int, float*, int)"/>
    public static void MultiplyPart<TColumns>(
        this PackedMatrix weights, int matrix, int firstPanel, int panels, float* input, int inputStride, int rows, float* output, int outputStride)
        where TColumns : struct, IDimension =>
        MultiplyPart<TColumns>(weights, matrix, firstPanel, panels, input, inputStride, null, rows, output, outputStride);

    /// <summary>The same with gathered input.</summary>
    /// <inheritdoc cref="Multiply{TColumns}(PackedMatrix, int, int, int, float*, int, int*, int, float*, int)"/>
    public static void MultiplyPart<TColumns>(
        this PackedMatrix weights, int matrix, int firstPanel, int panels, float* input, int inputStride, int* inputRows, int rows, float* output, int outputStride)
        where TColumns : struct, IDimension
    {
        byte* first = weights.Matrix(matrix) + (firstPanel * weights.BytesPerPanel);
        switch (weights.Format)
        {
            case WeightFormat.Int8:
                IntegerPanels.MultiplyFloats<Int8, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
            case WeightFormat.Int4:
                IntegerPanels.MultiplyFloats<Int4, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
            case WeightFormat.MXFP4:
                IntegerPanels.MultiplyFloats<MXFP4, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
            default:
                Multiply<TColumns>(weights, first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
        }

        GC.KeepAlive(weights);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TColumns>(
        PackedMatrix weights, byte* first, int panels, float* input, int inputStride, int* inputRows, int rows, float* output, int outputStride)
        where TColumns : struct, IDimension
    {
        switch (weights.Format)
        {
            case WeightFormat.F32:
                Panels.Multiply<F32, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
            case WeightFormat.BF16:
                Panels.Multiply<BF16, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
            case WeightFormat.Int8:
                IntegerPanels.Multiply<Int8, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
            case WeightFormat.Int4:
                IntegerPanels.Multiply<Int4, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
            default:
                IntegerPanels.Multiply<MXFP4, TColumns>(first, panels, input, inputStride, inputRows, rows, output, outputStride);
                break;
        }

        // Its finalizer frees what the pointer points to.
        GC.KeepAlive(weights);
    }
}
