using System;
using System.Buffers.Binary;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Peers.Gguf;

/// <summary>Element types of GGUF tensors, with their numbers in the file.</summary>
public enum GgmlType
{
    /// <summary>float32.</summary>
    F32 = 0,

    /// <summary>Blocks of 32: a float16 scale and 4-bit integers from −8 to 7, byte i holding number i in its low and number 16 + i in its high half.</summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32: a float16 scale and 8-bit integers.</summary>
    Q8_0 = 8,

    /// <summary>bfloat16.</summary>
    BF16 = 30,
}

/// <summary>Sizes and encoding.</summary>
public static class GgmlTypes
{
    private const int Block = 32;

    /// <summary>The type of the same size class as one of our formats.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none that this writer knows.</exception>
    public static GgmlType Of(WeightFormat format) => format switch
    {
        WeightFormat.F32 => GgmlType.F32,
        WeightFormat.BF16 => GgmlType.BF16,
        WeightFormat.Int8 => GgmlType.Q8_0,
        WeightFormat.Int4 => GgmlType.Q4_0,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "The GGUF types written here stand for F32, BF16, Int8 and Int4."),
    };

    /// <summary>Elements of a block; rows are whole blocks.</summary>
    public static int BlockLength(this GgmlType type) => type is GgmlType.Q4_0 or GgmlType.Q8_0 ? Block : 1;

    /// <summary>Bytes of so many elements; blocks must be full.</summary>
    public static long Bytes(this GgmlType type, long elements) => type switch
    {
        GgmlType.F32 => elements * 4,
        GgmlType.BF16 => elements * 2,
        GgmlType.Q8_0 => elements / Block * 34,
        GgmlType.Q4_0 => elements / Block * 18,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown type."),
    };

    /// <summary>Encodes elements; as many bytes as <see cref="Bytes"/> says.</summary>
    public static void Encode(this GgmlType type, ReadOnlySpan<float> values, Span<byte> bytes)
    {
        switch (type)
        {
            case GgmlType.F32:
                for (int i = 0; i < values.Length; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * 4)..], values[i]);
                break;
            case GgmlType.BF16:
                for (int i = 0; i < values.Length; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes[(i * 2)..], BF16.Round(values[i]));
                break;
            default:
                if (values.Length % Block != 0)
                    throw new ArgumentException($"{values.Length} numbers are no whole blocks of {Block}.", nameof(values));
                int size = (int)type.Bytes(Block);
                for (int block = 0; block < values.Length / Block; block++)
                {
                    ReadOnlySpan<float> from = values.Slice(block * Block, Block);
                    Span<byte> to = bytes.Slice(block * size, size);
                    if (type == GgmlType.Q8_0)
                        EncodeEight(from, to);
                    else
                        EncodeFour(from, to);
                }

                break;
        }
    }

    /// <summary>The largest magnitude becomes 127.</summary>
    private static void EncodeEight(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        float largest = 0f;
        foreach (float value in values)
            largest = MathF.Max(largest, MathF.Abs(value));
        float step = largest / 127f;
        float inverse = step == 0f ? 0f : 1f / step;
        BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)step);
        for (int i = 0; i < Block; i++)
            bytes[2 + i] = unchecked((byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero));
    }

    /// <summary>The number of the largest magnitude becomes −8, whichever its sign; integers are stored with 8 added.</summary>
    private static void EncodeFour(ReadOnlySpan<float> values, Span<byte> bytes)
    {
        float extreme = 0f;
        foreach (float value in values)
        {
            if (MathF.Abs(value) > MathF.Abs(extreme))
                extreme = value;
        }

        float step = extreme / -8f;
        float inverse = step == 0f ? 0f : 1f / step;
        BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)step);
        for (int i = 0; i < Block / 2; i++)
            bytes[2 + i] = (byte)(Four(values[i] * inverse) | (Four(values[(Block / 2) + i] * inverse) << 4));
    }

    private static int Four(float steps) => Math.Clamp((int)MathF.Floor(steps + 8.5f), 0, 15);
}
