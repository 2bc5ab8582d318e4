using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Gpu;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>Three systems on a device: experts of several kinds, one router for all layers, a strong and a weak routing.</summary>
public class GpuSystemTests
{
    // Rounding grows with depth, up to four layers here.
    private const double Tolerance = 5e-5;

    private static readonly int[] _ids = [3, 1, 4, 1, 5, 9, 2, 6];

    private static readonly Lazy<CompiledAssembly> _assembly = new(() =>
        CompiledAssembly.Compile([CarriedStateTests.Declarations, PlacementTests.Declarations], seesGpu: true));

    [SkippableTheory]
    [InlineData("MoePlusPlusModel", Device.OpenCl)]
    [InlineData("MoePlusPlusModel", Device.Cuda)]
    [InlineData("ReadMe", Device.OpenCl)]
    [InlineData("ReadMe", Device.Cuda)]
    [InlineData("ScmoeModel", Device.OpenCl)]
    [InlineData("ScmoeModel", Device.Cuda)]
    public void EmittedGpuCode_OfASystem_AgreesWithTheInterpreter(string name, Device device)
    {
        GpuDevice.Require(device);
        var settings = new RequestSettings();
        RoutingOptions[] requests = [new RoutingOptions(), new RoutingOptions()];
        if (name == "ScmoeModel")
        {
            settings.Ranks[1] = (2, 1);
            requests[1] = new RoutingOptions { TopK = 1, FirstRank = 2 };
        }

        int[][] sequences = [_ids, _ids];
        Trace expected = new SystemModel(name).Interpret(sequences, settings);
        using ICompiledModel model = _assembly.Value.Model("Systems." + name).CreateRandom(SystemModel.Seed, new LoadOptions { Device = device });
        Recording found = EmittedRun.Run(model, sequences, EmittedRun.AtOnce, Agreement.CloseChoices(expected), requests);
        foreach (((int Layer, int Token) at, Decision decision) in expected.Decisions)
            Assert.Equal(decision.Chosen.Where(expert => expert >= 0).Order(), found.Chosen[at].Where(expert => expert >= 0).Order());
        for (int token = 0; token < expected.Logits.Length; token++)
            Numbers.Near(expected.Logits[token], found.Logits[token], Tolerance, $"logits of token {token}");
    }
}
