using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Moe.Runtime.Gpu.Kernels;
using Device = Moe.Runtime.Models.Device;

namespace Moe.Runtime.Gpu.Devices;

/// <summary>
/// A device with everything that lies on it. Disposing it gives back every buffer, then the accelerator, then ILGPU's
/// context. Steps and cache operations of one accelerator take turns.
/// </summary>
[DebuggerDisplay("{Name}, {BytesHeld} bytes held")]
public sealed class GpuAccelerator : IDisposable
{
    private readonly Context _context;
    private readonly HashSet<IDisposable> _buffers = [];
    private readonly Lock _gate = new();
    private long _bytesHeld;
    private bool _isDisposed;

    private GpuAccelerator(Context context, Accelerator accelerator)
    {
        _context = context;
        Accelerator = accelerator;
    }

    /// <summary>ILGPU's accelerator, which compiles and launches kernels.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>The device's name.</summary>
    public string Name => Accelerator.Name;

    /// <summary>Bytes of all buffers on the device.</summary>
    public long BytesHeld => Interlocked.Read(ref _bytesHeld);

    /// <summary>Waits until nobody else uses the device, and makes it the calling thread's; disposing the result lets others in.</summary>
    internal Lock.Scope Enter()
    {
        Lock.Scope scope = _gate.EnterScope();
        if (!_isDisposed)
            Accelerator.Bind();
        return scope;
    }

    /// <summary>Opens the first device of the kind.</summary>
    /// <param name="device">A GPU device.</param>
    /// <exception cref="PlatformNotSupportedException">There is none; the message says what to install.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="device"/> is no GPU device.</exception>
    public static GpuAccelerator Open(Device device) => device switch
    {
        Device.Cuda => OpenFirst(
            builder => builder.Cuda(),
            AcceleratorType.Cuda,
            "CUDA",
            "an NVIDIA GPU and its driver (libcuda.so.1 or nvcuda.dll) are needed; the CUDA toolkit is not"),
        Device.OpenCl => OpenOpenCl(),
        Device.GpuSimulator => OpenFirst(
            builder => builder.CPU(new CPUDevice(numThreadsPerWarp: 16, numWarpsPerMultiprocessor: GpuGroup.Size / 16, numMultiprocessors: 1)),
            AcceleratorType.CPU,
            "GPU simulator",
            "ILGPU's CPU accelerator should always be there"),
        _ => throw new ArgumentOutOfRangeException(nameof(device), device, "This is no GPU device: Cuda, OpenCl or GpuSimulator."),
    };

    /// <summary>Whether a device of the kind is there.</summary>
    /// <param name="device">A GPU device.</param>
    /// <param name="reason">Why not.</param>
    public static bool IsPresent(Device device, out string reason)
    {
        try
        {
            using GpuAccelerator accelerator = Open(device);
            reason = "";
            return true;
        }
        catch (PlatformNotSupportedException exception)
        {
            reason = exception.Message;
            return false;
        }
    }

    /// <summary>Gives everything on the device back.</summary>
    public void Dispose()
    {
        using (Enter())
        {
            if (_isDisposed)
                return;

            Accelerator.Synchronize();
            foreach (IDisposable buffer in _buffers.ToArray())
                buffer.Dispose();
            _isDisposed = true;
            Accelerator.Dispose();
            _context.Dispose();
        }
    }

    /// <summary>Counts a buffer in or, with negative bytes, out.</summary>
    internal void Count(IDisposable buffer, long bytes)
    {
        lock (_gate)
        {
            if (bytes >= 0)
                _buffers.Add(buffer);
            else
                _buffers.Remove(buffer);
            Interlocked.Add(ref _bytesHeld, bytes);
        }
    }

    /// <summary>Refuses to go on with a device that was given back.</summary>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    private static GpuAccelerator OpenOpenCl()
    {
        OpenClPlatform.Prepare();
        bool isFirst = true;
        bool lacksGenericAddresses = false;
        GpuAccelerator accelerator = OpenFirst(
            builder =>
            {
                builder.OpenCL(found =>
                {
                    if (!isFirst)
                        return false;
                    isFirst = false;
                    lacksGenericAddresses = OpenClPlatform.AllowWithoutGenericAddresses(found);
                    return true;
                });
                if (lacksGenericAddresses)
                    builder.Optimize(OptimizationLevel.O2);
            },
            AcceleratorType.OpenCL,
            "OpenCL",
            "a vendor's OpenCL driver, or PoCL for the processor (Debian and Ubuntu: ocl-icd-libopencl1 and pocl-opencl-icd), is needed");
        if (lacksGenericAddresses)
            OpenClPlatform.KeepOrderOfMemory(((CLAccelerator)accelerator.Accelerator).Backend);
        return accelerator;
    }

    private static GpuAccelerator OpenFirst(Action<Context.Builder> addDevices, AcceleratorType type, string kind, string remedy)
    {
        // O1 keeps loads, stores and barriers in their order; O2 does not (see OpenClPlatform.KeepOrderOfMemory).
        Context context = Context.Create(builder =>
        {
            builder.Optimize(OptimizationLevel.O1);
            addDevices(builder);
        });

        try
        {
            ILGPU.Runtime.Device first = context.Devices.FirstOrDefault(found => found.AcceleratorType == type)
                ?? throw new PlatformNotSupportedException($"There is no {kind} device: {remedy}.");
            return new GpuAccelerator(context, first.CreateAccelerator(context));
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }
}
