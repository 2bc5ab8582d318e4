using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Validation;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;
using Moe.Scaffold;

namespace Moe.Conformance.Tests.Families;

/// <summary>A family's small model on disk: config.json, and random weights in the family's own layout.</summary>
internal sealed class FamilyCase : IDisposable
{
    private const ulong Seed = 11;

    /// <summary>Writes the folder.</summary>
    public FamilyCase(string name)
    {
        Name = name;
        Config = FamilyConfigs.All[name];
        Folder = Directory.CreateTempSubdirectory("moe-family-").FullName;
        File.WriteAllText(Path.Combine(Folder, "config.json"), Config);
        Declaration = Scaffolding.Read(Config, ClassName);
        Scaffolding.Verify(Path.Combine(Folder, "config.json"), Declaration);
        Architecture = RoundTrip.Architecture(Declaration);
        Graph = GraphBuilder.Build(Architecture);
        using var random = new RandomTensors(Seed, CheckpointWeights.Required(Architecture, Graph));
        string file = Path.Combine(Folder, "model.safetensors");
        if (name.EndsWith("mxfp4", StringComparison.Ordinal))
            MicroscaledFile.Write(file, random);
        else
            Emitted.SafetensorsWriter.Write(file, random, (_, values) => values);
    }

    public string Name { get; }

    public string Config { get; }

    public string Folder { get; }

    public ModelText Declaration { get; }

    public MoeArchitecture Architecture { get; }

    public ModelGraph Graph { get; }

    public string ClassName => string.Concat(Name.Split('-', '_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    /// <summary>Three sequences, one of a single token, one longer than every window and chunk.</summary>
    public static IReadOnlyList<int[]> Sequences { get; } = [[3, 17, 39, 0, 5, 22, 22, 8, 31, 14, 2, 9, 26], [7], [1, 38, 12, 6]];

    /// <summary>What the family's equations make of the folder.</summary>
    public double[][] Reference(TensorSource tensors)
    {
        var config = (JsonObject)JsonNode.Parse(Config)!;
        return Sequences.SelectMany(ids => Name == "dbrx" ? new DbrxReference(config, tensors).Run(ids) : New(config, tensors).Logits(ids)).ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private ReferenceModel New(JsonObject config, TensorSource tensors) => Name switch
    {
        "llama" => new LlamaReference(config, tensors),
        "qwen3" => new Qwen3Reference(config, tensors),
        "mixtral" => new MixtralReference(config, tensors),
        "qwen2_moe" => new Qwen2MoeReference(config, tensors),
        "qwen3_moe" => new Qwen3MoeReference(config, tensors),
        "deepseek" => new DeepSeekMoeReference(config, tensors),
        "deepseek_v2" => new DeepSeekV2Reference(config, tensors),
        "deepseek_v3" => new DeepSeekV3Reference(config, tensors),
        "olmoe" => new OlmoeReference(config, tensors),
        "granitemoe" => new GraniteMoeReference(config, tensors),
        "phimoe" => new PhiMoeReference(config, tensors),
        "gpt_oss" or "gpt_oss-mxfp4" => new GptOssReference(config, tensors),
        "minimax" => new MiniMaxReference(config, tensors),
        "llama4_text" => new Llama4Reference(config, tensors),
        "glm4_moe" => new Glm4MoeReference(config, tensors),
        "ernie4_5_moe" => new Ernie45MoeReference(config, tensors),
        "hunyuan_v1_moe" => new HunyuanMoeReference(config, tensors),
        "dots1" => new Dots1Reference(config, tensors),
        _ => throw new ArgumentOutOfRangeException(nameof(config), Name, "No reference is written for it."),
    };
}
