using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using ILGPU;
using ILGPU.Runtime.OpenCL;

namespace Moe.Runtime.Gpu.Devices;

/// <summary>What ILGPU needs told before it looks for OpenCL devices.</summary>
internal static class OpenClPlatform
{
    private static int _isPrepared;

    /// <summary>
    /// Lets ILGPU find the loader under the name that systems without development files have: libOpenCL.so.1. Only the
    /// first call does something.
    /// </summary>
    public static void Prepare()
    {
        if (Interlocked.Exchange(ref _isPrepared, 1) != 0)
            return;

        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The program has a resolver of its own for ILGPU, which then knows better.
        }
    }

    /// <summary>
    /// Declares that the device has a generic address space, without which ILGPU does not make an accelerator. PoCL has
    /// none; kernels whose address spaces were all inferred (optimisation level O2) do not need it.
    /// </summary>
    public static void AllowWithoutGenericAddresses(CLDevice device)
    {
        CLCapabilityContext capabilities = device.Capabilities;
        if (capabilities.GenericAddressSpace)
            return;

        PropertyInfo property = typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!;
        MethodInfo setter = property.GetSetMethod(nonPublic: true)
            ?? throw new NotSupportedException($"This version of ILGPU lets nobody set {property.Name}, and {device.Name} needs it.");
        setter.Invoke(capabilities, [true]);
    }

    private static IntPtr Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library == "OpenCL" && OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libOpenCL.so.1", out IntPtr handle)
            ? handle
            : IntPtr.Zero;
}
