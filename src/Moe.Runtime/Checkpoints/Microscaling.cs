using System;
using System.Buffers;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// MXFP4 (Open Compute Project, Microscaling Formats 1.0) as gpt-oss stores it: blocks of 32 elements of a row share a
/// scale 2^(s − 127), s a byte; an element is a 4-bit float (sign, 2 bits of exponent, 1 of fraction), two to a byte, the
/// lower half first. <c>_blocks</c> is U8 [..., rows, columns / 32, 16], <c>_scales</c> U8 [..., rows, columns / 32].
/// </summary>
/// <remarks>Every finite value is exact in float32 and in bfloat16.</remarks>
public static class Microscaling
{
    /// <summary>Elements that share a scale.</summary>
    public const int BlockSize = 32;

    /// <summary>Ending of the tensor of 4-bit elements.</summary>
    public const string Blocks = "_blocks";

    /// <summary>Ending of the tensor of scales.</summary>
    public const string Scales = "_scales";

    private const int BytesPerBlock = BlockSize / 2;
    private const int ScaleBias = 127;

    // E2M1, by its 4 bits.
    private static readonly float[] Values = [0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f, -0f, -0.5f, -1f, -1.5f, -2f, -3f, -4f, -6f];

    /// <summary>Decodes blocks.</summary>
    /// <param name="elements">16 bytes a block.</param>
    /// <param name="scales">One scale a block; 255 is NaN.</param>
    /// <param name="destination">32 floats a block.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public static void Decode(ReadOnlySpan<byte> elements, ReadOnlySpan<byte> scales, Span<float> destination)
    {
        if (elements.Length != scales.Length * BytesPerBlock || destination.Length != scales.Length * BlockSize)
            throw new ArgumentException($"{elements.Length} bytes and {scales.Length} scales are not {destination.Length} elements.", nameof(destination));

        for (int block = 0; block < scales.Length; block++)
        {
            byte scale = scales[block];
            Span<float> target = destination.Slice(block * BlockSize, BlockSize);
            ReadOnlySpan<byte> source = elements.Slice(block * BytesPerBlock, BytesPerBlock);
            for (int i = 0; i < BytesPerBlock; i++)
            {
                target[2 * i] = Scaled(source[i] & 15, scale);
                target[(2 * i) + 1] = Scaled(source[i] >> 4, scale);
            }
        }
    }

    internal static void ReadRows(TensorSource source, TensorPart part, int firstRow, int columns, Span<float> destination)
    {
        int blocks = columns / BlockSize;
        long[] stored = ArrayPool<long>.Shared.Rent(blocks * BytesPerBlock);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(blocks * (BytesPerBlock + 1));
        try
        {
            Span<byte> elements = bytes.AsSpan(0, blocks * BytesPerBlock);
            Span<byte> scales = bytes.AsSpan(blocks * BytesPerBlock, blocks);
            for (int i = 0; i < destination.Length / columns; i++)
            {
                long row = ((long)part.Matrix * part.MatrixRows) + part.RowOf(firstRow + i);
                ReadBytes(source, part.Name + Blocks, row * blocks * BytesPerBlock, stored, elements);
                ReadBytes(source, part.Name + Scales, row * blocks, stored, scales);
                Span<float> target = destination.Slice(i * columns, columns);
                Decode(elements, scales, target);
                int nonFinite = Widening.IndexOfNonFinite(target);
                if (nonFinite >= 0)
                {
                    throw new CheckpointException(
                        source.Origin,
                        $"'{part.Name}{Scales}' holds {scales[nonFinite / BlockSize]} in row {row}, block {nonFinite / BlockSize}, which makes element {nonFinite} of the row {target[nonFinite]}; weights must be finite floats.");
                }
            }
        }
        finally
        {
            ArrayPool<long>.Shared.Return(stored);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static float Scaled(int bits, byte scale) => scale == byte.MaxValue ? float.NaN : MathF.ScaleB(Values[bits], scale - ScaleBias);

    private static void ReadBytes(TensorSource source, string name, long first, long[] stored, Span<byte> destination)
    {
        source.ReadIntegers(name, first, stored.AsSpan(0, destination.Length));
        for (int i = 0; i < destination.Length; i++)
            destination[i] = (byte)stored[i];
    }
}
