using System;
using System.Linq;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Memory;

public unsafe class ExpertGroupsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(95)]
    [InlineData(96)]
    [InlineData(97)]
    [InlineData(192)]
    [InlineData(193)]
    [InlineData(1000)]
    public void Blocks_AreAsFewAsCanBe_AndEven(int rows)
    {
        // Expert 1 of three has all rows but one.
        int[] chosen = [.. Enumerable.Repeat(1, rows), 2];
        using var groups = new ExpertGroups(3, 1);
        groups.Reserve(chosen.Length);
        fixed (int* choice = chosen)
            groups.Arrange<Three, One>(choice, 1, chosen.Length, isFull: true);

        int blocks = (rows + 95) / 96;
        Assert.Equal(blocks + 1, groups.Blocks);
        int next = 0;
        for (int block = 0; block < blocks; block++)
        {
            Assert.Equal(1, groups.ExpertOf(block));
            Assert.Equal(next, groups.FirstOf(block));
            Assert.InRange(groups.RowsOf(block), 1, 96);
            if (block < blocks - 1)
                Assert.Equal(0, groups.RowsOf(block) % 12);
            Assert.InRange(groups.RowsOf(block), (rows / blocks) - (12 * blocks), (rows / blocks) + 12);
            next += groups.RowsOf(block);
        }

        Assert.Equal(rows, next);
        Assert.Equal((2, rows, 1), (groups.ExpertOf(blocks), groups.FirstOf(blocks), groups.RowsOf(blocks)));
    }

    private readonly struct One : IDimension
    {
        public static int Size => 1;
    }

    private readonly struct Three : IDimension
    {
        public static int Size => 3;
    }
}
