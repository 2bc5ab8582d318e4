using Moe.Conformance.Tests.Emitted;
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

    private void Check(Device device)
    {
        GpuDevice.Require(device);
        output.WriteLine(new PropertyRun(new LoadOptions { Device = device }, seesGpu: true).Check(PropertyRun.Cases(20)));
    }
}
