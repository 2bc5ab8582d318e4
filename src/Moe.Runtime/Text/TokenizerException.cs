using System;

namespace Moe.Runtime.Text;

/// <summary>A tokenizer's files cannot be used: missing, malformed, contradictory, or asking for something that is not honoured.</summary>
public sealed class TokenizerException : Exception
{
    /// <summary>Makes the exception; its message is "file: key: problem".</summary>
    /// <param name="file">Path of the file that is at fault.</param>
    /// <param name="key">The place in the file, for example <c>model.merges[17]</c>; empty when the whole file is meant.</param>
    /// <param name="problem">What was expected, what was found, and the way out.</param>
    /// <param name="inner">The lower-level failure, if there was one.</param>
    public TokenizerException(string file, string key, string problem, Exception? inner = null)
        : base(key.Length == 0 ? $"{file}: {problem}" : $"{file}: {key}: {problem}", inner)
    {
        File = file;
        Key = key;
    }

    /// <summary>Path of the file that is at fault.</summary>
    public string File { get; }

    /// <summary>The place in the file, for example <c>pre_tokenizer.pretokenizers[1]</c>; empty when the whole file is meant.</summary>
    public string Key { get; }
}
