using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>Four numbers in a 128-bit vector.</summary>
public readonly unsafe struct Lanes4 : ILanes<Lanes4>
{
    private readonly Vector128<float> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Lanes4(Vector128<float> value) => _value = value;

    /// <inheritdoc/>
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Load(float* source) => new(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes4 value, float* destination) => value._value.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 LoadBFloat16(ushort* source) =>
        new((Vector128.WidenLower(Vector64.Load(source).ToVector128Unsafe()) << 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBFloat16(Lanes4 value, ushort* destination)
    {
        Vector128<uint> bits = value._value.AsUInt32();
        Vector128<uint> rounded = (bits + Vector128.Create(0x7FFFu) + ((bits >> 16) & Vector128<uint>.One)) >> 16;
        Vector128<uint> quiet = (bits >> 16) | Vector128.Create(0x40u);
        Vector128<uint> chosen = Vector128.ConditionalSelect(
            Vector128.Equals(value._value, value._value).AsUInt32(), rounded, quiet);
        Vector128.Narrow(chosen, chosen).GetLower().Store(destination);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Broadcast(float value) => new(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator +(Lanes4 a, Lanes4 b) => new(a._value + b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator -(Lanes4 a, Lanes4 b) => new(a._value - b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator -(Lanes4 a) => new((a._value.AsUInt32() ^ Vector128.Create(0x80000000u)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator *(Lanes4 a, Lanes4 b) => new(a._value * b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 operator /(Lanes4 a, Lanes4 b) => new(a._value / b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 MultiplyAdd(Lanes4 a, Lanes4 b, Lanes4 c) =>
        Fma.IsSupported || AdvSimd.IsSupported
            ? new(Vector128.FusedMultiplyAdd(a._value, b._value, c._value))
            : new(a._value * b._value + c._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Absolute(Lanes4 a) =>
        new((a._value.AsUInt32() & Vector128.Create(0x7FFFFFFFu)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 SelectLess(Lanes4 a, Lanes4 b, Lanes4 whenLess, Lanes4 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(a._value, b._value), whenLess._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AnyLess(Lanes4 a, Lanes4 b) => Vector128.LessThanAny(a._value, b._value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 SelectLessOrEqual(Lanes4 a, Lanes4 b, Lanes4 whenTrue, Lanes4 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.LessThanOrEqual(a._value, b._value), whenTrue._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 SelectEqual(Lanes4 a, Lanes4 b, Lanes4 whenTrue, Lanes4 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(a._value, b._value), whenTrue._value, otherwise._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Minimum(Lanes4 a, Lanes4 b) => new(Vector128.Min(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Maximum(Lanes4 a, Lanes4 b) => new(Vector128.Max(a._value, b._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 SquareRoot(Lanes4 a) => new(Vector128.Sqrt(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Floor(Lanes4 a) => new(Vector128.Floor(a._value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Split(Lanes4 value, out Lanes4 exponent)
    {
        Vector128<int> bits = value._value.AsInt32();
        Vector128<int> n = (bits - Vector128.Create(Lanes1.SqrtHalfBits)) >> 23;
        exponent = new(Vector128.ConvertToSingle(n));
        return new((bits - (n << 23)).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Scale(Lanes4 value, Lanes4 shifted)
    {
        // In two steps, because 2^n alone leaves the range of normal numbers where the product does not.
        Vector128<int> n = shifted._value.AsInt32() - Vector128.Create(Lanes1.ShiftBits);
        Vector128<int> first = n >> 1;
        Vector128<int> second = n - first;
        Vector128<int> bias = Vector128.Create(127);
        return new(value._value * ((first + bias) << 23).AsSingle() * ((second + bias) << 23).AsSingle());
    }
}
