using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

/// <summary>Measures the process, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(MappedMemoryTests), DisableParallelization = true)]
[Collection(nameof(MappedMemoryTests))]
public sealed class MappedMemoryTests
{
    private const int TensorCount = 24;
    private const int Rows = 1600;
    private const int Columns = 4096;
    private const long FileBytes = (long)TensorCount * Rows * Columns * 2;

    // What the reader may hold besides the weights: a window of the file, a row buffer, allocator slack.
    private const long Allowance = FileBytes / 10;

    [SkippableFact]
    public void Reading_A300MegabyteCheckpointIntoBFloat16_PeaksBelowTheWeightsPlusTenPercent()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Reads /proc/self/smaps_rollup, which only Linux has.");
        using var folder = new TemporaryFolder();
        WriteCheckpoint(folder.File("model.safetensors"));
        ReadWeights(folder.Path, 1); // compiles the methods, so that the JIT's memory is in the baseline
        GC.Collect();

        long before = ResidentBytes();
        long peak = ReadWeights(folder.Path, TensorCount) - before;
        long withoutRelease = MapEverything(folder.File("model.safetensors")) - ResidentBytes();

        Assert.InRange(peak, FileBytes, FileBytes + Allowance);
        // The measure sees mapped pages: the same file looked at as a whole counts in full.
        Assert.InRange(withoutRelease, FileBytes * 9 / 10, FileBytes * 11 / 10);
    }

    /// <summary>Loads as a model does: widen a few rows, narrow them into the weights; gives the peak resident bytes.</summary>
    private static unsafe long ReadWeights(string folder, int count)
    {
        using CheckpointTensors tensors = CheckpointTensors.Open(folder);
        var rows = new float[64 * Columns];
        ushort* weights = (ushort*)NativeMemory.Alloc((nuint)FileBytes);
        long peak = 0;
        long written = 0;
        foreach (TensorEntry tensor in tensors.Tensors.Take(count))
        {
            for (long row = 0; row < Rows; row += 64)
            {
                tensors.ReadRows(tensor.Name, row, rows);
                foreach (float value in rows)
                    weights[written++] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
                peak = Math.Max(peak, row % 320 == 0 ? ResidentBytes() : 0);
            }

            tensors.Release(tensor.Name);
        }

        peak = Math.Max(peak, ResidentBytes());
        NativeMemory.Free(weights);
        return peak;
    }

    private static long MapEverything(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        long sum = 0;
        foreach (TensorEntry tensor in file.Tensors)
        {
            foreach (byte value in file.Bytes(tensor, 0, (int)tensor.ByteCount))
                sum += value;
        }

        Assert.NotEqual(0, sum);
        return ResidentBytes();
    }

    private static void WriteCheckpoint(string path)
    {
        string[] names = [.. Enumerable.Range(0, TensorCount).Select(i => $"layers.{i}.weight")];
        long size = FileBytes / TensorCount;
        byte[] head = SafetensorsBuilder.Assemble(
            "{" + string.Join(",", names.Select((name, i) => SafetensorsBuilder.Entry(name, "BF16", [Rows, Columns], i * size, (i + 1) * size))) + "}", []);
        using FileStream stream = File.Create(path);
        stream.Write(head);
        var tensor = new ushort[size / 2];
        for (int i = 0; i < TensorCount; i++)
        {
            Array.Fill(tensor, (ushort)(0x3F80 + i));
            stream.Write(MemoryMarshal.AsBytes(tensor.AsSpan()));
        }
    }

    // Anonymous memory and mapped file pages together, counted page by page.
    private static long ResidentBytes()
    {
        string line = File.ReadLines("/proc/self/smaps_rollup").First(line => line.StartsWith("Rss:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(4, line.Length - 7).Trim()) * 1024;
    }
}
