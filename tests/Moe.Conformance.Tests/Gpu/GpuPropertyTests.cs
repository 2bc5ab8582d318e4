using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Properties;
using Moe.Runtime.Models;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>The interpreter and emitted GPU code on random models over the whole language.</summary>
public class GpuPropertyTests(ITestOutputHelper output)
{
    // PoCL compiles some fifty kernels for each kind of layer, which takes 10 to 20 seconds on two cores.
    private const int UsualCases = 6;
    private const int AttentionCases = 2;

    [SkippableFact]
    public void EmittedOpenCl_OnRandomModels_AgreesWithTheInterpreter() => Check(Device.OpenCl);

    [SkippableFact]
    public void EmittedCuda_OnRandomModels_AgreesWithTheInterpreter() => Check(Device.Cuda);

    [SkippableFact]
    public void EmittedOpenCl_OnRandomAttention_AgreesWithTheInterpreter()
    {
        GpuDevice.Require(Device.OpenCl);
        output.WriteLine(new PropertyRun(new LoadOptions { Device = Device.OpenCl }, seesGpu: true, ModelGen.PlainAttentionModel).Check(PropertyRun.Cases(AttentionCases)));
    }

    private void Check(Device device)
    {
        GpuDevice.Require(device);
        output.WriteLine(new PropertyRun(new LoadOptions { Device = device }, seesGpu: true, ModelGen.PlainModel).Check(PropertyRun.Cases(UsualCases)));
    }
}
