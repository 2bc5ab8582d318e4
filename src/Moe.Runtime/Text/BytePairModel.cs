using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Moe.Runtime.Text;

/// <summary>The <c>model</c> of tokenizer.json: pieces of text → ids, over bytes (GPT-2's way) or over characters (SentencePiece's way).</summary>
internal sealed class BytePairModel
{
    private readonly Vocabulary _vocabulary;
    private readonly BytePairMerges _merges;
    private readonly LetterMerges? _letterMerges;
    private readonly bool _bytes;
    private readonly bool _ignoreMerges;
    private readonly bool _fuseUnknown;
    private readonly int _unknown;
    private readonly int[]? _byteIds;

    /// <param name="model">The section <c>model</c>.</param>
    /// <param name="vocabulary">Its vocabulary, without the added tokens.</param>
    /// <param name="bytes">Whether the pre-tokenizer turns text into bytes.</param>
    public BytePairModel(JsonSection model, Vocabulary vocabulary, bool bytes)
    {
        Refuse(model);
        _vocabulary = vocabulary;
        _bytes = bytes;
        _ignoreMerges = model.Bool("ignore_merges", false);
        _fuseUnknown = model.Bool("fuse_unk", false);
        bool fallback = model.Bool("byte_fallback", false);
        if (bytes)
            _byteIds = ByteIds(model, value => ByteAlphabet.ToChar(value).ToString());
        else if (fallback)
            _byteIds = ByteIds(model, value => "<0x" + value.ToString("X2", CultureInfo.InvariantCulture) + ">");
        else
            _unknown = UnknownId(model);
        _merges = new BytePairMerges(model.Required("merges"), vocabulary);
        if (bytes)
            _letterMerges = new LetterMerges(_merges, vocabulary);
    }

    public SymbolChain NewChain() => new(_merges);

    /// <summary>Appends the ids of one piece, which no merge leaves.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="chain">Working space for what the library does not merge.</param>
    /// <param name="output">The ids so far.</param>
    public void Encode(ReadOnlySpan<char> piece, SymbolChain chain, List<int> output)
    {
        if (_bytes)
            EncodeBytes(piece, chain, output);
        else
            EncodeCharacters(piece, chain, output);
    }

    private void EncodeBytes(ReadOnlySpan<char> piece, SymbolChain chain, List<int> output)
    {
        int most = Encoding.UTF8.GetMaxByteCount(piece.Length);
        Span<byte> bytes = most <= 512 ? stackalloc byte[512] : new byte[most];
        bytes = bytes[..Encoding.UTF8.GetBytes(piece, bytes)];
        Span<char> letters = bytes.Length <= 512 ? stackalloc char[512] : new char[bytes.Length];
        letters = letters[..bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
            letters[i] = ByteAlphabet.ToChar(bytes[i]);

        if (_ignoreMerges && _vocabulary.TryGetId(letters, out int whole))
        {
            output.Add(whole);
        }
        else if (letters.Length <= LetterMerges.LongestPiece)
        {
            _letterMerges!.Encode(letters, output);
        }
        else
        {
            foreach (byte value in bytes)
                chain.Add(_byteIds![value]);
            chain.MergeInto(output);
        }
    }

    private void EncodeCharacters(ReadOnlySpan<char> piece, SymbolChain chain, List<int> output)
    {
        if (_ignoreMerges && _vocabulary.TryGetId(piece, out int whole))
        {
            output.Add(whole);
            return;
        }

        bool afterUnknown = false;
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0, length; i < piece.Length; i += length)
        {
            length = char.IsHighSurrogate(piece[i]) && i + 1 < piece.Length ? 2 : 1;
            ReadOnlySpan<char> character = piece.Slice(i, length);
            bool known = _vocabulary.TryGetId(character, out int id);
            if (known)
            {
                chain.Add(id);
            }
            else if (_byteIds is not null)
            {
                foreach (byte value in bytes[..Encoding.UTF8.GetBytes(character, bytes)])
                    chain.Add(_byteIds[value]);
            }
            else if (!(afterUnknown && _fuseUnknown))
            {
                chain.Add(_unknown);
            }

            afterUnknown = !known;
        }

        chain.MergeInto(output);
    }

    private int UnknownId(JsonSection model)
    {
        JsonSection unknown = model.Optional("unk_token")
            ?? throw model.Fail("neither unk_token nor byte_fallback is set: characters outside the vocabulary would be lost");
        return _vocabulary.TryGetId(unknown.AsString(), out int id)
            ? id
            : throw unknown.Fail($"\"{unknown.AsString()}\" is not in model.vocab");
    }

    /// <summary>Ids of the byte tokens. The 13 bytes that valid UTF-8 never holds may be missing.</summary>
    private int[] ByteIds(JsonSection model, Func<byte, string> name)
    {
        int[] ids = new int[256];
        for (int value = 0; value < 256; value++)
        {
            bool possible = value is not (0xC0 or 0xC1 or >= 0xF5);
            string token = name((byte)value);
            if (!_vocabulary.TryGetId(token, out ids[value]) && possible)
                throw model.Required("vocab").Fail($"the byte token \"{token}\" is missing: text that holds byte 0x{value:X2} could not be encoded");
        }

        return ids;
    }

    private static void Refuse(JsonSection model)
    {
        string type = model.Optional("type")?.AsString() ?? "BPE";
        if (type != "BPE")
            throw model.Fail($"model type {type} is not supported; BPE is");
        if (model.Optional("dropout") is JsonSection dropout && !(dropout.Element.ValueKind == System.Text.Json.JsonValueKind.Number && dropout.Element.TryGetDouble(out double rate) && rate == 0))
            throw dropout.Fail("dropout makes the ids random and is not supported; set it to null");
        foreach (string key in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(key) is JsonSection affix && affix.AsString().Length > 0)
                throw affix.Fail($"{key} is not supported");
        }
    }
}
