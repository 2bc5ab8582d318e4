using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Memory;

public class TokenRunsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    public void Arrange_RandomBatches_CutsAtSequencesAndBlocksAndLeavesNothingOut(int workers)
    {
        var random = new Random(workers);
        var runs = new TokenRuns();
        for (int round = 0; round < 200; round++)
        {
            List<int> sequences = [], positions = [];
            for (int sequence = 0; sequence < random.Next(0, 5); sequence++)
            {
                int start = random.Next(0, 200);
                for (int i = 0; i < random.Next(1, 150); i++)
                {
                    sequences.Add(sequence);
                    positions.Add(start + i);
                }
            }

            runs.Arrange([.. sequences], [.. positions], workers);
            Assert.Equal(0, runs.First(0));
            Assert.Equal(sequences.Count, runs.First(runs.Count));
            for (int run = 0; run < runs.Count; run++)
            {
                int[] tokens = [.. Enumerable.Range(runs.First(run), runs.First(run + 1) - runs.First(run))];
                Assert.InRange(tokens.Length, 1, TokenRuns.MostTokens);
                Assert.Single(tokens.Select(token => sequences[token]).Distinct());
                Assert.Single(tokens.Select(token => positions[token] / CacheBlock.Positions).Distinct());
            }
        }
    }

    [Fact]
    public void Arrange_APrompt_GivesEveryWorkerRunsOfItsOwn()
    {
        var runs = new TokenRuns();
        int[] positions = [.. Enumerable.Range(0, 64)];
        runs.Arrange(new int[64], positions, workers: 16);
        Assert.Equal(64, runs.Count);
        runs.Arrange(new int[64], positions, workers: 2);
        Assert.Equal(8, runs.Count);
    }
}
