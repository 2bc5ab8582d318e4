namespace Moe.Runtime.MachineCode;

/// <summary>A general register of x86-64 by its number in instructions.</summary>
internal enum General
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
}

/// <summary>A vector register of 512 bits, 0 to 31.</summary>
internal readonly record struct Zmm(int Number);

/// <summary>A place in memory: base + index · scale + displacement, or a constant in front of the code.</summary>
/// <param name="Base">Register of the address.</param>
/// <param name="Displacement">Bytes added; of a constant its place in the code.</param>
/// <param name="Index">A second register, or none.</param>
/// <param name="Scale">1, 2, 4 or 8.</param>
/// <param name="IsConstant">Whether the place is one in the code, and no register counts.</param>
internal readonly record struct Address(General Base, int Displacement = 0, General? Index = null, int Scale = 1, bool IsConstant = false)
{
    /// <summary>The same place some bytes further.</summary>
    public static Address operator +(Address address, int bytes) => address with { Displacement = address.Displacement + bytes };
}
