using System;
using System.Linq;
using Iced.Intel;
using Moe.Runtime.MachineCode;
using Assembler = Moe.Runtime.MachineCode.Assembler;

namespace Moe.Runtime.Tests.MachineCode;

/// <summary>What <see cref="Assembler"/> writes, read by a disassembler that others wrote.</summary>
public class AssemblerTests
{
    private static readonly int[] _displacements = [0, 1, -1, 4, 16, 32, 64, -64, 127, 128, -128, -129, 508, 512, 8128, 8192, -8192, 1 << 20];

    [Fact]
    public void Addresses_AnyRegistersAndDisplacement_AreReadBack()
    {
        foreach (General at in Enum.GetValues<General>())
        {
            foreach (General? index in Enum.GetValues<General>().Where(index => index != General.Rsp).Select(index => (General?)index).Append(null))
            {
                foreach (int displacement in _displacements)
                {
                    int scale = index is null ? 1 : 1 << (Math.Abs(displacement) % 4);
                    Address address = new(at, displacement, index, scale);
                    foreach (Action<Assembler> write in new Action<Assembler>[]
                    {
                        code => code.Load(new Zmm(17), address),
                        code => code.Broadcast(new Zmm(9), address),
                        code => code.WidenWords(new Zmm(2), address),
                        code => code.WidenBytes(new Zmm(2), address),
                        code => code.MultiplyByAll(new Zmm(2), new Zmm(30), address),
                        code => code.Move(General.R9, address),
                        code => code.Prefetch1(address),
                        code => code.StoreLower(address, new Zmm(13)),
                    })
                    {
                        Instruction read = Read(write);
                        Assert.Equal(Name(at), read.MemoryBase);
                        Assert.Equal(index is General register ? Name(register) : Register.None, read.MemoryIndex);
                        Assert.Equal((ulong)(long)displacement, read.MemoryDisplacement64);
                        Assert.True(index is null || read.MemoryIndexScale == scale);
                    }
                }
            }
        }
    }

    [Fact]
    public void Vectors_AnyOfThirtyTwo_AreReadBack()
    {
        for (int a = 0; a < 32; a++)
        {
            for (int b = 0; b < 32; b++)
            {
                Zmm x = new(a), y = new(b), z = new((a + (7 * b)) % 32);
                Assert.Equal($"vpdpbusd zmm{a},zmm{b},zmm{z.Number}", Text(code => code.DotBytes(x, y, z)));
                Assert.Equal($"vpmaddwd zmm{a},zmm{b},zmm{z.Number}", Text(code => code.MultiplyAddWords(x, y, z)));
                Assert.Equal($"vmulps zmm{a},zmm{b},zmm{z.Number}", Text(code => code.Multiply(x, y, z)));
                Assert.Equal($"vfmadd231ps zmm{a},zmm{b},zmm{z.Number}", Text(code => code.MultiplyAdd(x, y, z)));
                Assert.Equal($"vpshufb zmm{a},zmm{b},zmm{z.Number}", Text(code => code.LookUp(x, y, z)));
                Assert.Equal($"vpandd zmm{a},zmm{b},zmm{z.Number}", Text(code => code.And(x, y, z)));
                Assert.Equal($"vmovaps zmm{a},zmm{b}", Text(code => code.Move(x, y)));
                Assert.Equal($"vcvtdq2ps zmm{a},zmm{b}", Text(code => code.ToFloats(x, y)));
                Assert.Equal($"vpslld zmm{a},zmm{b},17h", Text(code => code.ShiftLeft32(x, y, 23)));
            }

            Zmm alone = new(a);
            Assert.Equal($"vpxord zmm{a},zmm{a},zmm{a}", Text(code => code.Clear(alone)));
            Assert.Equal($"vpsrlw zmm{a},[rsi+40h],4", Text(code => code.ShiftRight16(alone, new Address(General.Rsi, 64), 4)));
            Assert.Equal($"vmovups [r13],zmm{a}", Text(code => code.Store(new Address(General.R13), alone)));
            Assert.Equal($"vpmaxsd zmm{a},zmm{a},[r12+4]{{1to16}}", Text(code => code.MaximumOfAll(alone, alone, new Address(General.R12, 4))));
            Assert.Equal($"vmulps zmm{a},zmm{a},[r12-200h]{{1to16}}", Text(code => code.MultiplyByAll(alone, alone, new Address(General.R12, -512))));
        }
    }

    [Fact]
    public void GeneralRegisters_Any_AreReadBack()
    {
        foreach (General a in Enum.GetValues<General>())
        {
            string name = a.ToString().ToLowerInvariant();
            Assert.Equal($"add {name},12345678h", Text(code => code.Add(a, 0x1234_5678)));
            Assert.Equal($"xor {name},{name}", Text(code => code.Clear(a)));
            foreach (General b in Enum.GetValues<General>())
            {
                string other = b.ToString().ToLowerInvariant();
                Assert.Equal($"mov {name},{other}", Text(code => code.Move(a, b)));
                Assert.Equal($"add {name},{other}", Text(code => code.Add(a, b)));
                Assert.Equal($"cmp {name},{other}", Text(code => code.Compare(a, b)));
                Assert.Equal($"mov [{other}+8],{name}", Text(code => code.Move(new Address(b, 8), a)));
            }
        }

        Assert.Equal("xgetbv", Text(code => code.ReadExtendedControl()));
        Assert.Equal("vzeroupper", Text(code => code.ClearUpperHalves()));
        Assert.Equal("ret", Text(code => code.Return()));
    }

    [Fact]
    public void ConstantsAndJumps_LeadWhereTheyWereWritten()
    {
        Assembler code = new();
        code.Constant(1);
        Address constant = code.Constant(0x0403_0201);
        code.Align(64);
        int begin = code.Position;
        code.Broadcast(new Zmm(20), constant);
        code.JumpIfBelow(begin);
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(code.ToArray()) { Position = begin });
        decoder.IP = (ulong)begin;
        Assert.Equal(64, begin);
        Assert.Equal(4UL, decoder.Decode().IPRelativeMemoryAddress);
        Assert.Equal((ulong)begin, decoder.Decode().NearBranch64);
    }

    private static Register Name(General register) => Enum.Parse<Register>(register.ToString().ToUpperInvariant());

    private static string Text(Action<Assembler> write)
    {
        var output = new StringOutput();
        new IntelFormatter().Format(Read(write), output);
        return output.ToStringAndReset();
    }

    /// <summary>The one instruction that was written.</summary>
    private static Instruction Read(Action<Assembler> write)
    {
        Assembler code = new();
        write(code);
        byte[] bytes = code.ToArray();
        Instruction instruction = Decoder.Create(64, bytes).Decode();
        Assert.False(instruction.IsInvalid);
        Assert.Equal(bytes.Length, instruction.Length);
        return instruction;
    }
}
