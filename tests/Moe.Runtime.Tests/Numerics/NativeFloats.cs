using System;
using System.Runtime.InteropServices;

namespace Moe.Runtime.Tests.Numerics;

/// <summary>
/// Native floats that end at the end of their allocation's used part, followed by NaN: whoever reads behind them and uses
/// what stands there gives itself away.
/// </summary>
internal sealed unsafe class NativeFloats : IDisposable
{
    private const int Guard = 64;

    internal NativeFloats(int length, float fill = 0f)
    {
        Length = length;
        Pointer = (float*)NativeMemory.AlignedAlloc((nuint)(length + Guard) * sizeof(float), 64);
        Span.Fill(fill);
        new Span<float>(Pointer + length, Guard).Fill(float.NaN);
    }

    internal int Length { get; }

    internal float* Pointer { get; }

    internal byte* Bytes => (byte*)Pointer;

    internal Span<float> Span => new(Pointer, Length);

    internal static NativeFloats Random(Random random, int length, float range = 1f)
    {
        NativeFloats floats = new(length);
        foreach (ref float value in floats.Span)
            value = (random.NextSingle() * 2f - 1f) * range;
        return floats;
    }

    internal static NativeFloats Of(params ReadOnlySpan<float> values)
    {
        NativeFloats floats = new(values.Length);
        values.CopyTo(floats.Span);
        return floats;
    }

    /// <summary>Asserts that nothing was written behind the end.</summary>
    internal void AssertGuarded()
    {
        for (int i = 0; i < Guard; i++)
            Assert.True(float.IsNaN(Pointer[Length + i]), $"written {i} numbers behind the end");
    }

    public void Dispose()
    {
        AssertGuarded();
        NativeMemory.AlignedFree(Pointer);
    }
}
