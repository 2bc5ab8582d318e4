using System;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Gpu.Memory;

/// <summary>The numbers of a <see cref="RotaryTable"/> on the device, [positions, size / 2] each.</summary>
public sealed class GpuRotaryTable : IDisposable
{
    private const int PositionStep = 256;

    private readonly RotaryTable _table;
    private int _positions;

    /// <summary>A table without rows.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="table">Where its numbers come from; this owns it from now on.</param>
    public GpuRotaryTable(GpuAccelerator accelerator, RotaryTable table)
    {
        _table = table;
        Cosines = new GpuBuffer<float>(accelerator, "rotary cosines");
        Sines = new GpuBuffer<float>(accelerator, "rotary sines");
    }

    /// <summary>cos(position · frequency).</summary>
    public GpuBuffer<float> Cosines { get; }

    /// <summary>sin(position · frequency).</summary>
    public GpuBuffer<float> Sines { get; }

    /// <summary>Makes the rows of positions below <paramref name="positions"/>.</summary>
    public unsafe void Reserve(int positions)
    {
        if (positions <= _positions)
            return;

        int rows = checked((Math.Max(positions, (int)Math.Min(int.MaxValue / 2, _positions * 2L)) + PositionStep - 1) / PositionStep * PositionStep);
        int pairs = _table.Size / 2;
        var cosines = new float[checked(rows * pairs)];
        var sines = new float[cosines.Length];
        for (int position = 0; position < rows; position++)
        {
            new ReadOnlySpan<float>(_table.Cos(position), pairs).CopyTo(cosines.AsSpan(position * pairs));
            new ReadOnlySpan<float>(_table.Sin(position), pairs).CopyTo(sines.AsSpan(position * pairs));
        }

        Cosines.Reserve(cosines.Length);
        Cosines.Upload(cosines);
        Sines.Reserve(sines.Length);
        Sines.Upload(sines);
        _positions = rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cosines.Dispose();
        Sines.Dispose();
        _table.Dispose();
    }
}
