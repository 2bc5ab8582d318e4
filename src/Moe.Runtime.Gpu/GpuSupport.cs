using System.Diagnostics.CodeAnalysis;

namespace Moe.Runtime.Gpu;

/// <summary>
/// Whether GPU code takes part in this program: the feature switch <c>Moe.Runtime.Gpu.IsSupported</c>, on unless the
/// project or its publishing turns it off. Emitted models ask it before anything of ILGPU, so that a program published
/// ahead of time, where ILGPU cannot compile kernels, holds none of it.
/// </summary>
public static class GpuSupport
{
    /// <summary>Whether models can be loaded on a GPU.</summary>
    [FeatureSwitchDefinition("Moe.Runtime.Gpu.IsSupported")]
    public static bool IsSupported { get; } =
        !System.AppContext.TryGetSwitch("Moe.Runtime.Gpu.IsSupported", out bool isEnabled) || isEnabled;
}
