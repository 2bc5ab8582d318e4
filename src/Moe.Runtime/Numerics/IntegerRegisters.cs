using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Moe.Runtime.Numerics;

/// <summary>
/// What a tile product of integers needs beside the operations on floats. Vectors of integers pass as vectors of floats with the same
/// bits, so that a tile has one type of register.
/// </summary>
/// <typeparam name="TVector">Vector128, Vector256 or Vector512 of float.</typeparam>
public unsafe interface IIntegerRegister<TVector> : IRegister<TVector> where TVector : struct
{
    /// <summary>Bits as they stand in memory.</summary>
    static abstract TVector LoadBits(byte* source);

    /// <summary>16 bytes again and again.</summary>
    static abstract TVector Repeat(Vector128<byte> table);

    /// <summary>The same 32 bits in every lane.</summary>
    static abstract TVector BroadcastBits(int bits);

    /// <summary>Each 16-bit lane shifted right, zeros from the left.</summary>
    static abstract TVector ShiftRight(TVector value, int bits);

    /// <summary>Bit by bit.</summary>
    static abstract TVector And(TVector left, TVector right);

    /// <summary>For each byte, which is from 0 to 15, the byte of that number in the table (<see cref="Repeat"/>).</summary>
    static abstract TVector LookUp(TVector table, TVector indices);

    /// <summary>
    /// Of each 32-bit lane: sum + products of the four bytes of a, weights of the format, with those of b, which have signs. A format whose sums
    /// need no more than 16 bits adds two of them to each 16-bit half of the lane where the processor has no dot product of bytes;
    /// <see cref="SumBytes"/> adds the halves.
    /// </summary>
    static abstract TVector MultiplyAddBytes<TFormat>(TVector sum, TVector a, TVector b) where TFormat : IGroupFormat;

    /// <summary>
    /// What sums of products of bytes begin with where all a are too large by the format's offset: −offset · the sums of b, of which
    /// <paramref name="halves"/> has two, those of the lower and of the upper two bytes of all lanes that are to come.
    /// </summary>
    static abstract TVector StartBytes<TFormat>(int halves) where TFormat : IGroupFormat;

    /// <summary>Sums of products of bytes as 32-bit integers.</summary>
    static abstract TVector SumBytes<TFormat>(TVector sum) where TFormat : IGroupFormat;

    /// <summary>32-bit integers to the nearest floats.</summary>
    static abstract TVector ToFloats(TVector integers);

    /// <summary>Consecutive bytes, each as a power of two, 2^(byte − 128): half of what an E8M0 scale says. 255 is not a number.</summary>
    static abstract TVector LoadHalfPowers(byte* source);
}

public readonly unsafe partial struct Register128 : IIntegerRegister<Vector128<float>>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadBits(byte* source) => Vector128.Load(source).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Repeat(Vector128<byte> table) => table.AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> BroadcastBits(int bits) => Vector128.Create(bits).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ShiftRight(Vector128<float> value, int bits) => (value.AsUInt16() >> bits).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> And(Vector128<float> left, Vector128<float> right) => (left.AsInt32() & right.AsInt32()).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LookUp(Vector128<float> table, Vector128<float> indices) =>
        Vector128.Shuffle(table.AsByte(), indices.AsByte()).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToFloats(Vector128<float> integers) => Vector128.ConvertToSingle(integers.AsInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadHalfPowers(byte* source)
    {
        Vector128<ushort> halves = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)source).AsByte());
        Vector128<int> bits = Vector128.WidenLower(halves).AsInt32() << 23;
        return Vector128.Max(bits, Vector128.Create(0x0040_0000)).AsSingle() * Vector128.Create(0.5f);
    }
}

public readonly unsafe partial struct Register256 : IIntegerRegister<Vector256<float>>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadBits(byte* source) => Vector256.Load(source).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Repeat(Vector128<byte> table) => Vector256.Create(table, table).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> BroadcastBits(int bits) => Vector256.Create(bits).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ShiftRight(Vector256<float> value, int bits) => (value.AsUInt16() >> bits).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> And(Vector256<float> left, Vector256<float> right) => (left.AsInt32() & right.AsInt32()).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LookUp(Vector256<float> table, Vector256<float> indices) => Avx2.IsSupported
        ? Avx2.Shuffle(table.AsByte(), indices.AsByte()).AsSingle()
        : Vector256.Create(
            Register128.LookUp(table.GetLower(), indices.GetLower()), Register128.LookUp(table.GetUpper(), indices.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFloats(Vector256<float> integers) => Vector256.ConvertToSingle(integers.AsInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalfPowers(byte* source)
    {
        Vector128<ushort> halves = Vector128.WidenLower(Vector64.Load(source).ToVector128Unsafe());
        Vector256<int> bits = Vector256.WidenLower(halves.ToVector256Unsafe()).AsInt32() << 23;
        return Vector256.Max(bits, Vector256.Create(0x0040_0000)).AsSingle() * Vector256.Create(0.5f);
    }
}

public readonly unsafe partial struct Register512 : IIntegerRegister<Vector512<float>>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadBits(byte* source) => Vector512.Load(source).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Repeat(Vector128<byte> table) =>
        Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table)).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> BroadcastBits(int bits) => Vector512.Create(bits).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ShiftRight(Vector512<float> value, int bits) => (value.AsUInt16() >> bits).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> And(Vector512<float> left, Vector512<float> right) => (left.AsInt32() & right.AsInt32()).AsSingle();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LookUp(Vector512<float> table, Vector512<float> indices) => Avx512BW.IsSupported
        ? Avx512BW.Shuffle(table.AsByte(), indices.AsByte()).AsSingle()
        : Vector512.Create(
            Register256.LookUp(table.GetLower(), indices.GetLower()), Register256.LookUp(table.GetUpper(), indices.GetUpper()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToFloats(Vector512<float> integers) => Vector512.ConvertToSingle(integers.AsInt32());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadHalfPowers(byte* source)
    {
        Vector256<ushort> halves = Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe());
        Vector512<int> bits = Vector512.WidenLower(halves.ToVector512Unsafe()).AsInt32() << 23;
        return Vector512.Max(bits, Vector512.Create(0x0040_0000)).AsSingle() * Vector512.Create(0.5f);
    }
}
