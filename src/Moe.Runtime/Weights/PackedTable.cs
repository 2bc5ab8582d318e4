using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>One weight of a packed file.</summary>
/// <param name="Request">What it is.</param>
/// <param name="Format">Format of matrices; null for vectors (float32) and indices (32-bit integers).</param>
/// <param name="Offset">Bytes from the beginning of the file, a multiple of 64.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Checksum">XxHash3 of the bytes.</param>
internal sealed record PackedEntry(WeightRequest Request, WeightFormat? Format, long Offset, long Length, ulong Checksum)
{
    /// <summary>Where entries begin.</summary>
    internal const int Alignment = 64;

    internal static long Align(long offset) => (offset + Alignment - 1) / Alignment * Alignment;
}

/// <summary>The table of a packed file: whose weights it holds, and where they lie.</summary>
/// <param name="Model">Name of the declaration that packed it, for messages; the requests are what is compared.</param>
/// <param name="Entries">The weights, in the order in which a declaration asks for them.</param>
internal sealed record PackedTable(string Model, IReadOnlyList<PackedEntry> Entries)
{
    private const int NoRole = -1;

    /// <summary>The table as bytes: its numbers little-endian, each text behind its length.</summary>
    internal byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8))
        {
            writer.Write(Model);
            writer.Write(Entries.Count);
            foreach (PackedEntry entry in Entries)
            {
                writer.Write((int)entry.Request.Kind);
                writer.Write((int?)entry.Request.Role ?? NoRole);
                writer.Write(entry.Request.Rows);
                writer.Write(entry.Request.Columns);
                writer.Write(entry.Request.Count);
                writer.Write(entry.Request.Source);
                writer.Write((int?)entry.Format ?? NoRole);
                writer.Write(entry.Offset);
                writer.Write(entry.Length);
                writer.Write(entry.Checksum);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">The table.</param>
    /// <param name="end">Where the data ends.</param>
    /// <exception cref="CheckpointException">The table is malformed, or an entry does not lie in the data.</exception>
    internal static PackedTable Read(string path, byte[] bytes, long end)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            string model = reader.ReadString();
            int count = reader.ReadInt32();
            var entries = new List<PackedEntry>();
            long free = PackedHeader.Bytes;
            for (int index = 0; index < count; index++)
            {
                PackedEntry entry = ReadEntry(reader);
                if (entry.Offset < free || entry.Offset % PackedEntry.Alignment != 0 || entry.Length < 0 || entry.Length > end - entry.Offset)
                    throw new CheckpointException(path, $"entry {index}, {entry.Request}: {entry.Length} bytes at {entry.Offset} do not lie in the data from {free} to {end}. Pack the checkpoint again.");
                entries.Add(entry);
                free = entry.Offset + entry.Length;
            }

            return new PackedTable(model, entries);
        }
        catch (Exception malformed) when (malformed is IOException or FormatException)
        {
            throw new CheckpointException(path, $"the table is malformed: {malformed.Message} Pack the checkpoint again.", malformed);
        }
    }

    private static PackedEntry ReadEntry(BinaryReader reader)
    {
        var kind = (WeightKind)reader.ReadInt32();
        int role = reader.ReadInt32();
        var request = new WeightRequest(
            kind, role == NoRole ? null : (TensorRole)role, reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadString());
        int format = reader.ReadInt32();
        return new PackedEntry(
            request, format == NoRole ? null : (WeightFormat)format, reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64());
    }
}
