using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Products of token rows with packed weight panels (<see cref="Weights.PackedMatrix"/>).
/// output[token·outputStride + panel·16 + lane] = Σ over k of input[token·inputStride + k] · weight[panel·16 + lane][k],
/// k ascending, one multiply-add each: the same bits whatever the number of tokens and panels in a call.
/// </summary>
/// <remarks>
/// Every output row must have room for 16 numbers a panel. Inputs are read up to the last column and no further. Rows of
/// input whose stride is a multiple of 4096 bytes fall into the same sets of the first cache; a stride of 16 floats more
/// is faster when many tokens are multiplied.
/// </remarks>
public static unsafe class Panels
{
    /// <summary>Tokens in consecutive rows.</summary>
    /// <typeparam name="TFormat">Weight format.</typeparam>
    /// <typeparam name="TColumns">Length of the sum.</typeparam>
    /// <param name="weights">The first panel.</param>
    /// <param name="panels">How many consecutive panels.</param>
    /// <param name="input">The first token's row.</param>
    /// <param name="inputStride">Floats from one token's row to the next.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="output">The first token's sums.</param>
    /// <param name="outputStride">Floats from one token's sums to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TFormat, TColumns>(
        byte* weights, int panels, float* input, nint inputStride, int tokens, float* output, nint outputStride)
        where TFormat : IPanelFormat where TColumns : IDimension =>
        Multiply<TFormat, TColumns>(weights, panels, input, inputStride, null, tokens, output, outputStride);

    /// <summary>Tokens gathered: token t reads row <c>rows[t]</c> of the input and writes row t of the output.</summary>
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
        where TFormat : IPanelFormat where TColumns : IDimension =>
        TileProduct.Multiply<TFormat>(
            weights, TFormat.PanelBytes(TColumns.Size), panels, input, inputStride, rows, tokens, TColumns.Size,
            output, outputStride, false, 0);
}
