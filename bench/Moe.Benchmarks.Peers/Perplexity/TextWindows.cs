using System;
using System.IO;
using System.Linq;
using Moe.Runtime.Text;

namespace Moe.Benchmarks.Peers.Perplexity;

/// <summary>A text's tokens in windows one after another, each begun anew: the same for every engine.</summary>
internal sealed class TextWindows
{
    private readonly int[] _ids;

    /// <summary>Cuts a text.</summary>
    /// <param name="folder">The checkpoint, whose tokenizer makes the ids.</param>
    /// <param name="text">A UTF-8 text file.</param>
    /// <param name="length">Tokens of a window.</param>
    /// <param name="tokens">How many tokens to predict at most.</param>
    /// <exception cref="ArgumentException">The text fills no window.</exception>
    public TextWindows(string folder, string text, int length, int tokens)
    {
        _ids = Tokenizer.Load(folder).Encode(File.ReadAllText(text));
        Length = length;
        Count = Math.Min(tokens, _ids.Length - 1) / length;
        if (Count < 1)
            throw new ArgumentException($"A window predicts {length} tokens behind a first one; {text} has {_ids.Length}{(tokens < _ids.Length ? $", of which {tokens} are to be scored" : "")}.");
    }

    /// <summary>Tokens that a window predicts.</summary>
    public int Length { get; }

    /// <summary>How many windows there are.</summary>
    public int Count { get; }

    /// <summary>Mean nats of a token.</summary>
    /// <param name="loss">The nats of all tokens of a window but its first, which nothing predicts.</param>
    public double Mean(Func<int[], double> loss) =>
        Enumerable.Range(0, Count).Sum(window => loss(_ids[(window * Length)..(((window + 1) * Length) + 1)])) / ((double)Count * Length);
}
