using System;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Memory;

public sealed unsafe class KeyValueCacheTests
{
    [Theory]
    [InlineData(1, CacheFormat.F32, 256)]
    [InlineData(7, CacheFormat.F32, 7 * 64 * 4)]
    [InlineData(7, CacheFormat.BF16, 7 * 64 * 2)]
    public void Bytes_GrowByWholeBlocks_AndFallByWholeBlocks(long elements, CacheFormat format, long blockBytes)
    {
        using var cache = new KeyValueCache(elements, format, 1000);
        Assert.Equal(0, cache.Bytes);
        foreach ((int length, int blocks) in new[] { (1, 1), (64, 1), (65, 2), (640, 10) })
        {
            cache.Reserve(length);
            cache.Advance(length - cache.Length);
            Assert.Equal(blocks * blockBytes, cache.Bytes);
            Assert.Equal(blocks, cache.Blocks);
        }

        foreach ((int length, int blocks) in new[] { (129, 3), (128, 2), (1, 1), (0, 0) })
        {
            cache.Truncate(length);
            Assert.Equal(length, cache.Length);
            Assert.Equal(blocks * blockBytes, cache.Bytes);
        }
    }

    // Blocks of 1 MB and of 5/8 MB: two and four of them are the least that fills a large page.
    [Theory]
    [InlineData(4096, 2)]
    [InlineData(2560, 4)]
    public void Blocks_ThatFillALargePage_AreAllocatedTogether(long elements, int together)
    {
        long blockBytes = elements * CacheBlock.Positions * 4;
        using var cache = new KeyValueCache(elements, CacheFormat.F32, 2000);
        cache.Reserve(64);
        Assert.Equal(blockBytes, cache.Bytes);

        cache.Reserve(64 * 5);
        cache.Advance(64 * 5);
        Assert.Equal(5, cache.Blocks);
        Assert.Equal((1 + (4 + together - 1) / together * together) * blockBytes, cache.Bytes);
        Assert.Equal(0, (nint)cache.Block(1) % (2 << 20));
        for (int block = 0; block < 5; block++)
            new Span<byte>(cache.Block(block), (int)blockBytes).Fill((byte)(block + 1));

        cache.Truncate(64 * 2);
        Assert.Equal((1 + together) * blockBytes, cache.Bytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => (nint)cache.Block(2));
        cache.Reserve(64 * 3);
        Assert.Equal(1, *cache.Block(0));
        Assert.Equal(2, *cache.Block(1));
        Assert.False(new Span<byte>(cache.Block(2), (int)blockBytes).ContainsAnyExcept((byte)0));

        cache.Truncate(0);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void Block_JustAllocated_IsZeroAndAligned()
    {
        // Memory is dirtied and given back first, so that the allocator has something to hand out again.
        using var cache = new KeyValueCache(33, CacheFormat.F32, 64 * 20);
        for (int round = 0; round < 3; round++)
        {
            cache.Reserve(64 * 20);
            for (int index = 0; index < 20; index++)
            {
                byte* block = cache.Block(index);
                Assert.Equal(0, (nint)block % 64);
                var bytes = new Span<byte>(block, 33 * CacheBlock.Positions * 4);
                Assert.False(bytes.ContainsAnyExcept((byte)0));
                bytes.Fill(0xFF);
            }

            cache.Truncate(0);
        }
    }

    [Fact]
    public void Fork_ChangedAfterwards_LeavesTheOriginalAlone()
    {
        using var cache = new KeyValueCache(3, CacheFormat.F32, 200);
        cache.Reserve(100);
        cache.Advance(100);
        Fill(cache, 1);
        using var copy = (KeyValueCache)cache.Fork();
        Assert.Equal(100, copy.Length);
        Assert.Equal(cache.Bytes, copy.Bytes);
        Assert.Equal(1, *copy.Block(1));

        Fill(copy, 2);
        copy.Truncate(3);
        Assert.Equal(1, *cache.Block(0));
        Assert.Equal(1, *cache.Block(1));
        Assert.Equal(2, *copy.Block(0));
        Assert.Equal(100, cache.Length);
    }

    [Fact]
    public void Fork_OfRoomThatWasOnlyReserved_CopiesWhatIsFilled()
    {
        using var cache = new KeyValueCache(1, CacheFormat.F32, 200);
        cache.Reserve(200);
        cache.Advance(64);
        using SequenceCache copy = cache.Fork();
        Assert.Equal(256, copy.Bytes);
    }

    [Fact]
    public void Truncate_ToTheSameLength_GivesReservedRoomBack()
    {
        using var cache = new KeyValueCache(1, CacheFormat.F32, 200);
        cache.Reserve(200);
        cache.Advance(10);
        cache.Truncate(10);
        Assert.Equal(1, cache.Blocks);
    }

    [Fact]
    public void Rewind_ThenAdvance_KeepsContents()
    {
        using var cache = new KeyValueCache(1, CacheFormat.F32, 200);
        cache.Reserve(65);
        cache.Advance(65);
        *cache.Block(1) = 9;
        cache.Rewind(1);
        Assert.Equal(64, cache.Length);
        cache.Advance(1);
        Assert.Equal(9, *cache.Block(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Rewind(66));
    }

    [Fact]
    public void Reserve_AboveTheContext_SaysBothNumbers()
    {
        using var cache = new KeyValueCache(1, CacheFormat.F32, 200);
        var exception = Assert.Throws<ContextOverflowException>(() => cache.Reserve(201));
        Assert.Contains("201", exception.Message);
        Assert.Contains("200", exception.Message);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void Arguments_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueCache(-1, CacheFormat.F32, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueCache(1, CacheFormat.F32, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueCache(1, (CacheFormat)7, 1));
        Assert.Throws<OverflowException>(() => new KeyValueCache(long.MaxValue / 8, CacheFormat.F32, 1));
        using var cache = new KeyValueCache(1, CacheFormat.F32, 200);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => (nint)cache.Block(0));
    }

    [Fact]
    public void Reserve_MoreMemoryThanThereIs_ThrowsAndKeepsWhatWasThere()
    {
        // 2^50 bytes a block: more than any address space gives.
        using var cache = new KeyValueCache(1L << 42, CacheFormat.F32, 200);
        var exception = Assert.Throws<OutOfMemoryException>(() => cache.Reserve(65));
        Assert.Contains("2 more blocks", exception.Message);
        Assert.Equal(0, cache.Blocks);
    }

    [Fact]
    public void Dispose_ThenUse_Throws()
    {
        var cache = new KeyValueCache(1, CacheFormat.F32, 200);
        cache.Reserve(100);
        cache.Dispose();
        cache.Dispose();
        Assert.Equal(0, cache.Bytes);
        Assert.Throws<ObjectDisposedException>(() => cache.Reserve(1));
        Assert.Throws<ObjectDisposedException>(() => cache.Fork());
    }

    private static void Fill(KeyValueCache cache, byte value)
    {
        for (int index = 0; index < cache.Blocks; index++)
            new Span<byte>(cache.Block(index), 3 * 64 * 4).Fill(value);
    }
}
