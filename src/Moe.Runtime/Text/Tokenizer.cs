using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;

namespace Moe.Runtime.Text;

/// <summary>
/// Text ↔ token ids by a Hugging Face <c>tokenizer.json</c>: byte-level BPE (GPT-2, Llama 3, Qwen, DeepSeek) and BPE over
/// characters with byte fallback (Llama 2, Mixtral). What the file asks for is honoured or refused by name.
/// Immutable; any number of threads may use one.
/// </summary>
/// <remarks>
/// Ids are those of the reference implementation (huggingface/tokenizers). Half a surrogate pair in a text counts as U+FFFD.
/// The sections <c>truncation</c> and <c>padding</c> concern batches for training and are not looked at.
/// </remarks>
public sealed class Tokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly HashSet<int> _verbatim = [];
    private readonly HashSet<int> _special = [];
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly Normalizer _normalizer;
    private readonly PreTokenizer _preTokenizer;
    private readonly BytePairModel _model;
    private readonly PostProcessor _postProcessor;
    private readonly TokenDecoder _decoder;

    private Tokenizer(JsonSection root, JsonSection? config)
    {
        _normalizer = new Normalizer(root.Optional("normalizer"));
        _preTokenizer = new PreTokenizer(root.Optional("pre_tokenizer"));
        _decoder = new TokenDecoder(root);
        JsonSection model = root.Required("model");
        _vocabulary = new Vocabulary(model.Required("vocab"));
        _model = new BytePairModel(model, _vocabulary, _preTokenizer.Bytes);

        List<AddedToken> tokens = AddTokens(root, config);
        _rawTokens = new AddedTokenMatcher(Searched(tokens, normalized: false));
        _normalizedTokens = new AddedTokenMatcher(Searched(tokens, normalized: true));

        _postProcessor = new PostProcessor(root.Optional("post_processor"), _vocabulary);
        if (config is JsonSection present)
        {
            RefuseUnhonoured(root, present);
            _postProcessor.Override(present);
        }

        BeginOfText = FindBeginOfText(config);
    }

    /// <summary>Highest id + 1. The embedding of a checkpoint may have more rows, never fewer.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>
    /// The id that begins a text: <c>bos_token</c> of tokenizer_config.json, otherwise the first id that the post-processor puts
    /// before a text, otherwise null. Whether <see cref="Encode"/> adds it is the post-processor's affair.
    /// </summary>
    public int? BeginOfText { get; }

    internal int LeadingSpaces => _decoder.LeadingSpaces;

    /// <summary>Reads <c>tokenizer.json</c> and, where there is one, <c>tokenizer_config.json</c>.</summary>
    /// <param name="folder">The folder of the checkpoint.</param>
    /// <exception cref="TokenizerException">A file is missing or malformed, contradicts itself, or asks for what is not supported.</exception>
    public static Tokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        using JsonDocument tokenizer = JsonSection.Open(Path.Combine(folder, "tokenizer.json"), out JsonSection root);
        string configFile = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(configFile))
            return new Tokenizer(root, null);
        using JsonDocument settings = JsonSection.Open(configFile, out JsonSection config);
        return new Tokenizer(root, config);
    }

    /// <summary>The ids of a text. Time is O(n log n) in its length.</summary>
    /// <param name="text">Any text; added tokens such as <c>&lt;|im_start|&gt;</c> in it become their ids.</param>
    /// <param name="addSpecialTokens">Whether the post-processor puts its tokens (beginning of text) around it.</param>
    public int[] Encode(string text, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = new(text.Length / 3 + 4);
        if (addSpecialTokens)
            ids.AddRange(_postProcessor.Before);
        SymbolChain chain = _model.NewChain();
        text = WithoutHalfPairs(text);
        foreach ((int start, int end, AddedToken? token) in _rawTokens.Cut(text))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                EncodeRaw(text[start..end], start == 0, chain, ids);
        }

        if (addSpecialTokens)
            ids.AddRange(_postProcessor.Behind);
        return [.. ids];
    }

    /// <summary>The text of ids. An ill-formed byte sequence, which no text encodes to, becomes U+FFFD.</summary>
    /// <param name="ids">Token ids; one that the vocabulary does not hold gives no text.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        StringBuilder text = new();
        StreamingDecoder decoder = new(this, skipSpecialTokens, LeadingSpaces);
        foreach (int id in ids)
            decoder.Push(id, text);
        decoder.Flush(text);
        return text.ToString();
    }

    /// <summary>A decoder at the start of a text, special tokens left out.</summary>
    public StreamingDecoder NewDecoder() => new(this, skipSpecialTokens: true, LeadingSpaces);

    /// <summary>A decoder for what follows <paramref name="prompt"/>: its first piece keeps the space that joins it to the prompt.</summary>
    /// <param name="prompt">The ids that were put before; their text is not given again.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public StreamingDecoder NewDecoder(ReadOnlySpan<int> prompt, bool skipSpecialTokens = true)
    {
        StreamingDecoder decoder = new(this, skipSpecialTokens, LeadingSpaces);
        StringBuilder forgotten = new();
        foreach (int id in prompt)
        {
            decoder.Push(id, forgotten);
            forgotten.Clear();
        }

        return decoder;
    }

    /// <summary>The id of a token, written as the vocabulary writes it (a space may be Ġ or ▁ there) or as an added token.</summary>
    public bool TryGetId(string token, out int id) => _vocabulary.TryGetId(token, out id);

    /// <summary>Whether the id belongs to an added token that is marked as special.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    internal void AppendBytes(int id, List<byte> output)
    {
        if (_vocabulary.TryGetToken(id, out string? token))
            _decoder.Append(token, _verbatim.Contains(id), output);
    }

    private void EncodeRaw(string raw, bool first, SymbolChain chain, List<int> ids)
    {
        string text = _normalizer.Normalize(raw);
        foreach ((int start, int end, AddedToken? token) in _normalizedTokens.Cut(text))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }

            foreach (PreTokenizer.Piece piece in _preTokenizer.Split(text[start..end], first && start == 0))
                _model.Encode(piece.Span, chain, ids);
        }
    }

    private List<AddedToken> AddTokens(JsonSection root, JsonSection? config)
    {
        Dictionary<int, AddedToken> tokens = [];
        if (root.Optional("added_tokens") is JsonSection list)
        {
            foreach (JsonSection item in list.Items())
                Add(item, item.Required("id").AsInt());
        }

        // As in transformers, what tokenizer_config.json says of an added token wins.
        if (config?.Optional("added_tokens_decoder") is JsonSection decoder)
        {
            foreach ((string key, JsonSection item) in decoder.Members())
                Add(item, int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : throw item.Fail("the key is not an id"));
        }

        return [.. tokens.Values];

        void Add(JsonSection item, int id)
        {
            AddedToken token = AddedToken.Parse(item, id);
            if (!_vocabulary.TryGetId(token.Content, out _))
                _verbatim.Add(id);
            _vocabulary.Add(token.Content, id, item);
            tokens[id] = token;
            if (token.Special)
                _special.Add(id);
        }
    }

    private IEnumerable<(string, AddedToken)> Searched(List<AddedToken> tokens, bool normalized)
    {
        foreach (AddedToken token in tokens)
        {
            if (token.Normalized == normalized)
                yield return (normalized ? _normalizer.Normalize(token.Content) : token.Content, token);
        }
    }

    private int? FindBeginOfText(JsonSection? config)
    {
        if (config is JsonSection present && PostProcessor.NameOf(present, "bos_token") is JsonSection name)
            return _vocabulary.TryGetId(name.AsString(), out int id) ? id : throw name.Fail($"\"{name.AsString()}\" is not in the vocabulary");
        return _postProcessor.Before.Count > 0 ? _postProcessor.Before[0] : null;
    }

    private static void RefuseUnhonoured(JsonSection root, JsonSection config)
    {
        if (config.Bool("split_special_tokens", false))
            throw config.Required("split_special_tokens").Fail("true is not supported: special tokens in a text always become their ids");
        if (config.Optional("add_prefix_space") is JsonSection prefix
            && root.Optional("pre_tokenizer") is JsonSection pre && pre.Required("type").AsString() == "ByteLevel"
            && pre.Bool("add_prefix_space", true) != prefix.AsBool())
            throw prefix.Fail("contradicts pre_tokenizer.add_prefix_space of tokenizer.json; make them equal");
    }

    private static string WithoutHalfPairs(string text)
    {
        if (!SplitPattern.HasSurrogates(text))
            return text;
        StringBuilder whole = new(text.Length);
        Span<char> letters = stackalloc char[2];
        foreach (Rune rune in text.EnumerateRunes())
            whole.Append(letters[..rune.EncodeToUtf16(letters)]);
        return whole.ToString();
    }
}
