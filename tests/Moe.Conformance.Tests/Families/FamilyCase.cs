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
        Config = FamilyConfigs.All.GetValueOrDefault(name) ?? VariantConfigs.All[name];
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
            Emitted.SafetensorsWriter.Write(file, Stored(random));
    }

    // A model of text and images holds the text model's tensors under a name of its own, beside others.
    private IEnumerable<(string Name, long[] Shape, float[] Elements)> Stored(RandomTensors random)
    {
        bool isInside = Name.EndsWith("images", StringComparison.Ordinal);
        foreach (TensorEntry tensor in random.Tensors)
        {
            var values = new float[tensor.ElementCount];
            random.Read(tensor.Name, 0, values);
            yield return ((isInside ? "language_model." : "") + tensor.Name, tensor.Shape.ToArray(), values);
        }

        if (isInside)
            yield return ("vision_model.class_embedding", [3], [1, 2, 3]);
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
        config = config["text_config"] as JsonObject ?? config;
        return Sequences.SelectMany(ids => Family == "dbrx" ? new DbrxReference(config, tensors).Run(ids) : New(config, tensors).Logits(ids)).ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private string Family => Name.Split('-')[0];

    private ReferenceModel New(JsonObject config, TensorSource tensors) => Family switch
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
        "jetmoe" => new JetMoeReference(config, tensors),
        "phimoe" => new PhiMoeReference(config, tensors),
        "gpt_oss" => new GptOssReference(config, tensors),
        "minimax" => new MiniMaxReference(config, tensors),
        "llama4_text" or "llama4" => new Llama4Reference(config, tensors),
        "glm4_moe" => new Glm4MoeReference(config, tensors),
        "ernie4_5_moe" => new Ernie45MoeReference(config, tensors),
        "hunyuan_v1_moe" => new HunyuanMoeReference(config, tensors),
        "dots1" => new Dots1Reference(config, tensors),
        _ => throw new ArgumentOutOfRangeException(nameof(config), Name, "No reference is written for it."),
    };
}
