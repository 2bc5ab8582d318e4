using System;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>Whether a test has the device it needs.</summary>
internal static class GpuDevice
{
    private const string RequiredVariable = "MOE_REQUIRE_OPENCL";

    /// <summary>Skips the test where there is no such device, unless the variable MOE_REQUIRE_OPENCL says that OpenCL must be there.</summary>
    public static void Require(Device device)
    {
        bool isPresent = GpuAccelerator.IsPresent(device, out string reason);
        if (device == Device.OpenCl && Environment.GetEnvironmentVariable(RequiredVariable) == "1")
            Assert.True(isPresent, reason);
        Skip.IfNot(isPresent, reason);
    }
}
