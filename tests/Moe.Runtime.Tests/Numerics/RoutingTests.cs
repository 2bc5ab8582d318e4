using System;
using System.Linq;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class RoutingTests
{
    [Fact]
    public void TopK_RandomKeysWithTiesAndNaN_AreTheStableOrder()
    {
        Sizes.At(512, new Orders());
        Sizes.At(172, new Orders());
        Sizes.At(64, new Orders());
        Sizes.At(31, new Orders());
        Sizes.At(8, new Orders());
    }

    [Fact]
    public void TopK_AllExperts_AreSorted()
    {
        using NativeFloats keys = NativeFloats.Of(0.5f, 2f, -1f);
        int* chosen = stackalloc int[3];
        Routing.TopK<D3, D3>(keys.Pointer, chosen);
        Assert.Equal([1, 0, 2], new Span<int>(chosen, 3).ToArray());
    }

    [Fact]
    public void TopK_EqualKeys_GoToTheLowestIndex()
    {
        using NativeFloats keys = NativeFloats.Of(1f, 7f, 7f, 0f, -0f, 7f, 1f, 7f);
        int* chosen = stackalloc int[5];
        Routing.TopK<D8, D5>(keys.Pointer, chosen);
        Assert.Equal([1, 2, 5, 7, 0], new Span<int>(chosen, 5).ToArray());
        using NativeFloats zeros = NativeFloats.Of(-0f, 0f, -0f, 0f, 0f, 0f, 0f, -0f);
        Routing.TopK<D8, D5>(zeros.Pointer, chosen);
        Assert.Equal([0, 1, 2, 3, 4], new Span<int>(chosen, 5).ToArray());
    }

    [Fact]
    public void TopK_NaN_ComesAfterEveryNumber()
    {
        float nan = float.NaN, low = float.NegativeInfinity;
        using NativeFloats keys = NativeFloats.Of(nan, nan, low, nan, nan, nan, 3f, nan);
        int* chosen = stackalloc int[4];
        Routing.TopK<D8, D4>(keys.Pointer, chosen);
        Assert.Equal([6, 2, 0, 1], new Span<int>(chosen, 4).ToArray());
    }

    [Fact]
    public void KeepGroups_ByMaximum_DropsTheOthers()
    {
        using NativeFloats keys = NativeFloats.Of(1f, 9f, 2f, 8f, -3f, -4f, float.NaN, 7f);
        Routing.KeepGroups<GroupMaximum, D8, D4, D2>(keys.Pointer, float.NegativeInfinity);
        float low = float.NegativeInfinity;
        Assert.Equal([1f, 9f, 2f, 8f, low, low, low, low], keys.Span.ToArray());
    }

    [Fact]
    public void KeepGroups_ByBestTwo_SumsThem()
    {
        // Best two: 9 + 1 = 10, 6 + 5 = 11.
        using NativeFloats keys = NativeFloats.Of(9f, -5f, 1f, 0f, 5f, 6f, 2f, 4f);
        Routing.KeepGroups<GroupBestTwo, D8, D2, D1>(keys.Pointer, 0f);
        Assert.Equal([0f, 0f, 0f, 0f, 5f, 6f, 2f, 4f], keys.Span.ToArray());
        using NativeFloats singles = NativeFloats.Of(1f, 3f, 2f);
        Routing.KeepGroups<GroupBestTwo, D3, D3, D2>(singles.Pointer, -9f);
        Assert.Equal([-9f, 3f, 2f], singles.Span.ToArray());
    }

    [Fact]
    public void KeepGroups_RandomKeys_AgreeWithSorting()
    {
        Random random = new(4);
        for (int round = 0; round < 50; round++)
        {
            using NativeFloats keys = NativeFloats.Random(random, 64);
            float[] before = keys.Span.ToArray();
            int[] kept = Enumerable.Range(0, 8)
                .OrderByDescending(g => before.Skip(g * 8).Take(8).OrderDescending().Take(2).Sum()).Take(3).ToArray();
            Routing.KeepGroups<GroupBestTwo, D64, D8, D3>(keys.Pointer, -7f);
            for (int i = 0; i < 64; i++)
                Assert.Equal(kept.Contains(i / 8) ? before[i] : -7f, keys.Span[i]);
        }
    }

    [Fact]
    public void Renormalise_GatheredWeights_SumToOne()
    {
        using NativeFloats scores = NativeFloats.Of(0.1f, 0.2f, 0.3f, 0.4f);
        using NativeFloats weights = new(3);
        int* chosen = stackalloc int[3] { 3, 1, 0 };
        Routing.Gather<D3>(scores.Pointer, chosen, weights.Pointer);
        Assert.Equal([0.4f, 0.2f, 0.1f], weights.Span.ToArray());
        Routing.Renormalise<D3>(weights.Pointer, 0f);
        Assert.Equal(4 / 7.0, weights.Span[0], 1e-6);
        Assert.Equal(2 / 7.0, weights.Span[1], 1e-6);
        weights.Span.Clear();
        Routing.Renormalise<D3>(weights.Pointer, 1e-20f);
        Assert.Equal([0f, 0f, 0f], weights.Span.ToArray());
    }

    private readonly struct Orders : ISizedTest
    {
        public void Run<TSize>() where TSize : IDimension
        {
            Random random = new(TSize.Size);
            int* chosen = stackalloc int[8];
            for (int round = 0; round < 100; round++)
            {
                using NativeFloats keys = new(TSize.Size);
                // Few different values, so that ties are many; every third round NaN among them.
                foreach (ref float key in keys.Span)
                    key = round % 3 == 0 && random.Next(3) == 0 ? float.NaN : round % 2 == 0 ? random.Next(6) : random.NextSingle();
                Routing.TopK<TSize, D8>(keys.Pointer, chosen);
                float[] copy = keys.Span.ToArray();
                int[] expected = Enumerable.Range(0, TSize.Size)
                    .OrderBy(i => float.IsNaN(copy[i])).ThenByDescending(i => copy[i]).ThenBy(i => i).Take(8).ToArray();
                Assert.Equal(expected, new Span<int>(chosen, 8).ToArray());
            }
        }
    }
}
