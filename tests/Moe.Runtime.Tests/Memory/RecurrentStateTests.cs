using System;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;
using Moe.Runtime.Tests.Numerics;

namespace Moe.Runtime.Tests.Memory;

/// <summary>The state of linear attention: its numbers, and that cutting, copying and stepping again change no bit.</summary>
public sealed unsafe class RecurrentStateTests
{
    private const int Size = 17;
    private const int Positions = 150;
    private const float Decay = 0.96875f;

    [Fact]
    public void Attend_OverThreeBlocks_IsTheSumOverEarlierPositions()
    {
        using var cache = new KeyValueCache(2 * Size, CacheFormat.F32, 200, RecurrentState.Floats(Size));
        float[][] outputs = Run(cache, 0, Positions, seed: 1);
        for (int t = 0; t < Positions; t += 7)
        {
            for (int j = 0; j < Size; j++)
            {
                double expected = 0, size = 0;
                for (int s = 0; s <= t; s++)
                {
                    double product = 0;
                    for (int i = 0; i < Size; i++)
                        product += (double)Number(1, t, i) * Number(1, s, Size + i);
                    double term = Math.Pow(Decay, t - s) * product * Number(1, s, (2 * Size) + j);
                    expected += term;
                    size += Math.Abs(term);
                }

                // A rounding for each multiply-add and each product with the decay, of the sum of sizes.
                Assert.True(Math.Abs(expected - outputs[t][j]) <= 1e-5 * Math.Max(1, size), $"position {t}: {outputs[t][j]} instead of {expected}");
            }
        }
    }

    [Theory]
    [InlineData(CacheFormat.F32, 149)]
    [InlineData(CacheFormat.F32, 129)]
    [InlineData(CacheFormat.F32, 128)]
    [InlineData(CacheFormat.F32, 127)]
    [InlineData(CacheFormat.F32, 70)]
    [InlineData(CacheFormat.F32, 0)]
    [InlineData(CacheFormat.BF16, 100)]
    public void Truncate_AndAnotherEnding_HasTheBitsOfASequenceThatNeverHadTheFirst(CacheFormat format, int length)
    {
        using var cut = new KeyValueCache(2 * Size, format, 200, RecurrentState.Floats(Size));
        using var plain = new KeyValueCache(2 * Size, format, 200, RecurrentState.Floats(Size));
        Run(cut, 0, Positions, seed: 1);
        cut.Truncate(length);
        Run(plain, 0, length, seed: 1);
        Assert.Equal(Run(plain, length, Positions, seed: 2), Run(cut, length, Positions, seed: 2));
    }

    [Fact]
    public void Fork_AndRewind_KeepTheBits()
    {
        using var cache = new KeyValueCache(2 * Size, CacheFormat.F32, 200, RecurrentState.Floats(Size));
        Run(cache, 0, 100, seed: 1);
        using SequenceCache fork = cache.Fork();
        float[][] expected = Run(cache, 100, Positions, seed: 1);
        Assert.Equal(expected, Run((KeyValueCache)fork, 100, Positions, seed: 1));

        // The last tokens once more, as a step does that is asked for their logits.
        cache.Rewind(30);
        Assert.Equal(expected[^30..], Run(cache, Positions - 30, Positions, seed: 1));
    }

    [Fact]
    public void Cache_WithStates_ClearsAndCountsThem()
    {
        using var cache = new KeyValueCache(3, CacheFormat.BF16, 200, 33);
        cache.Reserve(1);
        Assert.Equal((3 * 64 * 2) + (33 * 4), cache.Bytes);
        for (int i = 0; i < 33; i++)
            Assert.Equal(0f, cache.State(0)[i]);
        Assert.Throws<ArgumentOutOfRangeException>(() => { cache.State(1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueCache(1, CacheFormat.F32, 1, -1));
    }

    [Fact]
    public void Decay_OfTwoLayers_IsSlowerInTheSecond()
    {
        float[] decays = Moe.Runtime.Numerics.Decay.Of(heads: 8, layers: 2);
        // The first head's rate is 1/2, the last one's 1/256.
        Assert.Equal(Math.Exp(-0.5 * 1.00001), decays[0], 6);
        Assert.Equal(Math.Exp(-1.00001 / 256), decays[7], 6);
        Assert.Equal(Math.Exp(-0.5 * 2e-5), decays[8], 6);
    }

    private static float[][] Run(KeyValueCache cache, int from, int to, int seed)
    {
        var outputs = new float[to - from][];
        float* row = stackalloc float[3 * Size];
        float* output = stackalloc float[Size];
        for (int position = from; position < to; position++)
        {
            cache.Reserve(position + 1);
            for (int i = 0; i < 3 * Size; i++)
                row[i] = Number(seed, position, i);
            if (cache.Format == CacheFormat.F32)
            {
                RecurrentState.Remember<F32, D17>(cache, position, 0, row + Size, row + (2 * Size));
                RecurrentState.Attend<F32, D17>(cache, position, 0, 0, Decay, row, output);
            }
            else
            {
                RecurrentState.Remember<BF16, D17>(cache, position, 0, row + Size, row + (2 * Size));
                RecurrentState.Attend<BF16, D17>(cache, position, 0, 0, Decay, row, output);
            }

            cache.Advance(1);
            outputs[position - from] = new ReadOnlySpan<float>(output, Size).ToArray();
        }

        return outputs;
    }

    private static float Number(int seed, int position, int i) => (float)Math.Sin((seed * 1000) + (position * 51) + i);
}
