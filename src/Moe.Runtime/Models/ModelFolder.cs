using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Text;

namespace Moe.Runtime.Models;

/// <summary>
/// A checkpoint folder that has been held against a declaration: config.json says what the declaration says, and every
/// tensor is there. Also the random weights that stand in for one.
/// </summary>
public sealed class ModelFolder : IDisposable
{
    private const string ConfigName = "config.json";
    private const string TokenizerName = "tokenizer.json";

    // Buffers that older releases stored although they follow from the configuration.
    private static readonly string[] Ignored = ["rotary_emb.inv_freq"];

    private ModelFolder(TensorSource tensors, Tokenizer? tokenizer, GenerationDefaults defaults)
    {
        Tensors = tensors;
        Tokenizer = tokenizer;
        Defaults = defaults;
    }

    /// <summary>The weights.</summary>
    public TensorSource Tensors { get; }

    /// <summary>The tokenizer, or null where the folder has no tokenizer.json.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>End tokens and sampling defaults.</summary>
    public GenerationDefaults Defaults { get; }

    /// <summary>Opens a folder and checks it.</summary>
    /// <param name="folder">Folder with config.json, safetensors files and, for text, tokenizer.json.</param>
    /// <param name="model">The declaration's name, for messages.</param>
    /// <param name="requirements">The tensors that the declaration needs.</param>
    /// <param name="keys">What config.json must say.</param>
    /// <param name="needsConfig">Whether config.json must be there; one that is there is checked in any case.</param>
    /// <param name="ignored">Tensors that the family stores and no output depends on, as <see cref="TensorCheck"/> takes them.</param>
    /// <exception cref="CheckpointException">Something is missing, malformed or different; all differences of a kind in one exception.</exception>
    /// <exception cref="TokenizerException">tokenizer.json is malformed or asks for something that is not honoured.</exception>
    public static ModelFolder Open(
        string folder, string model, IEnumerable<TensorRequirement> requirements, ReadOnlySpan<ConfigKey> keys, bool needsConfig, params ReadOnlySpan<string> ignored)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new CheckpointException(folder, $"there is no such folder; {model} is loaded from a folder with {ConfigName} and safetensors files.");

        string config = Path.Combine(folder, ConfigName);
        if (needsConfig || File.Exists(config))
            ConfigCheck.Verify(config, keys);

        TensorSource tensors = CheckpointTensors.OpenText(folder);
        try
        {
            TensorCheck.Verify(tensors, model, requirements.ToArray(), [.. Ignored, .. ignored]);
            Tokenizer? tokenizer = File.Exists(Path.Combine(folder, TokenizerName)) ? Tokenizer.Load(folder) : null;
            return new ModelFolder(tensors, tokenizer, GenerationDefaults.Load(folder));
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Random weights with the spread of <see cref="RandomTensors"/>; no tokenizer, no end tokens.</summary>
    public static ModelFolder Random(ulong seed, IEnumerable<TensorRequirement> requirements) =>
        new(new RandomTensors(seed, requirements), null, GenerationDefaults.None);

    /// <inheritdoc/>
    public void Dispose() => Tensors.Dispose();
}
