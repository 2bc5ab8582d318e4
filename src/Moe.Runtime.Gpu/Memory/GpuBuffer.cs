using System;
using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using Moe.Runtime.Gpu.Devices;

namespace Moe.Runtime.Gpu.Memory;

/// <summary>Named memory on a device; grows on demand.</summary>
/// <typeparam name="T">Element type.</typeparam>
[DebuggerDisplay("{Name}: {Length} elements")]
public sealed class GpuBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly GpuAccelerator _accelerator;
    private MemoryBuffer1D<T, Stride1D.Dense>? _memory;

    /// <summary>An empty buffer.</summary>
    /// <param name="accelerator">Its device.</param>
    /// <param name="name">Its name in messages and in the debugger.</param>
    public GpuBuffer(GpuAccelerator accelerator, string name)
    {
        _accelerator = accelerator;
        Name = name;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Elements.</summary>
    public long Length => _memory?.Length ?? 0;

    /// <summary>Bytes.</summary>
    public long Bytes => _memory?.LengthInBytes ?? 0;

    /// <summary>All elements, for kernels.</summary>
    public ArrayView<T> View => _memory is { } memory ? memory.View : ArrayView<T>.Empty;

    /// <summary>Makes room for <paramref name="elements"/>; what it held is lost when it grows.</summary>
    /// <exception cref="OutOfMemoryException">The device has not enough memory.</exception>
    public void Reserve(long elements)
    {
        if (elements <= Length)
            return;

        Dispose();
        _memory = Allocate(elements);
    }

    /// <summary>Changes the size and keeps the first <paramref name="kept"/> elements.</summary>
    /// <exception cref="OutOfMemoryException">The device has not enough memory.</exception>
    public void Resize(long elements, long kept)
    {
        var resized = new GpuBuffer<T>(_accelerator, Name);
        if (elements > 0)
            resized.Reserve(elements);
        if (kept > 0)
            resized.CopyFrom(this, kept);

        Dispose();
        _memory = resized._memory;
        if (_memory is { } memory)
        {
            _accelerator.Count(resized, -memory.LengthInBytes);
            _accelerator.Count(this, memory.LengthInBytes);
        }
    }

    /// <summary>Copies the first <paramref name="count"/> elements of another buffer of the device, and waits for it.</summary>
    public void CopyFrom(GpuBuffer<T> source, long count)
    {
        Receive(source, count);
        _accelerator.Accelerator.DefaultStream.Synchronize();
    }

    /// <summary>Copies the first <paramref name="count"/> elements of another buffer of the device, in turn with what is launched.</summary>
    public void Receive(GpuBuffer<T> source, long count) =>
        source.View.SubView(0, count).CopyTo(_accelerator.Accelerator.DefaultStream, View.SubView(0, count));

    /// <summary>Sets the first <paramref name="count"/> elements to 0, in turn with what is launched.</summary>
    public void Clear(long count) => View.SubView(0, count).MemSetToZero(_accelerator.Accelerator.DefaultStream);

    /// <summary>Copies to the device.</summary>
    /// <param name="source">Elements on the host.</param>
    /// <param name="at">Where the first one goes.</param>
    public void Upload(ReadOnlySpan<T> source, long at = 0)
    {
        if (source.IsEmpty)
            return;

        AcceleratorStream stream = _accelerator.Accelerator.DefaultStream;
        View.SubView(at, source.Length).CopyFromCPU(stream, source);
        stream.Synchronize();
    }

    /// <summary>Copies from the device, after everything launched before.</summary>
    /// <param name="destination">Elements on the host.</param>
    /// <param name="at">Where the first one lies.</param>
    public void Download(Span<T> destination, long at = 0)
    {
        if (destination.IsEmpty)
            return;

        AcceleratorStream stream = _accelerator.Accelerator.DefaultStream;
        View.SubView(at, destination.Length).CopyToCPU(stream, destination);
        stream.Synchronize();
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_memory is not { } memory)
            return;

        _accelerator.Count(this, -memory.LengthInBytes);
        _memory = null;
        memory.Dispose();
    }

    private MemoryBuffer1D<T, Stride1D.Dense> Allocate(long elements)
    {
        _accelerator.ThrowIfDisposed();
        try
        {
            MemoryBuffer1D<T, Stride1D.Dense> memory = _accelerator.Accelerator.Allocate1D<T>(elements);
            _accelerator.Count(this, memory.LengthInBytes);
            return memory;
        }
        catch (AcceleratorException exception)
        {
            throw new OutOfMemoryException(
                $"{_accelerator.Name} has no room for '{Name}': {elements} elements of {Interop.SizeOf<T>()} bytes; {_accelerator.BytesHeld} bytes are held already. Use a narrower weight or cache format, a shorter context or a larger device.",
                exception);
        }
    }
}
