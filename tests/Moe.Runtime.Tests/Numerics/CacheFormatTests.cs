using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

/// <summary>How a cache's numbers are rounded when they are stored.</summary>
public unsafe class CacheFormatTests
{
    [Fact]
    public void WriteValueAndKey_BFloat16_RoundToNearestEven()
    {
        float[] numbers = [1f, 1.00390625f, 1.01171875f, -3.1415927f, float.NaN, float.PositiveInfinity, float.MaxValue, 1e-41f];
        using NativeFloats row = NativeFloats.Of(numbers);
        using NativeFloats block = new(8 * 64 / 2);
        CacheBlock.WriteKey<BF16, D8>(row.Pointer, block.Bytes, 5);
        for (int i = 0; i < 8; i++)
            Assert.Equal(BF16.Widen(BF16.Round(numbers[i])), BF16.Widen(((ushort*)block.Bytes)[i * 64 + 5]));
        CacheBlock.WriteValue<BF16, D8>(row.Pointer, block.Bytes, 63);
        for (int i = 0; i < 8; i++)
            Assert.Equal(BF16.Widen(BF16.Round(numbers[i])), BF16.Widen(((ushort*)block.Bytes)[63 * 8 + i]));
        Assert.Equal(1f, BF16.Widen(BF16.Round(1.00390625f)));
        Assert.Equal(1.015625f, BF16.Widen(BF16.Round(1.01171875f)));
        Assert.Equal(float.PositiveInfinity, BF16.Widen(BF16.Round(float.MaxValue)));
        Assert.True(float.IsNaN(BF16.Widen(BF16.Round(BitConverter.Int32BitsToSingle(0x7F800001)))));
    }

    [Fact]
    public void StoreBFloat16_AtEveryWidth_RoundsAlike()
    {
        Random random = new(6);
        ushort* one = stackalloc ushort[16], other = stackalloc ushort[16];
        using NativeFloats x = new(16);
        for (int round = 0; round < 2000; round++)
        {
            foreach (ref float value in x.Span)
                value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            Narrow<Lanes1>(x, one);
            Narrow<Lanes4>(x, other);
            Assert.True(new Span<ushort>(one, 16).SequenceEqual(new Span<ushort>(other, 16)));
            Narrow<Lanes8>(x, other);
            Assert.True(new Span<ushort>(one, 16).SequenceEqual(new Span<ushort>(other, 16)));
            Narrow<Lanes16>(x, other);
            Assert.True(new Span<ushort>(one, 16).SequenceEqual(new Span<ushort>(other, 16)));
        }
    }

    private static void Narrow<T>(NativeFloats x, ushort* y) where T : struct, ILanes<T>
    {
        for (int i = 0; i < 16; i += T.Count)
            T.StoreBFloat16(T.Load(x.Pointer + i), y + i);
    }

    /// <summary>One query over keys and values that lie in blocks; NaN stands where nothing was written.</summary>
}
