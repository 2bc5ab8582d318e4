using System;
using System.Diagnostics;
using Moe.Conformance.Tests.Golden;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Validation;
using Moe.Runtime.Models;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>config.json → declaration → emitted GPU code, against the original implementations.</summary>
public class GpuGoldenTests(ITestOutputHelper output)
{
    /// <summary>Checkpoints with expected outputs.</summary>
    public static TheoryData<string> Folders => GoldenCase.Folders(isBrief: true);

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void EmittedOpenCl_OnACheckpoint_AgreesWithTheOriginalHoweverThePromptIsCut(string folder) => Check(folder, Device.OpenCl);

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void EmittedCuda_OnACheckpoint_AgreesWithTheOriginalHoweverThePromptIsCut(string folder) => Check(folder, Device.Cuda);

    private void Check(string folder, Device device)
    {
        GpuDevice.Require(device);
        GoldenCase golden = GoldenCase.Open(folder);
        using CompiledAssembly assembly = CompiledAssembly.Compile([golden.Declaration.File("Golden")], seesGpu: true);
        var clock = Stopwatch.StartNew();
        using ICompiledModel model = assembly.Model("Golden." + golden.ClassName).Load(folder, new LoadOptions { Device = device });
        output.WriteLine($"{golden.Name}: loaded in {clock.Elapsed.TotalSeconds:0.0} s");
        bool isOneQuestion = CutPrompts.AreTheSame(RoundTrip.Architecture(golden.Declaration), golden.Sequences);
        foreach ((string name, var steps) in new[] { ("at once", EmittedRun.AtOnce), ("token by token", EmittedRun.TokenByToken), ("uneven", EmittedRun.Uneven) })
        {
            if (!isOneQuestion && name != "at once")
                continue;
            clock.Restart();
            Recording recording = EmittedRun.Run(model, golden.Sequences, steps);
            output.WriteLine($"{golden.Name}, {name}, {clock.Elapsed.TotalSeconds:0.0} s: {GoldenComparison.Check(golden, recording)}");
        }

        Assert.Equal(golden.GreedyIds, EmittedRun.Greedy(model, golden.GreedyPrompt, golden.GreedyIds.Length));
    }
}
