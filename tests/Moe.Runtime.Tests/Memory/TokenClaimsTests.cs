using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;
using Moe.Runtime.Tests.Numerics;

namespace Moe.Runtime.Tests.Memory;

public unsafe class TokenClaimsTests
{
    private const int Tokens = 23;
    private const int Width = 3;
    private const int Experts = 5;
    private const int Stride = 16;

    public static TheoryData<string> Priorities => ["choice", "position", "key", "draw", "best"];

    [Theory]
    [MemberData(nameof(Priorities))]
    public void Limit_RandomChoices_KeepsWhatSortedClaimsKeep(string priority)
    {
        using var claims = new TokenClaims();
        Random random = new(19);
        for (int round = 0; round < 60; round++)
        {
            int[] chosen = RandomChoice(random);
            float[] keys = [.. Enumerable.Range(0, Tokens * Stride).Select(_ => random.Next(6) / 5f)];
            keys[random.Next(keys.Length)] = -0f;
            int[] positions = [.. Enumerable.Range(0, Tokens)];
            int[] kept = Enumerable.Repeat(99, Tokens * Stride).ToArray();
            (int first, int end) = (random.Next(3), Tokens - random.Next(3));
            var room = new ExpertRoom(random.Next(1, 6), 3, random.Next(1, 9));
            fixed (int* c = chosen, k = kept, p = positions)
            fixed (float* key = keys)
            {
                switch (priority)
                {
                    case "choice": claims.ByChoice<D5, D3>(first, end, room, c, k, Stride); break;
                    case "position": claims.ByPosition<D5, D3>(first, end, room, c, k, Stride); break;
                    case "key": claims.ByKey<D5, D3>(first, end, room, c, k, Stride, key, Stride); break;
                    case "draw": claims.ByDraw<D5, D3>(first, end, room, c, k, Stride, 77, 4, p); break;
                    default: claims.ByBestKey<D5, D3>(first, end, room, c, k, Stride, key, Stride); break;
                }
            }

            (int Token, int Slot)[] order = [.. Enumerable.Range(first, end - first).SelectMany(token => Enumerable.Range(0, Width).Select(slot => (token, slot)))];
            float Best(int token) => Enumerable.Range(0, Experts).Max(expert => keys[(token * Stride) + expert]);
            float Key((int Token, int Slot) claim) => chosen[(claim.Token * Stride) + claim.Slot] is var e and >= 0 ? keys[(claim.Token * Stride) + e] : 0;
            order = priority switch
            {
                "choice" => [.. order.OrderBy(claim => claim.Slot).ThenBy(claim => claim.Token)],
                "position" => order,
                "key" => [.. order.OrderByDescending(Key)],
                "draw" => [.. order.OrderBy(claim => RoutingRandom.Draw(77, 4, 0, (uint)claim.Token, 0))],
                _ => [.. order.OrderBy(claim => claim.Slot).ThenByDescending(claim => Best(claim.Token)).ThenBy(claim => claim.Token)],
            };
            var taken = new int[Experts];
            int[] expected = Enumerable.Repeat(99, Tokens * Stride).ToArray();
            foreach ((int token, int slot) in order)
            {
                int at = (token * Stride) + slot;
                expected[at] = chosen[at] >= 0 && taken[chosen[at]] < room.Of(chosen[at]) ? chosen[at] : -1;
                if (expected[at] >= 0)
                    taken[chosen[at]]++;
            }

            Assert.Equal(expected, kept);
        }
    }

    [Fact]
    public void ByChoice_AllToOneExpert_DropsSecondChoicesBeforeFirst()
    {
        using var claims = new TokenClaims();
        int[] chosen = [0, 1, 0, 1, 1, 0];
        var kept = new int[6];
        fixed (int* c = chosen, k = kept)
            claims.ByChoice<D2, D2>(0, 3, new ExpertRoom(2), c, k, 2);
        Assert.Equal([0, 1, 0, -1, 1, -1], kept);
    }

    [Fact]
    public void ByExperts_RandomKeysWithTiesAndNaN_TakesEachExpertsBest()
    {
        using var claims = new TokenClaims();
        Random random = new(23);
        for (int round = 0; round < 60; round++)
        {
            float[] keys = [.. Enumerable.Range(0, Tokens * Stride).Select(_ => random.Next(5) - 2f)];
            keys[random.Next(keys.Length)] = float.NaN;
            int[] chosen = Enumerable.Repeat(99, Tokens * Stride).ToArray();
            int count = random.Next(1, Tokens + 1);
            fixed (int* c = chosen)
            fixed (float* key = keys)
                claims.ByExperts<D5>(0, Tokens, count, key, Stride, c, Stride);

            var expected = new List<int>[Tokens];
            for (int token = 0; token < Tokens; token++)
                expected[token] = [];
            for (int expert = 0; expert < Experts; expert++)
            {
                foreach (int token in Enumerable.Range(0, Tokens)
                    .OrderBy(token => float.IsNaN(keys[(token * Stride) + expert])).ThenByDescending(token => keys[(token * Stride) + expert]).Take(count))
                    expected[token].Add(expert);
            }

            for (int token = 0; token < Tokens; token++)
                Assert.Equal(expected[token].Concat(Enumerable.Repeat(-1, Experts - expected[token].Count)), chosen.AsSpan(token * Stride, Experts).ToArray());
        }
    }

    [Fact]
    public void Normalise_RandomWeights_SumToTheCapacityForEachExpert()
    {
        using var claims = new TokenClaims();
        Random random = new(29);
        int[] chosen = RandomChoice(random);
        float[] weights = [.. chosen.Select(expert => expert < 0 ? 0f : random.NextSingle() + 0.1f)];
        float[] before = (float[])weights.Clone();
        fixed (int* c = chosen)
        fixed (float* w = weights)
            claims.Normalise<D5, D3>(2, Tokens, 1e-6f, 12, c, w, Stride);

        for (int expert = 0; expert < Experts; expert++)
        {
            int[] places = [.. Enumerable.Range(2 * Stride, (Tokens - 2) * Stride).Where(at => at % Stride < Width && chosen[at] == expert)];
            double sum = places.Sum(at => (double)before[at]);
            foreach (int at in places)
                Assert.Equal(before[at] / (sum + 1e-6) * 12, weights[at], 4);
        }

        Assert.Equal(before[..(2 * Stride)], weights[..(2 * Stride)]);
    }

    [Fact]
    public void Arrange_WithEmptySlots_GivesRowsToTheOthersOnly()
    {
        Random random = new(31);
        using var groups = new ExpertGroups(Experts, Width);
        for (int round = 0; round < 40; round++)
        {
            int[] chosen = RandomChoice(random);
            if (round == 0)
                chosen.AsSpan().Fill(-1);
            groups.Reserve(Tokens);
            fixed (int* c = chosen)
                groups.Arrange<D5, D3>(c, Stride, Tokens, isFull: false);
            Check(groups, chosen);
        }
    }

    [Fact]
    public void Arrange_FullChoices_GivesTheSameEitherWay()
    {
        Random random = new(37);
        using var full = new ExpertGroups(Experts, Width);
        using var checkedOnes = new ExpertGroups(Experts, Width);
        int[] chosen = [.. Enumerable.Range(0, Tokens * Stride).Select(_ => random.Next(Experts))];
        full.Reserve(Tokens);
        checkedOnes.Reserve(Tokens);
        fixed (int* c = chosen)
        {
            full.Arrange<D5, D3>(c, Stride, Tokens, isFull: true);
            checkedOnes.Arrange<D5, D3>(c, Stride, Tokens, isFull: false);
        }

        Check(full, chosen);
        Assert.Equal(new Span<int>(full.RowOfSlot, Tokens * Width).ToArray(), new Span<int>(checkedOnes.RowOfSlot, Tokens * Width).ToArray());
        Assert.Equal(Tokens * Width, full.Rows);
    }

    private static void Check(ExpertGroups groups, int[] chosen)
    {
        var rows = new List<(int Expert, int Token, int Index)>();
        for (int token = 0; token < Tokens; token++)
        {
            for (int slot = 0; slot < Width; slot++)
            {
                int expert = chosen[(token * Stride) + slot];
                if (expert < 0)
                    Assert.Equal(-1, groups.RowOfSlot[(token * Width) + slot]);
                else
                    rows.Add((expert, token, (token * Width) + slot));
            }
        }

        rows = [.. rows.OrderBy(row => row.Expert)];
        Assert.Equal(rows.Count, groups.Rows);
        for (int row = 0; row < rows.Count; row++)
        {
            Assert.Equal(rows[row].Token, groups.TokenOfRow[row]);
            Assert.Equal(row, groups.RowOfSlot[rows[row].Index]);
        }

        for (int expert = 0; expert <= Experts; expert++)
        {
            Assert.Equal(rows.Count(row => row.Expert < expert), groups.FirstRowOf(expert));
            Assert.Equal(Enumerable.Range(0, groups.Blocks).Count(block => groups.ExpertOf(block) < expert), groups.FirstBlockOf(expert));
        }
    }

    private static int[] RandomChoice(Random random)
    {
        int[] chosen = Enumerable.Repeat(-1, Tokens * Stride).ToArray();
        for (int token = 0; token < Tokens; token++)
        {
            int[] experts = [.. Enumerable.Range(0, Experts).OrderBy(_ => random.Next())];
            for (int slot = 0; slot < Width; slot++)
                chosen[(token * Stride) + slot] = random.Next(4) == 0 ? -1 : experts[slot];
        }

        return chosen;
    }
}
