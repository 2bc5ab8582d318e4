using System;
using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>The 64 bytes at the beginning of a packed file, little-endian; the table lies behind the data, at the end.</summary>
/// <param name="TableOffset">Bytes from the beginning of the file to the table.</param>
/// <param name="TableLength">Bytes of the table.</param>
/// <param name="TableChecksum">XxHash3 of the table.</param>
/// <remarks>
/// At 0 the magic number, 8 the byte order mark, 12 the version, 16 <paramref name="TableOffset"/>, 24 <paramref name="TableLength"/>,
/// 32 <paramref name="TableChecksum"/>, 40 sixteen zeros, 56 the XxHash3 of all before.
/// </remarks>
internal readonly record struct PackedHeader(long TableOffset, long TableLength, ulong TableChecksum)
{
    internal const int Bytes = 64;

    private const uint ByteOrder = 0x0102_0304;
    private const int ChecksumAt = 56;

    private static ReadOnlySpan<byte> Magic => "MOEPACK\n"u8;

    /// <summary>Bytes of the whole file.</summary>
    internal long FileLength => TableOffset + TableLength;

    /// <summary>The header as bytes.</summary>
    internal byte[] ToBytes()
    {
        var bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), ByteOrder);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), PackedFile.Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), TableOffset);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), TableLength);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), TableChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(ChecksumAt), XxHash3.HashToUInt64(bytes.AsSpan(0, ChecksumAt)));
        return bytes;
    }

    /// <summary>Whether a file begins like a packed file.</summary>
    internal static bool Begins(string path)
    {
        using SafeFileHandle handle = CheckpointFile.Open(path);
        return CheckpointFile.Length(handle, path) >= Magic.Length && CheckpointFile.Read(handle, path, 0, Magic.Length).AsSpan().SequenceEqual(Magic);
    }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">Its first 64 bytes, or all where it has fewer.</param>
    /// <param name="length">Bytes of the whole file.</param>
    /// <exception cref="CheckpointException">It is no packed file, of another version or byte order, damaged or truncated.</exception>
    internal static PackedHeader Read(string path, ReadOnlySpan<byte> bytes, long length)
    {
        if (!bytes.StartsWith(Magic[..Math.Min(Magic.Length, bytes.Length)]))
            throw new CheckpointException(path, "the file is not a packed file: it does not begin with 'MOEPACK'. A checkpoint is loaded by its folder; Pack makes a packed file of it.");
        if (bytes.Length < Bytes)
            throw new CheckpointException(path, $"the file has {length} bytes; the header of a packed file alone has {Bytes}. It is truncated: copy or pack it again.");

        uint order = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (order != ByteOrder)
            throw new CheckpointException(path, $"the byte order mark is {order:X8}; {ByteOrder:X8} was expected. The file is damaged, or comes from a machine of another byte order: pack the checkpoint again.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        if (version != PackedFile.Version)
            throw new CheckpointException(path, $"the packed file has version {version} of the format; this runtime reads version {PackedFile.Version}. Pack the checkpoint again.");
        ulong expected = BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumAt..]);
        ulong found = XxHash3.HashToUInt64(bytes[..ChecksumAt]);
        if (found != expected)
            throw new CheckpointException(path, $"the header is damaged: its checksum is {found:X16}; {expected:X16} was expected. Copy or pack the file again.");

        var header = new PackedHeader(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]));
        if (header.TableOffset < Bytes || header.TableLength is < 0 or > CheckpointFile.JsonLimit || header.TableOffset > long.MaxValue - header.TableLength)
            throw new CheckpointException(path, $"the header places a table of {header.TableLength} bytes at {header.TableOffset}, which is impossible. Pack the checkpoint again.");
        if (header.FileLength != length)
            throw new CheckpointException(path, $"the file has {length} bytes; {header.FileLength} were expected. It is {(length < header.FileLength ? "truncated" : "too long")}: copy or pack it again.");
        return header;
    }
}
