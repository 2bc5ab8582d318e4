using System;
using System.Buffers.Binary;
using System.IO;

namespace Moe.Benchmarks.Peers.Torch;

/// <summary>
/// Makes a required symbol version of a 64-bit little-endian ELF library optional. The native library of TorchSharp names one version of
/// libstdc++ that systems with a compiler older than GCC 13 lack, for a symbol that no relocation uses; the loader refuses it all the same.
/// </summary>
internal static class VersionNeeds
{
    private const int Load = 1, Dynamic = 2;
    private const long Needs = 0x6FFF_FFFE, NeedCount = 0x6FFF_FFFF;
    private const ushort Weak = 2;

    /// <summary>Marks the version as optional in the file.</summary>
    /// <returns>Whether the file required it.</returns>
    /// <exception cref="InvalidDataException">The file is no such library.</exception>
    public static bool Relax(string path, string version)
    {
        byte[] file = File.ReadAllBytes(path);
        if (file.Length < 64 || BinaryPrimitives.ReadUInt32BigEndian(file) != 0x7F45_4C46 || file[4] != 2 || file[5] != 1)
            throw new InvalidDataException($"{path} is no 64-bit little-endian ELF library.");

        long needs = 0, count = 0;
        (long offset, long size) = Segment(file, Dynamic, null);
        for (long entry = offset; entry < offset + size; entry += 16)
        {
            long tag = Long(file, entry);
            if (tag == Needs)
                needs = Segment(file, Load, Long(file, entry + 8)).Offset;
            if (tag == NeedCount)
                count = Long(file, entry + 8);
        }

        bool isFound = false;
        for (long need = needs; count > 0; count--, need += Int(file, need + 12))
        {
            long name = need + Int(file, need + 8);
            for (int names = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan((int)need + 2)); names > 0; names--, name += Int(file, name + 12))
            {
                if ((uint)Int(file, name) != Hash(version))
                    continue;
                Span<byte> flags = file.AsSpan((int)name + 4, 2);
                BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(flags) | Weak));
                isFound = true;
            }
        }

        if (isFound)
        {
            // A new file in its place: the old one may be mapped, or be shared with a package cache by a link.
            string copy = path + ".relaxed";
            File.WriteAllBytes(copy, file);
            File.Move(copy, path, overwrite: true);
        }

        return isFound;
    }

    /// <summary>The first segment of a type, or the place in the file of an address within one.</summary>
    private static (long Offset, long Size) Segment(byte[] file, int type, long? address)
    {
        long table = Long(file, 32);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(54)), count = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(56));
        for (long entry = table; entry < table + ((long)size * count); entry += size)
        {
            long offset = Long(file, entry + 8), start = Long(file, entry + 16), length = Long(file, entry + 32);
            if (Int(file, entry) != type)
                continue;
            if (address is null)
                return (offset, length);
            if (address >= start && address < start + length)
                return (offset + address.Value - start, length);
        }

        throw new InvalidDataException("The library has no such segment.");
    }

    /// <summary>The hash of the System V ABI.</summary>
    private static uint Hash(string name)
    {
        uint hash = 0;
        foreach (char letter in name)
        {
            hash = (hash << 4) + letter;
            uint high = hash & 0xF000_0000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }

    private static long Long(byte[] file, long offset) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan((int)offset));

    private static int Int(byte[] file, long offset) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan((int)offset));
}
