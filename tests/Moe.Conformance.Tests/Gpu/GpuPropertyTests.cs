using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Properties;
using Moe.Runtime.Models;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>The interpreter and emitted GPU code on random models over the whole language.</summary>
public class GpuPropertyTests(ITestOutputHelper output)
{
    [SkippableFact]
    public void EmittedOpenCl_OnRandomModels_AgreesWithTheInterpreter() => Check(Device.OpenCl);

    [SkippableFact]
    public void EmittedCuda_OnRandomModels_AgreesWithTheInterpreter() => Check(Device.Cuda);

    [SkippableFact]
    public void EmittedOpenCl_OnRandomAttention_AgreesWithTheInterpreter()
    {
        GpuDevice.Require(Device.OpenCl);
        output.WriteLine(new PropertyRun(new LoadOptions { Device = Device.OpenCl }, seesGpu: true, ModelGen.AttentionModel).Check(PropertyRun.Cases(5)));
    }

    private void Check(Device device)
    {
        GpuDevice.Require(device);
        output.WriteLine(new PropertyRun(new LoadOptions { Device = device }, seesGpu: true, ModelGen.Model).Check(PropertyRun.Cases(20)));
    }
}
