using System;
using System.Collections.Generic;
using System.IO;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Models;

/// <summary>
/// The small files that a model is loaded with beside its weights, copied to a packed file in another folder. Disposed before
/// <see cref="Keep"/>, it removes its copies.
/// </summary>
internal sealed class CompanionFiles : IDisposable
{
    private static readonly string[] _names = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"];

    private readonly List<string> _copies = [];

    /// <summary>Copies what the target does not have.</summary>
    /// <param name="from">Folder of the checkpoint.</param>
    /// <param name="to">Folder of the packed file.</param>
    /// <exception cref="CheckpointException">The target has such a file with another content, or a file cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    internal void Copy(string from, string to)
    {
        foreach (string name in _names)
        {
            string source = Path.Combine(from, name);
            string target = Path.Combine(to, name);
            if (!File.Exists(source))
                continue;
            if (!File.Exists(target))
            {
                _copies.Add(target);
                File.Copy(source, target);
            }
            else if (!File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(target)))
            {
                throw new CheckpointException(target, $"the file is not the same as {source}, which the packed file needs beside it: pack into a folder of its own.");
            }
        }
    }

    /// <summary>The copies are to stay.</summary>
    internal void Keep() => _copies.Clear();

    /// <inheritdoc/>
    public void Dispose() => _copies.ForEach(File.Delete);
}
