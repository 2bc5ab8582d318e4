using System;
using System.Linq;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Gpu.Memory;

/// <summary>
/// What a model remembers of one sequence, on the device: for each layer a row for each position, [capacity, elements of
/// the layer]. A row is keys, then values; or the latent, then the rotary key.
/// </summary>
/// <typeparam name="TCache">How elements are stored.</typeparam>
public sealed class GpuCache<TCache> : SequenceCache
    where TCache : unmanaged, IGpuElement<TCache>
{
    private const int PositionStep = 64;

    private readonly GpuAccelerator _accelerator;
    private readonly int[] _elements;
    private readonly GpuBuffer<TCache>[] _layers;
    private int _capacity;

    /// <summary>An empty cache.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="elementsOfLayer">Elements that one position takes in each layer.</param>
    public GpuCache(GpuAccelerator accelerator, ReadOnlySpan<int> elementsOfLayer)
    {
        _accelerator = accelerator;
        _elements = elementsOfLayer.ToArray();
        _layers = _elements.Select((_, layer) => new GpuBuffer<TCache>(accelerator, $"cache of layer {layer}")).ToArray();
    }

    /// <inheritdoc/>
    public override long Bytes => _layers.Sum(layer => layer.Bytes);

    /// <summary>The memory of a layer.</summary>
    public GpuBuffer<TCache> this[int layer] => _layers[layer];

    /// <inheritdoc/>
    /// <exception cref="OutOfMemoryException">The device has not enough memory; the cache is as it was.</exception>
    public override void Reserve(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        using (_accelerator.Enter())
        {
            if (length > _capacity)
                SetCapacity(Rounded(Math.Max(length, (int)Math.Min(int.MaxValue - PositionStep, _capacity * 3L / 2))));
        }
    }

    /// <inheritdoc/>
    public override void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        using (_accelerator.Enter())
        {
            Length = length;
            if (Rounded(length) < _capacity)
                SetCapacity(Rounded(length));
        }
    }

    /// <inheritdoc/>
    public override SequenceCache Fork()
    {
        using (_accelerator.Enter())
        {
            var copy = new GpuCache<TCache>(_accelerator, _elements);
            copy.SetCapacity(Rounded(Length));
            for (int layer = 0; layer < _layers.Length; layer++)
            {
                long held = (long)Length * _elements[layer];
                if (held > 0)
                    copy._layers[layer].CopyFrom(_layers[layer], held);
            }

            copy.Length = Length;
            return copy;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        using (_accelerator.Enter())
        {
            foreach (GpuBuffer<TCache> layer in _layers)
                layer.Dispose();
            _capacity = 0;
            Length = 0;
        }
    }

    private static int Rounded(int length) => checked((length + PositionStep - 1) / PositionStep * PositionStep);

    private void SetCapacity(int capacity)
    {
        int resized = 0;
        try
        {
            for (; resized < _layers.Length; resized++)
                _layers[resized].Resize((long)capacity * _elements[resized], (long)Length * _elements[resized]);
        }
        catch (OutOfMemoryException)
        {
            // Layers that have grown already shrink again: the cache stays as it was.
            for (int layer = 0; layer < resized; layer++)
                _layers[layer].Resize((long)_capacity * _elements[layer], (long)Length * _elements[layer]);
            throw;
        }

        _capacity = capacity;
    }
}
