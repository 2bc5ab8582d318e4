using System;
using Moe.Runtime.Gpu;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Gpu.Memory;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>Devices that are there and devices that are not.</summary>
public class GpuAcceleratorTests
{
    [Fact]
    public void Open_OfTheProcessor_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuAccelerator.Open(Device.Cpu));

    [SkippableTheory]
    [InlineData(Device.Cuda, "driver")]
    [InlineData(Device.OpenCl, "pocl-opencl-icd")]
    public void Open_OfADeviceThatIsNotThere_SaysWhatToInstall(Device device, string remedy)
    {
        Skip.If(GpuAccelerator.IsPresent(device, out string reason), $"There is a {device} device.");
        Assert.Contains(remedy, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_WithBuffersLeft_GivesThemBackAndRefusesNewOnes()
    {
        GpuAccelerator accelerator = GpuAccelerator.Open(Device.GpuSimulator);
        var buffer = new GpuBuffer<float>(accelerator, "left");
        buffer.Reserve(10);
        Assert.Equal(40, accelerator.BytesHeld);
        buffer.Upload([1, 2, 3]);
        buffer.Resize(20, kept: 3);
        Assert.Equal(80, accelerator.BytesHeld);
        var kept = new float[3];
        buffer.Download(kept);
        Assert.Equal([1, 2, 3], kept);

        accelerator.Dispose();
        Assert.Equal(0, accelerator.BytesHeld);
        Assert.Throws<ObjectDisposedException>(() => new GpuBuffer<int>(accelerator, "late").Reserve(1));
        accelerator.Dispose();
    }

    [Fact]
    public void GpuSupport_WithoutTheSwitch_IsOn() => Assert.True(GpuSupport.IsSupported);
}
