using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Moe.Benchmarks.Models;
using Moe.Runtime.Checkpoints;

namespace Moe.Benchmarks.Peers.Gguf;

/// <summary>Opens a checkpoint of the Qwen3-MoE family. What llama.cpp's architecture qwen3moe does not compute is refused.</summary>
public static class Qwen3MoeCheckpoint
{
    private static readonly JsonSerializerOptions Spelling = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads config.json and the headers of the safetensors files.</summary>
    /// <param name="folder">The folder that holds them.</param>
    /// <exception cref="CheckpointException">A file is missing or malformed, or the model is another one.</exception>
    public static Qwen3MoeModel Open(string folder)
    {
        string path = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
            throw new CheckpointException(path, "the file does not exist.");

        Config config = Read(path);
        List<string> problems = [.. Problems(config)];
        if (problems.Count > 0)
            throw new CheckpointException(path, problems);

        var sizes = new DecoderSizes(
            config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim ?? config.HiddenSize / config.NumAttentionHeads,
            config.NumExperts, config.NumExpertsPerTok, config.MoeIntermediateSize);
        return new Qwen3MoeModel(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), config.VocabSize, config.MaxPositionEmbeddings, config.HiddenSize,
            config.NumHiddenLayers, sizes, config.RmsNormEps, config.RopeTheta, CheckpointTensors.Open(folder), config.TieWordEmbeddings);
    }

    private static Config Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Config>(File.ReadAllBytes(path), Spelling) ?? throw new CheckpointException(path, "the file is not a JSON object.");
        }
        catch (JsonException malformed)
        {
            throw new CheckpointException(path, malformed.Message, malformed);
        }
    }

    private static IEnumerable<string> Problems(Config config)
    {
        if (config.ModelType != "qwen3_moe")
            yield return $"'model_type' is {config.ModelType}; qwen3_moe is needed.";
        if (!config.NormTopkProb)
            yield return "'norm_topk_prob' is false; llama.cpp always renormalises the weights of the chosen experts.";
        if (config.DecoderSparseStep != 1 || config.MlpOnlyLayers is { Length: > 0 })
            yield return "some layers have no experts ('decoder_sparse_step', 'mlp_only_layers'); in llama.cpp's qwen3moe all have.";
        if (config.HiddenAct != "silu")
            yield return $"'hidden_act' is {config.HiddenAct}; llama.cpp computes silu.";
        if (config.AttentionBias)
            yield return "'attention_bias' is true; the file written here has no biases.";
        if (config.UseSlidingWindow)
            yield return "'use_sliding_window' is true; llama.cpp's qwen3moe attends to everything.";
        if (config.RopeScaling is { ValueKind: not JsonValueKind.Null })
            yield return "'rope_scaling' is set; the file written here has unscaled rotary positions.";
    }

    /// <summary>The keys of config.json that matter here.</summary>
    private sealed record Config(
        string ModelType,
        int VocabSize,
        int HiddenSize,
        int NumHiddenLayers,
        int NumAttentionHeads,
        int NumKeyValueHeads,
        int NumExperts,
        int NumExpertsPerTok,
        int MoeIntermediateSize,
        int MaxPositionEmbeddings,
        float RmsNormEps,
        float RopeTheta,
        bool NormTopkProb,
        int? HeadDim = null,
        bool TieWordEmbeddings = false,
        int DecoderSparseStep = 1,
        int[]? MlpOnlyLayers = null,
        string HiddenAct = "silu",
        bool AttentionBias = false,
        bool UseSlidingWindow = false,
        JsonElement? RopeScaling = null);
}
