using ILGPU;

namespace Moe.Runtime.Gpu.Kernels;

/// <summary>One element of a rotated head: pair (a, b) becomes (a cos − b sin, b cos + a sin).</summary>
public static class GpuRotary
{
    /// <summary>Pairs (i, i + size/2), as in GPT-NeoX and Hugging Face's Llama.</summary>
    /// <param name="row">Where the head lies.</param>
    /// <param name="first">Index of the first element that turns.</param>
    /// <param name="element">Which element, from 0, below size.</param>
    /// <param name="size">How many elements turn.</param>
    /// <param name="cosines">[positions, size / 2].</param>
    /// <param name="sines">[positions, size / 2].</param>
    /// <param name="position">The token's position.</param>
    public static float HalfSplit(
        ArrayView<float> row, long first, int element, int size, ArrayView<float> cosines, ArrayView<float> sines, int position)
    {
        int half = size / 2;
        int pair = element % half;
        float a = row[first + pair];
        float b = row[first + pair + half];
        float cosine = cosines[((long)position * half) + pair];
        float sine = sines[((long)position * half) + pair];
        return element < half ? (a * cosine) - (b * sine) : (b * cosine) + (a * sine);
    }

    /// <summary>Pairs (2i, 2i + 1), as in RoFormer and DeepSeek.</summary>
    /// <inheritdoc cref="HalfSplit"/>
    public static float Interleaved(
        ArrayView<float> row, long first, int element, int size, ArrayView<float> cosines, ArrayView<float> sines, int position)
    {
        int pair = element / 2;
        float a = row[first + (2 * pair)];
        float b = row[first + (2 * pair) + 1];
        float cosine = cosines[((long)position * (size / 2)) + pair];
        float sine = sines[((long)position * (size / 2)) + pair];
        return element % 2 == 0 ? (a * cosine) - (b * sine) : (b * cosine) + (a * sine);
    }
}
