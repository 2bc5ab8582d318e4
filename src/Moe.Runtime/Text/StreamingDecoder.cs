using System;
using System.Collections.Generic;
using System.Text;

namespace Moe.Runtime.Text;

/// <summary>
/// Ids → text while they come, never half a character: bytes of an unfinished UTF-8 character wait for the next id.
/// The pieces one behind the other are what <see cref="Tokenizer.Decode"/> gives for all the ids. One stream, one thread.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    // .NET's decoder holds back an incomplete character and gives U+FFFD for each maximal ill-formed sequence.
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private readonly List<byte> _bytes = [];
    private int _leadingSpaces;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens, int leadingSpaces)
    {
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _leadingSpaces = leadingSpaces;
    }

    /// <summary>Takes the next id.</summary>
    /// <param name="id">A token id; one that the vocabulary does not hold, such as a padding row of the head, gives no text.</param>
    /// <returns>The text that is complete now and was not given before; may be empty.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="id"/> is negative.</exception>
    public string Push(int id)
    {
        StringBuilder text = new();
        Push(id, text);
        return text.ToString();
    }

    /// <summary>Ends the text; the decoder is then at the start of a new one.</summary>
    /// <returns>U+FFFD if the ids ended within a character, otherwise nothing.</returns>
    public string Flush()
    {
        StringBuilder text = new();
        Flush(text);
        return text.ToString();
    }

    internal void Push(int id, StringBuilder text)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        if (_skipSpecialTokens && _tokenizer.IsSpecial(id))
            return;
        _bytes.Clear();
        _tokenizer.AppendBytes(id, _bytes);
        int start = 0;
        while (start < _bytes.Count && _leadingSpaces > 0)
        {
            if (_bytes[start] != ' ')
            {
                _leadingSpaces = 0;
                break;
            }

            start++;
            _leadingSpaces--;
        }

        Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes)[start..], false, text);
    }

    internal void Flush(StringBuilder text)
    {
        Append([], true, text);
        _leadingSpaces = _tokenizer.LeadingSpaces;
    }

    private void Append(ReadOnlySpan<byte> bytes, bool flush, StringBuilder text)
    {
        int most = bytes.Length + 4;
        Span<char> letters = most <= 256 ? stackalloc char[256] : new char[most];
        int count = _utf8.GetChars(bytes, letters, flush);
        text.Append(letters[..count]);
    }
}
