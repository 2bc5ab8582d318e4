using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

/// <summary>Random rows with their integers behind them.</summary>
internal sealed unsafe class IntegerInput : IDisposable
{
    private readonly NativeFloats _memory;
    private readonly int _columns;

    public IntegerInput(Random random, int count, int columns)
    {
        _columns = columns;
        Stride = IntegerRows.Offset(columns) + IntegerRows.Floats(columns);
        _memory = new NativeFloats(count * Stride, float.NaN);
        for (int row = 0; row < count; row++)
        {
            foreach (ref float value in Span(row))
                value = (random.NextSingle() - 0.5f) * MathF.Pow(2f, random.Next(-8, 8));
            IntegerRows.Write(Row(row), columns, (byte*)(Row(row) + IntegerRows.Offset(columns)));
        }
    }

    public int Stride { get; }

    public float* Row(int row) => _memory.Pointer + (row * Stride);

    public Span<float> Span(int row) => new(Row(row), _columns);

    public void Dispose() => _memory.Dispose();
}
