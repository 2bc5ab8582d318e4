using System;
using System.Collections.Immutable;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.IR.Transformations;
using ILGPU.Runtime.OpenCL;

namespace Moe.Runtime.Gpu.Devices;

/// <summary>What ILGPU 1.5.3 needs told before OpenCL runs on a machine without a vendor's GPU driver.</summary>
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
    /// Declares that the device has a generic address space, without which ILGPU makes no accelerator. PoCL has none;
    /// kernels whose address spaces were all inferred, as optimisation level O2 does, do not need it.
    /// </summary>
    /// <returns>Whether the device has none.</returns>
    public static bool AllowWithoutGenericAddresses(CLDevice device)
    {
        CLCapabilityContext capabilities = device.Capabilities;
        if (capabilities.GenericAddressSpace)
            return false;

        Writable(typeof(CLCapabilityContext), nameof(CLCapabilityContext.GenericAddressSpace)).SetValue(capabilities, true);
        return true;
    }

    /// <summary>
    /// Takes the pass that moves values to their uses out of the backend: at level O2 it moves loads beyond barriers and
    /// stores behind which they stood, so that a value in shared memory can be read after it has been overwritten.
    /// </summary>
    public static void KeepOrderOfMemory(CLBackend backend)
    {
        PropertyInfo property = Writable(typeof(Backend), "KernelTransformers");
        var transformers = (ImmutableArray<Transformer>)property.GetValue(backend)!;
        property.SetValue(backend, transformers.Select(WithoutPlacement).ToImmutableArray());
    }

    private static Transformer WithoutPlacement(Transformer transformer) => Transformer.Create(
        transformer.Configuration,
        transformer.Transformations.Where(pass => pass is not CodePlacement).ToImmutableArray());

    private static PropertyInfo Writable(Type type, string name)
    {
        PropertyInfo? property = type.GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return property is { CanWrite: true }
            ? property
            : throw new NotSupportedException($"OpenCL devices without a generic address space need {type.Name}.{name} to be set, which this version of ILGPU does not allow; 1.5.3 does.");
    }

    private static IntPtr Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library == "OpenCL" && OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libOpenCL.so.1", out IntPtr handle)
            ? handle
            : IntPtr.Zero;
}
