using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Text;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Models;

/// <summary>
/// A checkpoint folder that has been held against a declaration: config.json says what the declaration says, and every
/// tensor is there. Also a packed file in place of the tensors, and the random weights that stand in for them.
/// </summary>
public sealed class ModelFolder : IDisposable
{
    private const string ConfigName = "config.json";
    private const string TokenizerName = "tokenizer.json";

    // Buffers that older releases stored although they follow from the configuration.
    private static readonly string[] Ignored = ["rotary_emb.inv_freq"];

    private readonly string _folder;
    private readonly string _model;
    private readonly TensorSource? _tensors;
    private readonly Task<Tokenizer?> _tokenizer;
    private PackedFile? _packed;

    private ModelFolder(string folder, string model, TensorSource? tensors, PackedFile? packed, Task<Tokenizer?> tokenizer, GenerationDefaults defaults)
    {
        _folder = folder;
        _model = model;
        _tensors = tensors;
        _packed = packed;
        _tokenizer = tokenizer;
        Defaults = defaults;
    }

    /// <summary>The tensors of the checkpoint.</summary>
    /// <exception cref="CheckpointException">There are none, but a packed file.</exception>
    public TensorSource Tensors => _tensors ?? throw new CheckpointException(
        _packed?.Path ?? _folder, "a packed file holds weights for the processor only; GPUs, and Pack, need the checkpoint: give the folder with its safetensors files.");

    /// <summary>The tokenizer, or null where the folder has no tokenizer.json. Another thread reads it, which this waits for.</summary>
    /// <exception cref="TokenizerException">tokenizer.json is malformed or asks for something that is not honoured.</exception>
    public Tokenizer? Tokenizer => _tokenizer.GetAwaiter().GetResult();

    /// <summary>End tokens and sampling defaults.</summary>
    public GenerationDefaults Defaults { get; }

    /// <summary>Opens a checkpoint or a packed file and checks it.</summary>
    /// <param name="path">
    /// Folder with config.json, safetensors files and, for text, tokenizer.json; or a packed file that lies in a folder with the same
    /// JSON files. A folder without safetensors files in which one packed file (*.moe) lies stands for that file.
    /// </param>
    /// <param name="model">The declaration's name, for messages.</param>
    /// <param name="requirements">The tensors that the declaration needs.</param>
    /// <param name="keys">What config.json must say.</param>
    /// <param name="needsConfig">Whether config.json must be there; one that is there is checked in any case.</param>
    /// <param name="ignored">Tensors that the family stores and no output depends on, as <see cref="TensorCheck"/> takes them.</param>
    /// <exception cref="CheckpointException">Something is missing, malformed or different; all differences of a kind in one exception.</exception>
    public static ModelFolder Open(
        string path, string model, IEnumerable<TensorRequirement> requirements, ReadOnlySpan<ConfigKey> keys, bool needsConfig, params ReadOnlySpan<string> ignored)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PackedFile? packed = PackedIn(path, model) is { } file ? PackedFile.Open(file) : null;
        TensorSource? tensors = null;
        string folder = packed is null ? path : Path.GetDirectoryName(Path.GetFullPath(packed.Path))!;
        Task<Tokenizer?> tokenizer = Task.Run(() => File.Exists(Path.Combine(folder, TokenizerName)) ? Tokenizer.Load(folder) : null);
        KernelsAhead.Begin();
        try
        {
            string config = Path.Combine(folder, ConfigName);
            if (needsConfig && !File.Exists(config))
                throw new CheckpointException(config, $"there is no such file; {Needs(model)}");
            if (needsConfig || File.Exists(config))
                ConfigCheck.Verify(config, keys);

            if (packed is null)
            {
                tensors = CheckpointTensors.OpenText(folder);
                TensorCheck.Verify(tensors, model, CollectionsMarshal.AsSpan(new List<TensorRequirement>(requirements)), [.. Ignored, .. ignored]);
            }

            return new ModelFolder(folder, model, tensors, packed, tokenizer, GenerationDefaults.Load(folder));
        }
        catch
        {
            WaitFor(tokenizer);
            tensors?.Dispose();
            packed?.Dispose();
            throw;
        }
    }

    /// <summary>Random weights with the spread of <see cref="RandomTensors"/>; no tokenizer, no end tokens.</summary>
    public static ModelFolder Random(ulong seed, IEnumerable<TensorRequirement> requirements) =>
        new("", "", new RandomTensors(seed, requirements), null, Task.FromResult<Tokenizer?>(null), GenerationDefaults.None);

    /// <summary>The weights for the CPU; once. The caller disposes the loader.</summary>
    /// <param name="options">Formats, and whether to verify them.</param>
    /// <param name="declared">Formats that the declaration says, where the options say none and there is no packed file, which has its own.</param>
    /// <remarks>They are read beside the tokenizer. If that is wrong, it is told first, at the latest when weights are detached.</remarks>
    /// <exception cref="CheckpointException">Weights of a packed file were to be verified and are damaged.</exception>
    public WeightLoader OpenWeights(LoadOptions options, WeightFormats? declared = null)
    {
        if (_packed is not { } file)
            return new WeightLoader(new BesideStore(new MemoryStore(new TensorReader(Tensors, options.WeightsOr(declared), options.Progress)), _tokenizer));
        if (options.Verify)
            file.VerifyEntries(options.Progress, CancellationToken.None);
        _packed = null;
        return new WeightLoader(new BesideStore(new MappedStore(file, _model, options.Weights), _tokenizer));
    }

    /// <summary>Writes the weights as a packed file; all of it, or nothing.</summary>
    /// <param name="path">The file; the JSON files that it needs beside it are copied where it lies in another folder.</param>
    /// <param name="options">Formats and progress.</param>
    /// <param name="declared">Formats that the declaration says, where the options say none.</param>
    /// <param name="ask">Asks the loader for every weight, in the order of the declaration.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <exception cref="CheckpointException">
    /// The folder holds a packed file already, a tensor holds NaN or an infinity, or files are in the way at the target.
    /// </exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public void Pack(string path, LoadOptions options, WeightFormats? declared, Func<WeightLoader, IDisposable> ask, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (options.Device != Device.Cpu)
            throw new ArgumentException($"A packed file holds weights for the processor; Device is {options.Device}.", nameof(options));

        _tokenizer.GetAwaiter().GetResult();
        var reader = new TensorReader(Tensors, options.WeightsOr(declared), options.Progress, cancellation);
        using var writer = new PackedFileWriter(path, _model);
        using (var load = new WeightLoader(new PackingStore(reader, writer, cancellation)))
        using (ask(load))
        {
        }

        writer.Complete();
        using var companions = new CompanionFiles();
        companions.Copy(_folder, Path.GetDirectoryName(Path.GetFullPath(path))!);
        writer.Publish();
        companions.Keep();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        WaitFor(_tokenizer);
        _tensors?.Dispose();
        _packed?.Dispose();
    }

    // Nobody reads in the folder any more afterwards.
    private static void WaitFor(Task tokenizer) => tokenizer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

    private static string Needs(string model) => $"{model} is loaded from a folder with {ConfigName} and safetensors files, or from a packed file.";

    private static string? PackedIn(string path, string model)
    {
        if (File.Exists(path))
            return path;
        if (!Directory.Exists(path))
            throw new CheckpointException(path, $"there is no such folder or file; {Needs(model)}");
        if (CheckpointTensors.AreIn(path))
            return null;

        string[] packed = Directory.GetFiles(path, "*" + PackedFile.Extension);
        Array.Sort(packed, StringComparer.Ordinal);
        return packed.Length switch
        {
            0 => null,
            1 => packed[0],
            _ => throw new CheckpointException(path, $"the folder holds no safetensors files and {packed.Length} packed files ({string.Join(", ", packed.Select(Path.GetFileName))}): give the path of the one to load."),
        };
    }
}
