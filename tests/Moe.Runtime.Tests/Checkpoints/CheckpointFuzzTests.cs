using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

/// <summary>
/// Mutated inputs, a bounded number from a fixed seed: each is either accepted, and then everything in it can be read,
/// or refused with a <see cref="CheckpointException"/> that says something.
/// </summary>
public sealed class CheckpointFuzzTests
{
    private const string Index = """{"metadata":{"total_size":36},"weight_map":{"a.0.weight":"s-1.safetensors","b":"s-2.safetensors"}}""";

    private const string Config = """
        {"model_type":"x","hidden_size":64,"rope_theta":10000.0,"rope_scaling":{"rope_type":"default"},"sliding_window":null,
        "layer_types":["full_attention"],"eos_token_id":[2,3],"eps":1e-06,"rope_parameters":{"rope_type":"default","rope_theta":1e4}}
        """;

    private const string Generation = """{"eos_token_id":[1,2],"bos_token_id":1,"do_sample":true,"temperature":0.6,"top_k":20,"top_p":0.95,"max_new_tokens":7}""";

    // Pieces that mean something to a JSON reader or to this format.
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "0", "1e999", "1e-999", "9223372036854775807", "18446744073709551616",
        "4294967296", "\\ud800", "\\u0000", "\u00e9", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\"dtype\":\"F64\",", "\"shape\":[],",
        "F8_E4M3", "BOOL", "C64", "__metadata__", "/", "..", "//", "NaN", "\"eos_token_id\":1,", "0.5", "{\"a\":", " ",
    ];

    [Fact]
    public void SafetensorsFile_MutatedHeaders_ThrowOnlyCheckpointExceptions()
    {
        byte[] whole = new SafetensorsBuilder()
            .Metadata("format", "pt")
            .Add("wide", "I64", [2], 1L, 2L)
            .Add("a.0.weight", "F32", [2, 3], 1f, 2f, 3f, 4f, 5f, 6f)
            .Add("half", "F16", [2, 2], (Half)1, (Half)2, (Half)3, (Half)4)
            .Add("empty", "BF16", [0, 4], Array.Empty<byte>())
            .Add("byte", "U8", [3], (byte)1, (byte)2, (byte)3)
            .Build();
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        int headerLength = BitConverter.ToInt32(whole);
        string header = Encoding.UTF8.GetString(whole, 8, headerLength);
        byte[] tensors = whole[(8 + headerLength)..];
        var random = new Random(2024);
        (int accepted, int refused) = (0, 0);
        for (int i = 0; i < 4_000; i++)
        {
            // Alternately the bytes of the whole file, and the header alone with its length kept true.
            byte[] mutated = i % 2 == 0
                ? Mutate(whole, random)
                : [.. BitConverter.GetBytes((long)Mutate(Encoding.UTF8.GetBytes(header), random, out byte[] json)), .. json, .. tensors];
            File.WriteAllBytes(path, mutated);
            bool isAccepted = IsAccepted(() =>
            {
                using CheckpointTensors source = CheckpointTensors.Open(folder.Path);
                ReadEverything(source);
            });
            _ = isAccepted ? accepted++ : refused++;
        }

        Assert.InRange(accepted, 20, 3_900);
        Assert.InRange(refused, 100, 3_980);
    }

    [Fact]
    public void Index_Mutated_ThrowsOnlyCheckpointExceptions()
    {
        using var folder = new TemporaryFolder();
        folder.Write("s-1.safetensors", new SafetensorsBuilder().Add("a.0.weight", "F32", [2], 1f, 2f).Build());
        folder.Write("s-2.safetensors", new SafetensorsBuilder().Add("b", "F32", [2], 1f, 2f).Build());
        MutateFile(folder, "model.safetensors.index.json", Index, 1_000, () =>
        {
            using CheckpointTensors source = CheckpointTensors.Open(folder.Path);
            ReadEverything(source);
        });
    }

    [Fact]
    public void Config_Mutated_ThrowsOnlyCheckpointExceptions()
    {
        ConfigKey[] keys =
        [
            new("model_type", ConfigRule.Equal, "\"x\""),
            new("hidden_size", ConfigRule.AtLeast, "64"),
            new("rope_theta", ConfigRule.Equal, "10000", WhenAbsent: "10000"),
            new("eps", ConfigRule.Equal, "1E-06", WhenAbsent: "1E-06"),
        ];
        using var folder = new TemporaryFolder();
        MutateFile(folder, "config.json", Config, 2_000, () => ConfigCheck.Verify(folder.File("config.json"), keys));
    }

    [Fact]
    public void GenerationConfig_Mutated_ThrowsOnlyCheckpointExceptions()
    {
        using var folder = new TemporaryFolder();
        MutateFile(folder, "generation_config.json", Generation, 1_000, () => GenerationDefaults.Load(folder.Path));
    }

    private static void MutateFile(TemporaryFolder folder, string name, string text, int count, Action use)
    {
        folder.Write(name, text);
        use();
        var random = new Random(name.Length);
        int refused = 0;
        for (int i = 0; i < count; i++)
        {
            folder.Write(name, Mutate(Encoding.UTF8.GetBytes(text), random));
            if (!IsAccepted(use))
                refused++;
        }

        // Mutations that always or never hurt would test nothing.
        Assert.InRange(refused, count / 10, count - 1);
    }

    private static bool IsAccepted(Action use)
    {
        try
        {
            use();
            return true;
        }
        catch (CheckpointException refusal)
        {
            Assert.NotEmpty(refusal.Problems);
            Assert.All(refusal.Problems, problem => Assert.False(string.IsNullOrWhiteSpace(problem)));
            return false;
        }
    }

    private static void ReadEverything(CheckpointTensors source)
    {
        foreach (TensorEntry tensor in source.Tensors)
        {
            if (tensor.Type.IsFloat())
                source.ReadRows(tensor.Name, 0, new float[tensor.ElementCount]);
            else if (tensor.Type.IsInteger())
                source.ReadIntegers(tensor.Name, 0, new long[tensor.ElementCount]);
            source.Release(tensor.Name);
        }
    }

    private static int Mutate(byte[] original, Random random, out byte[] mutated) => (mutated = Mutate(original, random)).Length;

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int place = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when place < bytes.Count:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when place < bytes.Count:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(place, random.Next(Math.Min(20, bytes.Count - place) + 1));
                    break;
                case 3:
                    bytes.InsertRange(place, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 4:
                    int from = random.Next(bytes.Count + 1);
                    bytes.InsertRange(place, bytes.GetRange(from, random.Next(Math.Min(40, bytes.Count - from) + 1)));
                    break;
                default:
                    // A digit becomes another one: numbers stay numbers, and lie.
                    int digit = bytes.FindIndex(Math.Min(place, bytes.Count), letter => letter is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                        bytes[digit] = (byte)('0' + random.Next(10));
                    break;
            }
        }

        return [.. bytes];
    }
}
