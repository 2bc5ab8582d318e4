using System;
using Moe.Runtime.MachineCode;

namespace Moe.Runtime.Numerics;

/// <summary>Products of bytes as <see cref="DotProductTile"/> does them and next to nothing else: what they can be held against.</summary>
internal static unsafe class DotProductRate
{
    /// <summary>Products of bytes in a round.</summary>
    internal const int Products = Chains * 64;

    // Enough for the latency of a sum.
    private const int Inputs = 6, Chains = 2 * Inputs;

    private static readonly nint _loop = MachineCodeSupport.HasDotProducts ? Publish() : 0;

    /// <summary>Whether the processor has the instruction and the system lets code run that was written at run time.</summary>
    internal static bool IsAvailable => _loop != 0;

    /// <summary>So many rounds.</summary>
    internal static void Run(long rounds)
    {
        long* memory = stackalloc long[1 + (Inputs / 2)];
        memory[0] = rounds;
        ((delegate* unmanaged<long*, void>)_loop)(memory);
    }

    private static nint Publish()
    {
        Assembler code = new();
        Write(code, OperatingSystem.IsWindows());
        return (nint)ExecutableMemory.Publish(code.ToArray());
    }

    // Six inputs from memory with two vectors of weights, as a tile of six rows by two panels. No register is taken that a caller wants back.
    internal static void Write(Assembler code, bool isWindows)
    {
        General argument = isWindows ? General.Rcx : General.Rdi;
        Zmm input = new(24);
        code.Move(General.R8, new Address(argument));
        code.Clear(General.Rax);
        code.Align(64);
        int loop = code.Position;
        for (int i = 0; i < Inputs; i++)
        {
            code.Broadcast(input, new Address(argument, 8 + (4 * i)));
            code.DotBytes(new Zmm(i), new Zmm(22), input);
            code.DotBytes(new Zmm(16 + i), new Zmm(23), input);
        }

        code.Add(General.Rax, 1);
        code.Compare(General.Rax, General.R8);
        code.JumpIfBelow(loop);
        code.ClearUpperHalves();
        code.Return();
    }
}
