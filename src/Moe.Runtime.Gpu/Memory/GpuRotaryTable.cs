using System;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Gpu.Memory;

/// <summary>
/// The numbers of a <see cref="RotaryTable"/> on the device, [positions, size / 2] each; of two tables in turn, [positions, 2,
/// size / 2], where the length of a sequence decides between them.
/// </summary>
public sealed class GpuRotaryTable : IDisposable
{
    private const int PositionStep = 256;

    private readonly RotaryTable[] _tables;
    private int _positions;

    /// <summary>A table without rows.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="tables">Where its numbers come from, one or two of one size; this owns them from now on.</param>
    public GpuRotaryTable(GpuAccelerator accelerator, params RotaryTable[] tables)
    {
        _tables = tables;
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
        int pairs = _tables[0].Size / 2;
        var cosines = new float[checked(rows * _tables.Length * pairs)];
        var sines = new float[cosines.Length];
        int at = 0;
        for (int position = 0; position < rows; position++)
        {
            foreach (RotaryTable table in _tables)
            {
                new ReadOnlySpan<float>(table.Cos(position), pairs).CopyTo(cosines.AsSpan(at));
                new ReadOnlySpan<float>(table.Sin(position), pairs).CopyTo(sines.AsSpan(at));
                at += pairs;
            }
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
        foreach (RotaryTable table in _tables)
            table.Dispose();
    }
}
