using System;
using System.IO;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Systems;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Profiling;

namespace Moe.Conformance.Tests.Profiling;

/// <summary>A profile watches steps and changes nothing about them.</summary>
public sealed class ProfiledRunTests(ProfiledModels models) : IClassFixture<ProfiledModels>
{
    private static readonly int[][] _sequences = [[.. Enumerable.Range(0, 70).Select(i => i * 37 % 101)], [5, 4, 3]];

    [Theory]
    [MemberData(nameof(ProfiledModels.Names), MemberType = typeof(ProfiledModels))]
    public void Step_Profiled_HasTheSameBits(string name)
    {
        using ICompiledModel plain = models.Create(name);
        using ICompiledModel profiled = models.Create(name, new StepProfile());

        SameBits.Check(name, EmittedRun.Run(plain, _sequences, EmittedRun.Uneven), EmittedRun.Run(profiled, _sequences, EmittedRun.Uneven));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Phases_AfterSomeSteps_RanOnceAStepAndLayer_AndTheirTimesAddUp(int threads)
    {
        var profile = new StepProfile();
        using ICompiledModel model = models.Create("LatentModel", profile, new LoadOptions { Threads = threads });
        using SequenceCache cache = model.NewCache();
        for (int step = 0; step < 4; step++)
            ProfiledModels.Step(model, cache, [1, 2, 3], LogitPositions.Last);

        Assert.Equal((4, 12, threads), (profile.Steps, profile.Tokens, profile.Workers));
        Assert.All(profile.Phases, phase => Assert.Equal(4, phase.Calls));
        Assert.All(profile.Phases, phase => Assert.InRange(phase.Waiting, TimeSpan.Zero, phase.Time));
        Assert.Equal(profile.Phases.Sum(phase => phase.Time.TotalSeconds), profile.Time.TotalSeconds, 1e-4);
        Assert.Equal([null, 0, 1, 2, null], profile.Phases.Select(phase => phase.Layer).Aggregate(new System.Collections.Generic.List<int?>(), (list, layer) =>
        {
            if (list.Count == 0 || list[^1] != layer)
                list.Add(layer);
            return list;
        }));

        Assert.Equal(["Embedding", "Dense", "Latent", "Head"], profile.Sums().Select(phase => phase.Part).Distinct());
        Assert.All(profile.Sums().Where(phase => phase.Part == "Latent"), phase => Assert.Equal(2 * 4, phase.Calls));
        Assert.Equal(profile.Phases.Sum(phase => phase.Bytes), profile.Sums().Sum(phase => phase.Bytes));
    }

    [Fact]
    public void Layer_ThatStandsAlone_IsProfiledUnderItsNumber()
    {
        var profile = new StepProfile();
        using IMoeLayer layer = SystemAssembly.Layer("MixLora").CreateRandom(5, layer: 7, new LoadOptions { Profile = profile });
        var rows = new float[8 * 3];
        layer.Forward(rows, rows);
        layer.Forward(rows, rows);

        Assert.Equal((2, 6), (profile.Steps, profile.Tokens));
        Assert.Equal([null, 7, null], profile.Phases.Select(phase => phase.Layer).Where((_, i) => i == 0 || profile.Phases[i].Layer != profile.Phases[i - 1].Layer));
        Assert.All(profile.Phases, phase => Assert.Equal(2, phase.Calls));
    }

    [Fact]
    public void Step_Profiled_AllocatesNothing()
    {
        using ICompiledModel model = models.Create("LatentModel", new StepProfile(), new LoadOptions { Threads = 1 });
        using SequenceCache cache = model.NewCache();
        var batch = new StepBatch();
        int[] ids = [7];
        for (int i = 0; i < 3; i++)
            Step();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
            Step();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step()
        {
            batch.Clear();
            batch.Add(cache, ids, LogitPositions.Last);
            model.Step(batch);
        }
    }

    [Fact]
    public void Profile_OfOneModel_RefusesAnother()
    {
        var profile = new StepProfile();
        using ICompiledModel model = models.Create("DenseModel", profile);
        var failure = Assert.Throws<InvalidOperationException>(() => models.Create("ExpertModel", profile));
        Assert.Equal("The profile belongs to DenseModel already; load ExpertModel with a StepProfile of its own.", failure.Message);
    }

    [Fact]
    public void Table_OfAModel_NamesEveryPhase()
    {
        var profile = new StepProfile();
        using ICompiledModel model = models.Create("ExpertModel", profile);
        ProfiledModels.Decode(model);
        var text = new StringWriter();
        profile.WriteTable(text, new MachineRates(1e11, 1e10));

        string[] lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("ExpertModel: 1 steps, 1 tokens", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("Grouped × 3 ", StringComparison.Ordinal));
        foreach (PhaseProfile phase in profile.Sums())
            Assert.Contains(lines, line => line.StartsWith("  " + phase.Name[..Math.Min(40, phase.Name.Length)], StringComparison.Ordinal));
    }
}
