using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Golden;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Validation;
using Moe.Runtime.Models;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>config.json → declaration → emitted CPU code, against the original implementations, and against itself.</summary>
public class EmittedGoldenTests(ITestOutputHelper output)
{
    // Each declaration is compiled once for all tests of this class.
    private static readonly ConcurrentDictionary<string, Lazy<CompiledModel>> _compiled = [];

    /// <summary>Every checkpoint with expected outputs.</summary>
    public static TheoryData<string> Folders => GoldenCase.Folders();

    [Theory]
    [MemberData(nameof(Folders))]
    public void EmittedCpu_OnACheckpoint_AgreesWithTheOriginalHoweverThePromptIsCut(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using ICompiledModel model = Compiled(golden).Load(folder);
        Recording atOnce = EmittedRun.Run(model, golden.Sequences, EmittedRun.AtOnce);
        output.WriteLine($"{golden.Name}: {GoldenComparison.Check(golden, atOnce)}");
        if (!CutPrompts.AreTheSame(RoundTrip.Architecture(golden.Declaration), golden.Sequences))
            return;
        SameBits.Check("token by token", atOnce, EmittedRun.Run(model, golden.Sequences, EmittedRun.TokenByToken));
        SameBits.Check("uneven chunks", atOnce, EmittedRun.Run(model, golden.Sequences, EmittedRun.Uneven));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void EmittedCpu_OnEachSequenceAlone_GivesTheBitsOfTheBatch(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using ICompiledModel model = Compiled(golden).Load(folder);
        Recording together = EmittedRun.Run(model, golden.Sequences, EmittedRun.AtOnce);
        int first = 0;
        foreach (int[] ids in golden.Sequences)
        {
            SameBits.Check("alone", together, EmittedRun.Run(model, [ids], EmittedRun.AtOnce), first);
            if (CutPrompts.AreTheSame(RoundTrip.Architecture(golden.Declaration), golden.Sequences))
                SameBits.Check("alone, token by token", together, EmittedRun.Run(model, [ids], EmittedRun.TokenByToken), first);
            first += ids.Length;
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void EmittedCpu_WithOtherThreadCounts_GivesTheSameBits(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using ICompiledModel one = Compiled(golden).Load(folder, new LoadOptions { Threads = 1 });
        Recording expected = EmittedRun.Run(one, golden.Sequences, EmittedRun.Uneven);
        foreach (int threads in new[] { 2, 3 })
        {
            using ICompiledModel several = Compiled(golden).Load(folder, new LoadOptions { Threads = threads });
            SameBits.Check($"{threads} threads", expected, EmittedRun.Run(several, golden.Sequences, EmittedRun.Uneven));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void EmittedCpu_DecodingGreedily_AppendsTheOriginalsTokens(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using ICompiledModel model = Compiled(golden).Load(folder);
        Assert.Equal(golden.GreedyIds, EmittedRun.Greedy(model, golden.GreedyPrompt, golden.GreedyIds.Length));
    }

    private static CompiledModel Compiled(GoldenCase golden) => _compiled.GetOrAdd(
        golden.Folder,
        _ => new Lazy<CompiledModel>(() => CompiledAssembly.Compile([golden.Declaration.File("Golden")]).Model("Golden." + golden.ClassName))).Value;
}
