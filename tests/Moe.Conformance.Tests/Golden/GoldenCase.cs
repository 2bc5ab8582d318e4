using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Runtime.Checkpoints;
using Moe.Scaffold;

namespace Moe.Conformance.Tests.Golden;

/// <summary>A checkpoint together with what the original implementation computed from it.</summary>
internal sealed class GoldenCase
{
    private const string FoldersVariable = "MOE_VECTORS";

    private readonly Dictionary<string, double[]> _expected = [];
    private readonly Dictionary<string, int[]> _integers = [];

    private GoldenCase(string folder)
    {
        Folder = folder;
        Name = Path.GetFileName(folder);
        using CheckpointTensors expected = CheckpointTensors.Open(Path.Combine(folder, "expected.safetensors"));
        foreach (TensorEntry tensor in expected.Tensors)
        {
            if (tensor.Type.IsInteger())
            {
                var elements = new long[tensor.ElementCount];
                expected.ReadIntegers(tensor.Name, 0, elements);
                _integers[tensor.Name] = Array.ConvertAll(elements, element => checked((int)element));
            }
            else
            {
                var elements = new float[tensor.ElementCount];
                expected.Read(tensor.Name, 0, elements);
                _expected[tensor.Name] = Array.ConvertAll(elements, element => (double)element);
            }
        }

        int sequences = (int)expected.Find("input_ids").Shape[0];
        int[] ids = _integers["input_ids"];
        Sequences = ids.Chunk(ids.Length / sequences).ToArray();
    }

    /// <summary>
    /// Folders with a config.json and an expected.safetensors: the copies beside the tests, and those in the folder that
    /// MOE_VECTORS names.
    /// </summary>
    /// <param name="isBrief">Without the small checkpoints of each decoder family, for targets whose code is dear to compile.</param>
    public static TheoryData<string> Folders(bool isBrief = false)
    {
        var folders = new TheoryData<string>();
        string? more = Environment.GetEnvironmentVariable(FoldersVariable);
        string copies = Path.Combine(AppContext.BaseDirectory, "Golden");
        string[] roots = [copies, .. isBrief ? Array.Empty<string>() : [Path.Combine(copies, "families")], .. string.IsNullOrEmpty(more) ? Array.Empty<string>() : [more]];
        foreach (string folder in roots.SelectMany(Directory.EnumerateDirectories).Order(StringComparer.Ordinal))
        {
            if (File.Exists(Path.Combine(folder, "config.json")) && File.Exists(Path.Combine(folder, "expected.safetensors")))
                folders.Add(folder);
        }

        return folders;
    }

    /// <summary>Reads the expected tensors.</summary>
    public static GoldenCase Open(string folder) => new(folder);

    /// <summary>The checkpoint folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's own name.</summary>
    public string Name { get; }

    /// <summary>A name for the declared class.</summary>
    public string ClassName => string.Concat(Name.Split('-', '_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    /// <summary>The declaration that config.json describes.</summary>
    public ModelText Declaration => Scaffolding.Read(File.ReadAllText(Path.Combine(Folder, "config.json")), ClassName);

    /// <summary>Token ids of each sequence.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>Tokens over all sequences.</summary>
    public int Tokens => Sequences.Sum(ids => ids.Length);

    /// <summary>The prompt of greedy decoding.</summary>
    public int[] GreedyPrompt => _integers.GetValueOrDefault("greedy_prompt_ids", Sequences[0]);

    /// <summary>What greedy decoding appends to it.</summary>
    public int[] GreedyIds => _integers["greedy_ids"];

    /// <summary>The rows [token] of an expected tensor of real numbers, or null where the case has none of that name.</summary>
    public double[][]? Rows(string name) =>
        _expected.TryGetValue(name, out double[]? elements) ? elements.Chunk(elements.Length / Tokens).ToArray() : null;

    /// <summary>The experts that each token uses in a layer, ascending, or null.</summary>
    public int[][]? SelectedExperts(int layer) =>
        _integers.TryGetValue($"selected_experts.{layer}", out int[]? elements) ? elements.Chunk(elements.Length / Tokens).ToArray() : null;
}
