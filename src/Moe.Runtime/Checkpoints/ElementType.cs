using System;

namespace Moe.Runtime.Checkpoints;

/// <summary>The element types of the safetensors format that occupy whole bytes.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32: 8 bits of exponent, 7 of fraction.</summary>
    BF16,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Unsigned 8-bit integer; packed quantised weights are stored in it as well.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>8-bit float, 4 bits of exponent, 3 of fraction; needs scales that lie in other tensors.</summary>
    F8E4M3,

    /// <summary>8-bit float, 5 bits of exponent, 2 of fraction; needs scales that lie in other tensors.</summary>
    F8E5M2,

    /// <summary>8-bit power of two, the scale of microscaled formats.</summary>
    F8E8M0,

    /// <summary>Complex number of two binary32.</summary>
    C64,
}

/// <summary>Sizes and spellings of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    // In the order of the enumeration: the name in a file's header, and the bytes of one element.
    private static readonly (string Name, int Size)[] Table =
    [
        ("F64", 8), ("F32", 4), ("F16", 2), ("BF16", 2),
        ("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1),
        ("U64", 8), ("U32", 4), ("U16", 2), ("U8", 1),
        ("BOOL", 1), ("F8_E4M3", 1), ("F8_E5M2", 1), ("F8_E8M0", 1), ("C64", 8),
    ];

    /// <summary>Bytes of one element.</summary>
    public static int SizeInBytes(this ElementType type) => Table[(int)type].Size;

    /// <summary>The spelling in the header of a safetensors file, for instance <c>F8_E4M3</c>.</summary>
    public static string SafetensorsName(this ElementType type) => Table[(int)type].Name;

    /// <summary>Whether each element alone is a real number that widens to a float: F64, F32, F16, BF16.</summary>
    public static bool IsFloat(this ElementType type) => type <= ElementType.BF16;

    /// <summary>Whether elements are integers, signed or not.</summary>
    public static bool IsInteger(this ElementType type) => type is >= ElementType.I64 and <= ElementType.U8;

    /// <summary>Finds the type by its spelling in a safetensors header.</summary>
    /// <returns>False if the spelling is unknown, or is a type whose elements are smaller than a byte.</returns>
    public static bool TryParse(string name, out ElementType type)
    {
        int index = Array.FindIndex(Table, row => row.Name == name);
        type = (ElementType)Math.Max(index, 0);
        return index >= 0;
    }
}
