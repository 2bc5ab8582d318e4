using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>Finds and opens the safetensors files of a checkpoint and holds index and shards against each other.</summary>
internal sealed class CheckpointFolder
{
    internal const string SingleFile = "model.safetensors";
    internal const string IndexFile = "model.safetensors.index.json";

    private const string OfIndex = "problems of the index";

    private CheckpointFolder(IReadOnlyList<SafetensorsFile> files) => Files = files;

    internal IReadOnlyList<SafetensorsFile> Files { get; }

    internal IEnumerable<TensorEntry> Tensors => Files.SelectMany(file => file.Tensors);

    /// <summary>Opens a folder, or a single file. As in transformers, one file wins over an index.</summary>
    internal static CheckpointFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            if (File.Exists(path))
                return new CheckpointFolder([SafetensorsFile.Open(path)]);
            throw new CheckpointException(path, "there is no such folder or safetensors file.");
        }

        string single = Path.Combine(path, SingleFile);
        if (Path.Exists(single))
            return new CheckpointFolder([SafetensorsFile.Open(single)]);

        string index = Path.Combine(path, IndexFile);
        if (Path.Exists(index))
            return OpenShards(path, index);

        bool isPickled = Path.Exists(Path.Combine(path, "pytorch_model.bin"))
            || Path.Exists(Path.Combine(path, "pytorch_model.bin.index.json"));
        string remedy = isPickled ? " It holds pytorch_model.bin, which is not read: convert it to safetensors." : "";
        throw new CheckpointException(path, $"the folder holds neither {SingleFile} nor {IndexFile}.{remedy}");
    }

    private static CheckpointFolder OpenShards(string folder, string index)
    {
        Dictionary<string, string> shardOf = ReadIndex(index);
        string[] shards = [.. shardOf.Values.Distinct().Order(StringComparer.Ordinal)];
        var problems = new ProblemList(index);
        foreach (string shard in shards.Where(shard => !Path.Exists(Path.Combine(folder, shard))))
            problems.Add("missing shards", $"the shard '{shard}' does not exist in the folder; download it.");
        problems.ThrowIfAny();

        var files = new List<SafetensorsFile>(shards.Length);
        try
        {
            foreach (string shard in shards)
                files.Add(SafetensorsFile.Open(Path.Combine(folder, shard)));
            Compare(shardOf, files, problems);
            problems.ThrowIfAny();
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }

        return new CheckpointFolder(files);
    }

    /// <summary>Tensor name → file name, both as the index says.</summary>
    private static Dictionary<string, string> ReadIndex(string index)
    {
        using JsonDocument document = CheckpointFile.ReadJson(index);
        if (!document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            throw new CheckpointException(index, "'weight_map' is missing or is not an object of tensor name to file name.");

        var problems = new ProblemList(index);
        var shardOf = new Dictionary<string, string>();
        foreach (JsonProperty tensor in map.EnumerateObject())
        {
            string? shard = tensor.Value.ValueKind == JsonValueKind.String ? tensor.Value.GetString() : null;
            if (shard is null || !IsPlainName(shard))
                problems.Add(OfIndex, $"'{tensor.Name}': the file {tensor.Value.GetRawText()} is not the name of a file in the same folder.");
            else
                shardOf.Add(tensor.Name, shard);
        }

        problems.ThrowIfAny();
        if (shardOf.Count == 0)
            throw new CheckpointException(index, "'weight_map' is empty.");
        return shardOf;
    }

    private static void Compare(Dictionary<string, string> shardOf, List<SafetensorsFile> files, ProblemList problems)
    {
        var fileOf = new Dictionary<string, string>();
        foreach (SafetensorsFile file in files)
        {
            string shard = Path.GetFileName(file.Path);
            foreach (TensorEntry tensor in file.Tensors)
            {
                if (!fileOf.TryAdd(tensor.Name, shard))
                    problems.Add("tensors in two shards", $"'{tensor.Name}' is in two shards, '{fileOf[tensor.Name]}' and '{shard}'.");
            }
        }

        foreach ((string name, string shard) in shardOf)
        {
            if (!fileOf.TryGetValue(name, out string? found))
                problems.Add("tensors that their shard lacks", $"'{name}' should be in the shard '{shard}', which does not hold it.");
            else if (found != shard)
                problems.Add("tensors in another shard", $"'{name}' should be in the shard '{shard}' but is in '{found}'.");
        }
    }

    // A name that leads out of the folder would let an index make the reader open any file.
    private static bool IsPlainName(string name) =>
        name.Length > 0 && name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;
}
