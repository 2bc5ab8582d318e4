using System;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Generation;

namespace Moe.Runtime.Tests.Generation;

public sealed class GenerationOptionsTests
{
    private static readonly GenerationDefaults _nothing = new([], null, null, null, null, null, null, null, null);
    private static readonly GenerationDefaults _sampling = new([2], 1, true, 0.7f, 50, 0.9f, 0.05f, 1.1f, 100);

    [Fact]
    public void Sampling_NothingSaidAnywhere_IsGreedyAndNeutral()
    {
        SamplingOptions sampling = new GenerationOptions().Sampling(_nothing);
        Assert.Equal(new SamplingOptions { Temperature = 0, Seed = sampling.Seed }, sampling);
    }

    [Fact]
    public void Sampling_CheckpointSaysDoSample_TakesItsValues()
    {
        SamplingOptions sampling = new GenerationOptions { Seed = 4 }.Sampling(_sampling);
        Assert.Equal(new SamplingOptions { Temperature = 0.7f, TopK = 50, TopP = 0.9f, MinP = 0.05f, RepetitionPenalty = 1.1f, Seed = 4 }, sampling);
    }

    [Fact]
    public void Sampling_CallerSays_WinsOverTheCheckpoint()
    {
        var options = new GenerationOptions { Temperature = 1.5f, TopK = 0, TopP = 1, MinP = 0, RepetitionPenalty = 1, Seed = 9 };
        Assert.Equal(new SamplingOptions { Temperature = 1.5f, Seed = 9 }, options.Sampling(_sampling));
        Assert.True(new GenerationOptions { Temperature = 0 }.Sampling(_sampling).IsGreedy);
    }

    [Fact]
    public void Sampling_CheckpointHasATemperatureWithoutDoSample_IsGreedyUntilTheCallerSamples()
    {
        foreach (bool? doSample in new bool?[] { null, false })
        {
            GenerationDefaults defaults = _sampling with { DoSample = doSample };
            Assert.True(new GenerationOptions().Sampling(defaults).IsGreedy);
            Assert.True(new GenerationOptions { RepetitionPenalty = 1.3f, MaxNewTokens = 3 }.Sampling(defaults).IsGreedy);
            Assert.Equal(0.7f, new GenerationOptions { Seed = 1 }.Sampling(defaults).Temperature);
            Assert.Equal(1f, new GenerationOptions { TopK = 5 }.Sampling(_nothing).Temperature);
            Assert.Equal(1f, new GenerationOptions { TopP = 0.5f }.Sampling(_nothing).Temperature);
            Assert.Equal(1f, new GenerationOptions { MinP = 0.5f }.Sampling(_nothing).Temperature);
        }
    }

    [Fact]
    public void Sampling_WithoutSeed_TakesAnotherOneEachTime() =>
        Assert.NotEqual(new GenerationOptions().Sampling(_nothing).Seed, new GenerationOptions().Sampling(_nothing).Seed);

    [Fact]
    public void Sampling_OptionOutOfRange_NamesIt()
    {
        Assert.Contains("TopP is 1.5;", Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { TopP = 1.5f }.Sampling(_nothing)).Message);
        Assert.Contains("Temperature is -1;", Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { Temperature = -1 }.Sampling(_nothing)).Message);
    }
}
