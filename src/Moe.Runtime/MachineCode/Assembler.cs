using System;
using System.Collections.Generic;
using System.Numerics;

namespace Moe.Runtime.MachineCode;

/// <summary>
/// Writes the few instructions of x86-64 that kernels in machine code are made of. Encodings are those of the Intel 64 and IA-32 Architectures Software
/// Developer's Manual, volume 2: sections 2.1 (REX, ModRM, SIB) and 2.7 (EVEX).
/// </summary>
internal sealed class Assembler
{
    private readonly List<byte> _code = [];

    /// <summary>Bytes written so far: the place of the next instruction.</summary>
    internal int Position => _code.Count;

    /// <summary>What was written.</summary>
    internal byte[] ToArray() => [.. _code];

    /// <summary>Writes 32 bits that code refers to.</summary>
    internal Address Constant(uint bits) => Constant(BitConverter.GetBytes(bits));

    /// <summary>Writes bytes that code refers to.</summary>
    internal Address Constant(ReadOnlySpan<byte> bytes)
    {
        int place = Position;
        _code.AddRange(bytes);
        return new Address(default, place, IsConstant: true);
    }

    /// <summary>Writes instructions that do nothing up to a multiple of so many bytes.</summary>
    internal void Align(int bytes)
    {
        while (Position % bytes != 0)
            _code.Add(0x90);
    }

    // General registers.

    internal void Move(General target, Address source) => General64(0x8B, (int)target, source);

    internal void Move(Address target, General source) => General64(0x89, (int)source, target);

    internal void Move(General target, General source) => General64(0x8B, (int)target, source);

    internal void LoadAddress(General target, Address source) => General64(0x8D, (int)target, source);

    internal void Add(General target, General source) => General64(0x03, (int)target, source);

    internal void Add(General target, int value)
    {
        General64(0x81, 0, target);
        Bits32(value);
    }

    internal void Clear(General target) => General64(0x33, (int)target, target);

    internal void Compare(General left, General right) => General64(0x3B, (int)left, right);

    /// <summary>To an earlier place if the last comparison found its left side below, without signs.</summary>
    internal void JumpIfBelow(int place)
    {
        Bytes(0x0F, 0x82);
        Bits32(place - (Position + 4));
    }

    internal void Return() => _code.Add(0xC3);

    /// <summary>Asks for a line into the first cache.</summary>
    internal void Prefetch0(Address place) => Legacy(0x18, 1, place);

    /// <summary>Asks for a line into the second cache.</summary>
    internal void Prefetch1(Address place) => Legacy(0x18, 2, place);

    /// <summary>Asks for a line that will be written.</summary>
    internal void PrefetchToWrite(Address place) => Legacy(0x0D, 1, place);

    /// <summary>Lower 128 bits of one of the first 16 vector registers to memory.</summary>
    internal void StoreLower(Address target, Zmm source) => Legacy(0x11, Lower(source), target);

    /// <summary>Lower 128 bits of one of the first 16 vector registers from memory; what is above stays.</summary>
    internal void LoadLower(Zmm target, Address source) => Legacy(0x10, Lower(target), source);

    /// <summary>VZEROUPPER.</summary>
    internal void ClearUpperHalves() => Bytes(0xC5, 0xF8, 0x77);

    /// <summary>XGETBV: of the register whose number is in ECX, the lower half to EAX.</summary>
    internal void ReadExtendedControl() => Bytes(0x0F, 0x01, 0xD0);

    // Vectors. A source in memory has 64 bytes, unless it says otherwise.

    internal void Load(Zmm target, Address source) => Vector(Map.F, Prefix.None, 0x10, target.Number, 0, source, 64);

    internal void Store(Address target, Zmm source) => Vector(Map.F, Prefix.None, 0x11, source.Number, 0, target, 64);

    internal void Move(Zmm target, Zmm source) => Vector(Map.F, Prefix.None, 0x28, target.Number, 0, source);

    /// <summary>The same 32 bits in every lane.</summary>
    internal void Broadcast(Zmm target, Address source) => Vector(Map.F38, Prefix.P66, 0x58, target.Number, 0, source, 4);

    /// <summary>The same 128 bits four times.</summary>
    internal void Broadcast128(Zmm target, Address source) => Vector(Map.F38, Prefix.P66, 0x5A, target.Number, 0, source, 16);

    internal void Clear(Zmm target) => Vector(Map.F, Prefix.P66, 0xEF, target.Number, target.Number, target);

    internal void And(Zmm target, Zmm left, Zmm right) => Vector(Map.F, Prefix.P66, 0xDB, target.Number, left.Number, right);

    internal void And(Zmm target, Zmm left, Address right) => Vector(Map.F, Prefix.P66, 0xDB, target.Number, left.Number, right, 64);

    /// <summary>Each 16-bit lane shifted right, zeros from the left.</summary>
    internal void ShiftRight16(Zmm target, Address source, byte bits)
    {
        if (source.IsConstant)
            throw new NotSupportedException("A constant's distance is counted from the instruction's end, which is behind the bits to shift by.");

        Vector(Map.F, Prefix.P66, 0x71, 2, target.Number, source, 64);
        _code.Add(bits);
    }

    /// <summary>Each 32-bit lane shifted left.</summary>
    internal void ShiftLeft32(Zmm target, Zmm source, byte bits)
    {
        Vector(Map.F, Prefix.P66, 0x72, 6, target.Number, source);
        _code.Add(bits);
    }

    /// <summary>VPSHUFB.</summary>
    internal void LookUp(Zmm target, Zmm table, Zmm indices) => Vector(Map.F38, Prefix.P66, 0x00, target.Number, table.Number, indices);

    /// <summary>16 bytes as 32-bit integers.</summary>
    internal void WidenBytes(Zmm target, Address source) => Vector(Map.F38, Prefix.P66, 0x31, target.Number, 0, source, 16);

    /// <summary>16 16-bit numbers as 32-bit integers.</summary>
    internal void WidenWords(Zmm target, Address source) => Vector(Map.F38, Prefix.P66, 0x33, target.Number, 0, source, 32);

    /// <summary>VPMAXSD with the same 32 bits in every lane.</summary>
    internal void MaximumOfAll(Zmm target, Zmm left, Address right) => Vector(Map.F38, Prefix.P66, 0x3D, target.Number, left.Number, right, 4, true);

    /// <summary>VPMADDWD: products of 16-bit integers, two added to each lane's sum.</summary>
    internal void MultiplyAddWords(Zmm target, Zmm left, Zmm right) => Vector(Map.F, Prefix.P66, 0xF5, target.Number, left.Number, right);

    /// <summary>VPDPBUSD: target += Σ of four products in every lane, bytes of <paramref name="left"/> without signs, of <paramref name="right"/> with.</summary>
    internal void DotBytes(Zmm target, Zmm left, Zmm right) => Vector(Map.F38, Prefix.P66, 0x50, target.Number, left.Number, right);

    /// <summary>32-bit integers to the nearest floats.</summary>
    internal void ToFloats(Zmm target, Zmm source) => Vector(Map.F, Prefix.None, 0x5B, target.Number, 0, source);

    internal void Multiply(Zmm target, Zmm left, Zmm right) => Vector(Map.F, Prefix.None, 0x59, target.Number, left.Number, right);

    /// <summary>With the same number in every lane.</summary>
    internal void MultiplyByAll(Zmm target, Zmm left, Address right) => Vector(Map.F, Prefix.None, 0x59, target.Number, left.Number, right, 4, true);

    /// <summary>VFMADD231PS: target += left · right, one rounding.</summary>
    internal void MultiplyAdd(Zmm target, Zmm left, Zmm right) => Vector(Map.F38, Prefix.P66, 0xB8, target.Number, left.Number, right);

    private enum Map
    {
        F = 1,
        F38 = 2,
    }

    private enum Prefix
    {
        None = 0,
        P66 = 1,
    }

    private void General64(byte opcode, int register, General operand)
    {
        Bytes(Rex(true, register, 0, (int)operand), opcode, (byte)(0xC0 | ((register & 7) << 3) | ((int)operand & 7)));
    }

    private void General64(byte opcode, int register, Address operand)
    {
        Bytes(Rex(true, register, (int)(operand.Index ?? 0), (int)operand.Base), opcode);
        Memory(register, operand, 1);
    }

    private void Legacy(byte opcode, int register, Address operand)
    {
        Bytes(Rex(false, register, (int)(operand.Index ?? 0), (int)operand.Base), 0x0F, opcode);
        Memory(register, operand, 1);
    }

    private static int Lower(Zmm register) =>
        register.Number < 16 ? register.Number : throw new NotSupportedException("Instructions before EVEX name vector registers 0 to 15.");

    private static byte Rex(bool isWide, int register, int index, int operand) =>
        (byte)(0x40 | (isWide ? 8 : 0) | ((register >> 3) << 2) | ((index >> 3) << 1) | (operand >> 3));

    private void Vector(Map map, Prefix prefix, byte opcode, int register, int second, Zmm operand)
    {
        Evex(map, prefix, register, second, operand.Number >> 4, operand.Number >> 3, false);
        Bytes(opcode, (byte)(0xC0 | ((register & 7) << 3) | (operand.Number & 7)));
    }

    private void Vector(Map map, Prefix prefix, byte opcode, int register, int second, Address operand, int bytes, bool isBroadcast = false)
    {
        Evex(map, prefix, register, second, (int)(operand.Index ?? 0) >> 3, (int)operand.Base >> 3, isBroadcast);
        _code.Add(opcode);
        Memory(register, operand, bytes);
    }

    // Four bytes: 62, then R X B R' 0 m m m, then W v v v v 1 p p, then z L' L b V' a a a, register bits inverted. W is 0, L'L 512 bits, no mask.
    private void Evex(Map map, Prefix prefix, int register, int second, int x, int b, bool isBroadcast)
    {
        Bytes(
            0x62,
            (byte)((Not(register >> 3) << 7) | (Not(x) << 6) | (Not(b) << 5) | (Not(register >> 4) << 4) | (int)map),
            (byte)(((~second & 15) << 3) | 4 | (int)prefix),
            (byte)(0x40 | (isBroadcast ? 0x10 : 0) | (Not(second >> 4) << 3)));
    }

    private static int Not(int bit) => ~bit & 1;

    // ModRM, SIB and displacement; one of 8 bits counts in units of the bytes that the instruction reads.
    private void Memory(int register, Address operand, int unit)
    {
        if (operand.Index == General.Rsp)
            throw new NotSupportedException("RSP is no index: its number says that there is none.");

        int field = (register & 7) << 3, at = (int)operand.Base & 7, displacement = operand.Displacement;
        if (operand.IsConstant)
        {
            _code.Add((byte)(field | 5));
            Bits32(displacement - (Position + 4));
            return;
        }

        bool isShort = displacement % unit == 0 && displacement / unit is >= sbyte.MinValue and <= sbyte.MaxValue;
        int mode = displacement == 0 && at != 5 ? 0 : isShort ? 0x40 : 0x80;
        if (operand.Index is General index)
            Bytes((byte)(mode | field | 4), (byte)((BitOperations.Log2((uint)operand.Scale) << 6) | (((int)index & 7) << 3) | at));
        else if (at == 4)
            Bytes((byte)(mode | field | 4), 0x24);
        else
            _code.Add((byte)(mode | field | at));

        if (mode == 0x40)
            _code.Add((byte)(sbyte)(displacement / unit));
        else if (mode == 0x80)
            Bits32(displacement);
    }

    private void Bits32(int value) => Bytes(BitConverter.GetBytes(value));

    private void Bytes(params ReadOnlySpan<byte> bytes) => _code.AddRange(bytes);
}
