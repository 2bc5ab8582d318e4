using System;
using System.Collections.Generic;
using System.Numerics;
using Iced.Intel;

namespace Moe.Runtime.Tests.MachineCode;

/// <summary>
/// Executes machine code one instruction after the other as the Intel 64 and IA-32 Architectures Software Developer's Manual describes them, decoded by
/// Iced: for the few that kernels are made of, on any processor, under any calling convention. Memory is that of the process.
/// </summary>
internal sealed unsafe class Emulator
{
    private const ulong ReturnAddress = 0xDEAD_0000;

    private readonly Dictionary<ulong, Instruction> _decoded = [];
    private readonly ulong[] _general = new ulong[16];
    private readonly uint[][] _vectors = new uint[32][];
    private readonly List<(ulong Begin, ulong End)> _writable = [];
    private bool _isBelow;

    /// <summary>Vector and general registers begin with numbers that would be noticed.</summary>
    internal Emulator()
    {
        Random random = new(5);
        for (int i = 0; i < 32; i++)
        {
            _vectors[i] = new uint[16];
            random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_vectors[i].AsSpan()));
        }

        for (int i = 0; i < 16; i++)
            _general[i] = (ulong)random.NextInt64();
    }

    /// <summary>Instructions executed.</summary>
    internal int Executed { get; private set; }

    /// <summary>A general register.</summary>
    internal ulong this[Register register]
    {
        get => _general[register.GetFullRegister() - Register.RAX];
        set => _general[register.GetFullRegister() - Register.RAX] = value;
    }

    /// <summary>The lower half of a vector register.</summary>
    internal (uint, uint, uint, uint) Lower(int vector) => (_vectors[vector][0], _vectors[vector][1], _vectors[vector][2], _vectors[vector][3]);

    /// <summary>Lets code write there; anywhere else is an error.</summary>
    internal void MayWrite(void* memory, long bytes) => _writable.Add(((ulong)memory, (ulong)memory + (ulong)bytes));

    /// <summary>Calls code until it returns.</summary>
    internal void Call(byte[] code, int begin)
    {
        fixed (byte* memory = code)
        {
            ByteArrayCodeReader reader = new(code);
            Decoder decoder = Decoder.Create(64, reader);
            ulong place = (ulong)memory + (ulong)begin, stack = this[Register.RSP];
            while (place != ReturnAddress)
            {
                if (!_decoded.TryGetValue(place, out Instruction instruction))
                {
                    reader.Position = (int)(place - (ulong)memory);
                    decoder.IP = place;
                    decoder.Decode(out instruction);
                    _decoded.Add(place, instruction);
                }

                Executed++;
                place = Execute(instruction);
            }

            if (this[Register.RSP] != stack)
                throw new InvalidOperationException("The stack pointer moved.");
        }
    }

    private ulong Execute(in Instruction instruction)
    {
        ulong next = instruction.NextIP;
        int target = instruction.Op0Kind == OpKind.Register && instruction.Op0Register.IsVectorRegister() ? Number(instruction.Op0Register) : -1;
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Ret:
                return ReturnAddress;
            case Mnemonic.Jb:
                return _isBelow ? instruction.NearBranch64 : next;
            case Mnemonic.Cmp:
                _isBelow = Wide(instruction, 0) < Wide(instruction, 1);
                return next;
            case Mnemonic.Nop or Mnemonic.Prefetcht0 or Mnemonic.Prefetcht1 or Mnemonic.Prefetchw:
                return next;
            case Mnemonic.Mov:
                Put(instruction, Wide(instruction, 1));
                return next;
            case Mnemonic.Add:
                Put(instruction, Wide(instruction, 0) + Wide(instruction, 1));
                return next;
            case Mnemonic.Xor:
                Put(instruction, Wide(instruction, 0) ^ Wide(instruction, 1));
                return next;
            case Mnemonic.Lea:
                Put(instruction, Place(instruction));
                return next;
            case Mnemonic.Vzeroupper:
                for (int i = 0; i < 16; i++)
                    _vectors[i].AsSpan(4).Clear();
                return next;
            case Mnemonic.Movups when target >= 0:
                new ReadOnlySpan<uint>((void*)Place(instruction), 4).CopyTo(_vectors[target]);
                return next;
            case Mnemonic.Movups:
                _vectors[Number(instruction.Op1Register)].AsSpan(0, 4).CopyTo(new Span<uint>((void*)Writable(instruction, 16), 4));
                return next;
            case Mnemonic.Vmovups when target < 0:
                _vectors[Number(instruction.Op1Register)].CopyTo(new Span<uint>((void*)Writable(instruction, 64), 16));
                return next;
            default:
                _vectors[target] = Vector(instruction, _vectors[target]);
                return next;
        }
    }

    private uint[] Vector(in Instruction instruction, uint[] before)
    {
        var result = new uint[16];
        uint[] a = Lanes(instruction, 1), b = instruction.OpCount > 2 && instruction.Op2Kind != OpKind.Immediate8 ? Lanes(instruction, 2) : a;
        int bits = instruction.OpCount > 2 && instruction.Op2Kind == OpKind.Immediate8 ? instruction.Immediate8 : 0;
        for (int i = 0; i < 16; i++)
        {
            result[i] = instruction.Mnemonic switch
            {
                Mnemonic.Vmovups or Mnemonic.Vmovaps or Mnemonic.Vpbroadcastd or Mnemonic.Vbroadcasti32x4 => a[i],
                Mnemonic.Vpmovzxbd => (a[i / 4] >> (i % 4 * 8)) & 0xFF,
                Mnemonic.Vpmovzxwd => (a[i / 2] >> (i % 2 * 16)) & 0xFFFF,
                Mnemonic.Vpxord => a[i] ^ b[i],
                Mnemonic.Vpandd => a[i] & b[i],
                Mnemonic.Vpsrlw => ((a[i] & 0xFFFF) >> bits) | (a[i] >> 16 >> bits << 16),
                Mnemonic.Vpslld => a[i] << bits,
                Mnemonic.Vpshufb => Shuffled(a.AsSpan(i / 4 * 4, 4), b[i]),
                Mnemonic.Vpmaxsd => (uint)Math.Max((int)a[i], (int)b[i]),
                Mnemonic.Vpmaddwd => (uint)(((short)a[i] * (short)b[i]) + ((short)(a[i] >> 16) * (short)(b[i] >> 16))),
                Mnemonic.Vpdpbusd => before[i] + Dot(a[i], b[i]),
                Mnemonic.Vcvtdq2ps => BitConverter.SingleToUInt32Bits((int)a[i]),
                Mnemonic.Vmulps => BitConverter.SingleToUInt32Bits(Float(a[i]) * Float(b[i])),
                Mnemonic.Vfmadd231ps => BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(Float(a[i]), Float(b[i]), Float(before[i]))),
                _ => throw new NotSupportedException($"{instruction.Mnemonic} ({instruction.Code})."),
            };
        }

        return result;
    }

    // Of an operand in memory as many lanes as the instruction reads; those that it repeats, again and again.
    private uint[] Lanes(in Instruction instruction, int operand)
    {
        if (instruction.GetOpKind(operand) == OpKind.Register)
            return _vectors[Number(instruction.GetOpRegister(operand))];

        int lanes = instruction.MemorySize.GetSize() / 4;
        var result = new uint[16];
        for (int i = 0; i < 16; i++)
            result[i] = ((uint*)Place(instruction))[i % lanes];
        return result;
    }

    private ulong Wide(in Instruction instruction, int operand) => instruction.GetOpKind(operand) switch
    {
        OpKind.Register => this[instruction.GetOpRegister(operand)],
        OpKind.Memory => *(ulong*)Place(instruction),
        _ => instruction.GetImmediate(operand),
    };

    private void Put(in Instruction instruction, ulong value)
    {
        if (instruction.Op0Kind == OpKind.Register)
            this[instruction.Op0Register] = value;
        else
            *(ulong*)Writable(instruction, 8) = value;
    }

    private ulong Place(in Instruction instruction) => instruction.GetVirtualAddress(
        instruction.Op0Kind == OpKind.Memory ? 0 : instruction.Op1Kind == OpKind.Memory ? 1 : 2, 0, (register, _, _) => register.IsGPR() ? this[register] : 0);

    private ulong Writable(in Instruction instruction, ulong bytes)
    {
        ulong place = Place(instruction);
        return _writable.Exists(memory => place >= memory.Begin && place + bytes <= memory.End)
            ? place
            : throw new InvalidOperationException($"{instruction} writes where it may not.");
    }

    private static int Number(Register register) =>
        register.IsZMM() ? register - Register.ZMM0 : register.IsYMM() ? register - Register.YMM0 : register - Register.XMM0;

    private static float Float(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static uint Dot(uint a, uint b)
    {
        int sum = 0;
        for (int i = 0; i < 32; i += 8)
            sum += (byte)(a >> i) * (sbyte)(byte)(b >> i);
        return (uint)sum;
    }

    private static uint Shuffled(ReadOnlySpan<uint> table, uint indices)
    {
        uint result = 0;
        for (int i = 0; i < 32; i += 8)
        {
            uint index = (indices >> i) & 0xFF;
            if (index < 0x80)
                result |= ((table[(int)(index & 15) / 4] >> (int)(index % 4 * 8)) & 0xFF) << i;
        }

        return result;
    }
}
