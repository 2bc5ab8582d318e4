using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

using Moe.Benchmarks.Limits;
using Moe.Benchmarks.Models;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks;

/// <summary>
/// Loads a bfloat16 checkpoint of the synthetic model, shows progress, and watches memory: anonymous memory plus the mapped
/// bytes in use, sampled whenever a tensor is done, against the bytes of the weights. Then packs it, and loads the packed file, which
/// the page cache holds by then.
/// </summary>
public static class LoadBenchmark
{
    private static readonly int[] Prompt = [.. Enumerable.Range(0, 64).Select(i => (i * 7919) % Synthetic.VocabularySize)];

    /// <summary>Writes the checkpoint into a temporary folder, loads it, and removes it.</summary>
    public static void Run()
    {
        string folder = Directory.CreateTempSubdirectory("moe-load-").FullName;
        try
        {
            long bytes = Write(folder);
            long before = Resident();
            long peak = before;
            double told = 0;
            var clock = Stopwatch.StartNew();
            var progress = new Immediate(state =>
            {
                peak = Math.Max(peak, Resident());
                if (state.Fraction < told)
                    return;

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{state.Fraction,4:P0}  {clock.Elapsed.TotalSeconds,5:N2} s  {state.Tensor}"));
                told += 0.2;
            });
            using (Synthetic.Load(folder, new LoadOptions { Progress = progress }))
            {
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{bytes / 1e6:N0} MB in {clock.Elapsed.TotalSeconds:N1} s; memory grew by at most {(peak - before) / 1e6:N0} MB, {(double)(peak - before) / bytes:P1} of the weights"));
            foreach (WeightFormat format in new[] { WeightFormat.BF16, WeightFormat.Int8, WeightFormat.Int4 })
                Packed(folder, format);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static void Packed(string folder, WeightFormat format)
    {
        string file = Path.Combine(folder, "packed.moe");
        var clock = Stopwatch.StartNew();
        Synthetic.Pack(folder, file, new LoadOptions { Weights = format });
        double packing = clock.Elapsed.TotalSeconds;
        double gigabytes = new FileInfo(file).Length / 1e9;
        Measurement verify = Measurement.Of(() => PackedFile.Verify(file));
        Measurement load = Measurement.Of(() => Synthetic.Load(file).Dispose());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{format,-4} {gigabytes * 1e3:N0} MB: packed in {packing:N1} s; loaded in {load.Median * 1e3:N2} ms ± {load.Spread:P0}, {load.Median * 1e3 / gigabytes:N2} ms per GB; verified at {verify.Rate(gigabytes * 1e9)} GB/s"));

        // The first tokens bring the pages in; after them both kinds of memory are read alike.
        using Synthetic packed = Synthetic.Load(file);
        using Synthetic converted = Synthetic.Load(folder, new LoadOptions { Weights = format });
        Measurement[] decode = [.. new[] { packed, converted }.Select(model =>
        {
            using Session<Synthetic> session = model.NewSession();
            clock.Restart();
            session.Append(Prompt);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"     first prompt of {Prompt.Length} tokens {clock.Elapsed.TotalMilliseconds:N0} ms, {(model == packed ? "packed" : "converted")}"));
            return Measurement.Of(() =>
            {
                session.Truncate(0);
                foreach (int token in Prompt)
                    session.Append(token);
            });
        })];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"     decode {decode[0].Median * 1e3 / Prompt.Length:N2} ms a token ± {decode[0].Spread:P0} packed, {decode[1].Median * 1e3 / Prompt.Length:N2} ± {decode[1].Spread:P0} converted"));
    }

    private static long Write(string folder)
    {
        // A model with random weights knows its tensors; their names and shapes come from its requirements.
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {"model_type": "qwen3_moe", "vocab_size": 32000, "hidden_size": 1024, "num_hidden_layers": 8, "num_attention_heads": 16,
             "num_key_value_heads": 4, "head_dim": 64, "num_experts": 32, "num_experts_per_tok": 4, "norm_topk_prob": true,
             "moe_intermediate_size": 512, "intermediate_size": 512, "rms_norm_eps": 1e-6, "rope_theta": 10000,
             "max_position_embeddings": 8192, "tie_word_embeddings": false, "attention_bias": false, "hidden_act": "silu",
             "decoder_sparse_step": 1, "mlp_only_layers": []}
            """);
        TensorRequirement[] tensors = Synthetic.Tensors().ToArray();
        using var random = new RandomTensors(1, tensors);
        var header = new StringBuilder("{");
        long offset = 0;
        foreach (TensorRequirement tensor in tensors)
        {
            long size = tensor.Shape.Aggregate(2L, (product, dimension) => product * dimension);
            header.Append(CultureInfo.InvariantCulture, $"{(offset == 0 ? "" : ",")}\"{tensor.Name}\":{{\"dtype\":\"BF16\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{offset},{offset + size}]}}");
            offset += size;
        }

        byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        using FileStream file = File.Create(Path.Combine(folder, "model.safetensors"));
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        var values = new float[1 << 20];
        var halves = new byte[2 << 20];
        foreach (TensorRequirement tensor in tensors)
        {
            long elements = random.Find(tensor.Name).ElementCount;
            for (long first = 0; first < elements; first += values.Length)
            {
                int count = (int)Math.Min(values.Length, elements - first);
                random.Read(tensor.Name, first, values.AsSpan(0, count));
                for (int i = 0; i < count; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(halves.AsSpan(i * 2), Moe.Runtime.Numerics.BF16.Round(values[i]));
                file.Write(halves, 0, count * 2);
            }
        }

        return offset;
    }

    private static long Resident()
    {
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 9).Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    private sealed class Immediate(Action<LoadProgress> report) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => report(value);
    }
}
