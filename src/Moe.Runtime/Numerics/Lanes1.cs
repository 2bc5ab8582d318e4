using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>One number: the tails of vector loops, and the scalar meaning of every formula.</summary>
public readonly unsafe struct Lanes1 : ILanes<Lanes1>
{
    /// <summary>The bits of 1.5·2^23: adding that number to n leaves n in the low bits of the sum.</summary>
    internal const int ShiftBits = 0x4B400000;

    /// <summary>The bits of √½: a number's bits less these are its exponent above 23 bits of m - √½.</summary>
    internal const int SqrtHalfBits = 0x3F3504F3;

    private readonly float _value;

    /// <summary>Wraps one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes1(float value) => _value = value;

    /// <summary>The number.</summary>
    public float Value => _value;

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Load(float* source) => new(*source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes1 value, float* destination) => *destination = value._value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 LoadBFloat16(ushort* source) => new(BF16.Widen(*source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes1 value, ushort* destination) => *destination = BF16.Round(value._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Broadcast(float value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator +(Lanes1 a, Lanes1 b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator -(Lanes1 a, Lanes1 b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator -(Lanes1 a) => new(-a._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator *(Lanes1 a, Lanes1 b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 operator /(Lanes1 a, Lanes1 b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 MultiplyAdd(Lanes1 a, Lanes1 b, Lanes1 c) =>
        Fma.IsSupported || AdvSimd.IsSupported
            ? new(MathF.FusedMultiplyAdd(a._value, b._value, c._value))
            : new(a._value * b._value + c._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Absolute(Lanes1 a) => new(MathF.Abs(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 SelectLess(Lanes1 a, Lanes1 b, Lanes1 whenLess, Lanes1 otherwise) =>
        a._value < b._value ? whenLess : otherwise;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyLess(Lanes1 a, Lanes1 b) => a._value < b._value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 SelectLessOrEqual(Lanes1 a, Lanes1 b, Lanes1 whenTrue, Lanes1 otherwise) =>
        a._value <= b._value ? whenTrue : otherwise;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 SelectEqual(Lanes1 a, Lanes1 b, Lanes1 whenTrue, Lanes1 otherwise) =>
        a._value == b._value ? whenTrue : otherwise;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Minimum(Lanes1 a, Lanes1 b) => new(MathF.Min(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Maximum(Lanes1 a, Lanes1 b) => new(MathF.Max(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 SquareRoot(Lanes1 a) => new(MathF.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Floor(Lanes1 a) => new(MathF.Floor(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Split(Lanes1 value, out Lanes1 exponent)
    {
        int bits = BitConverter.SingleToInt32Bits(value._value);
        int n = (bits - SqrtHalfBits) >> 23;
        exponent = new(n);
        return new(BitConverter.Int32BitsToSingle(bits - (n << 23)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Scale(Lanes1 value, Lanes1 shifted)
    {
        int n = BitConverter.SingleToInt32Bits(shifted._value) - ShiftBits;
        int first = n >> 1;
        int second = n - first;
        return new(value._value * BitConverter.Int32BitsToSingle((first + 127) << 23)
            * BitConverter.Int32BitsToSingle((second + 127) << 23));
    }
}
