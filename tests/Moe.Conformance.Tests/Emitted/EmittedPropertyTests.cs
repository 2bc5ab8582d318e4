using System;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Models;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>The interpreter and emitted code on random models over the whole language.</summary>
public class EmittedPropertyTests(ITestOutputHelper output)
{
    private const string RequiredVariable = "MOE_REQUIRE_OPENCL";

    private const string Probe = """
        using Moe;
        namespace Probe;

        [Block]
        [Attention(Heads = 1)]
        [FeedForward(IntermediateSize = 4)]
        public class DenseBlock;

        [MoeModel(VocabularySize = 2, HiddenSize = 4, ContextLength = 1)]
        [Layers(1, typeof(DenseBlock))]
        public partial class Model;
        """;

    [Fact]
    public void EmittedCpu_OnRandomModels_AgreesWithTheInterpreter() =>
        output.WriteLine(new PropertyRun(new LoadOptions(), seesGpu: false).Check(PropertyRun.Cases(200)));

    [SkippableFact]
    public void EmittedOpenCl_OnRandomModels_AgreesWithTheInterpreter()
    {
        var options = new LoadOptions { Device = Device.OpenCl };
        Require(options);
        output.WriteLine(new PropertyRun(options, seesGpu: true).Check(PropertyRun.Cases(200) / 10));
    }

    // Without a device a model does not load; where MOE_REQUIRE_OPENCL is 1, that is a failure.
    private static void Require(LoadOptions options)
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Probe], seesGpu: true);
        try
        {
            assembly.Model("Probe.Model").CreateRandom(1, options).Dispose();
        }
        catch (NotSupportedException missing) when (Environment.GetEnvironmentVariable(RequiredVariable) != "1")
        {
            Skip.If(true, missing.Message);
        }
    }
}
