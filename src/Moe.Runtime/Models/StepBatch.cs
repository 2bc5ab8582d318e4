using System;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Models;

/// <summary>Which of the appended tokens' logits a step computes.</summary>
public enum LogitPositions
{
    /// <summary>None.</summary>
    None,

    /// <summary>The last appended token's.</summary>
    Last,

    /// <summary>Every appended token's.</summary>
    All,
}

/// <summary>
/// The input of one step: tokens of one or several sequences, each with its position and its sequence's cache; and the
/// logits that come out. Reused from step to step; grows on demand and then allocates nothing.
/// </summary>
public sealed class StepBatch
{
    private int[] _ids = new int[16];
    private int[] _positions = new int[16];
    private int[] _sequenceOf = new int[16];
    private int[] _logitTokens = new int[16];
    private int[] _tags = new int[16];
    private SequenceCache?[] _caches = new SequenceCache?[4];
    private RoutingOptions?[] _routing = new RoutingOptions?[4];
    private long[] _dropped = new long[4];
    private float[] _logits = [];
    private int _tokens;
    private int _sequences;
    private int _logitRows;

    /// <summary>Number of tokens, over all sequences.</summary>
    public int Tokens => _tokens;

    /// <summary>Number of sequences.</summary>
    public int Sequences => _sequences;

    /// <summary>Token ids, [Tokens].</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, _tokens);

    /// <summary>Position of each token in its sequence, [Tokens].</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, _tokens);

    /// <summary>Index of each token's sequence, [Tokens]; tokens of a sequence lie together and in order.</summary>
    public ReadOnlySpan<int> SequenceOf => _sequenceOf.AsSpan(0, _tokens);

    /// <summary>Tag of each token, [Tokens]; 0 where nothing was said.</summary>
    public ReadOnlySpan<int> Tags => _tags.AsSpan(0, _tokens);

    /// <summary>Whether some sequence's request chooses experts otherwise than declared.</summary>
    public bool ChangesSelection { get; private set; }

    /// <summary>Indices of the tokens whose logits are computed, ascending.</summary>
    public ReadOnlySpan<int> LogitTokens => _logitTokens.AsSpan(0, _logitRows);

    /// <summary>The cache of a sequence.</summary>
    /// <exception cref="InvalidOperationException">Its tokens are rows of a layer that stands alone.</exception>
    public SequenceCache Cache(int sequence) => _caches[sequence] ?? throw new InvalidOperationException("Rows of a layer that stands alone have no cache.");

    /// <summary>Whether a sequence has a cache.</summary>
    internal bool HasCache(int sequence) => _caches[sequence] is not null;

    /// <summary>What the request of a sequence says about routing; null for nothing.</summary>
    public RoutingOptions? Routing(int sequence) => _routing[sequence];

    /// <summary>Assignments of a sequence's tokens to experts that the step dropped because the experts were full, over all layers.</summary>
    public long Dropped(int sequence) => _dropped[sequence];

    /// <summary>Counts dropped assignments; called by the model, by one thread at a time.</summary>
    public void CountDropped(int sequence, int assignments) => _dropped[sequence] += assignments;

    /// <summary>Logits of the <paramref name="row"/>-th of <see cref="LogitTokens"/>, [VocabularySize]; valid until the next step.</summary>
    public Span<float> Logits(int row, int vocabularySize) => _logits.AsSpan(checked(row * vocabularySize), vocabularySize);

    /// <summary>All logits that the step writes, [LogitTokens.Length, VocabularySize]; called by the model.</summary>
    /// <exception cref="InvalidOperationException">They are more numbers than an array has room for.</exception>
    public Span<float> PrepareLogits(int vocabularySize)
    {
        long numbers = (long)_logitRows * vocabularySize;
        if (numbers > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"Logits of {_logitRows} tokens, {vocabularySize} each, are {numbers} numbers, and a step has room for {Array.MaxLength}: "
                + "ask for those of fewer tokens, or append fewer at a time.");
        }

        int elements = (int)numbers;
        if (_logits.Length < elements)
            _logits = GC.AllocateUninitializedArray<float>(elements);

        return _logits.AsSpan(0, elements);
    }

    /// <summary>Forgets all tokens.</summary>
    public void Clear()
    {
        Array.Clear(_caches, 0, _sequences);
        Array.Clear(_routing, 0, _sequences);
        ChangesSelection = false;
        _tokens = 0;
        _sequences = 0;
        _logitRows = 0;
    }

    /// <summary>Asks for the logits of one more token than <see cref="Add"/> asked for.</summary>
    /// <param name="token">Index of the token in the batch, above all whose logits are asked for already.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="token"/> is not in the batch, or not above the others.</exception>
    public void RequestLogits(int token)
    {
        int least = _logitRows == 0 ? 0 : _logitTokens[_logitRows - 1] + 1;
        if (token < least || token >= _tokens)
            throw new ArgumentOutOfRangeException(nameof(token), token, $"Logits can be asked for from token {least} to {_tokens - 1} of the batch, in ascending order.");

        Reserve(ref _logitTokens, _logitRows + 1);
        _logitTokens[_logitRows++] = token;
    }

    /// <summary>Adds tokens that follow what the cache holds.</summary>
    /// <param name="cache">Cache of the sequence; each sequence may be added once a step.</param>
    /// <param name="ids">Token ids.</param>
    /// <param name="logits">Whose logits to compute.</param>
    /// <param name="routing">What the request says about routing; null for nothing.</param>
    /// <param name="tags">A tag for each token; empty for that of <paramref name="routing"/>.</param>
    public void Add(
        SequenceCache cache, ReadOnlySpan<int> ids, LogitPositions logits, RoutingOptions? routing = null, ReadOnlySpan<int> tags = default)
    {
        Reserve(ref _logitTokens, _logitRows + (logits == LogitPositions.All ? ids.Length : 1));
        BeginSequence(cache, ids.Length, routing, tags);
        for (int i = 0; i < ids.Length; i++)
        {
            int token = _tokens++;
            _ids[token] = ids[i];
            _positions[token] = cache.Length + i;
            _sequenceOf[token] = _sequences;
            if (logits == LogitPositions.All || (logits == LogitPositions.Last && i == ids.Length - 1))
                _logitTokens[_logitRows++] = token;
        }

        _sequences++;
    }

    /// <summary>Adds rows of a layer that stands alone as a sequence of their own, at positions from 0.</summary>
    /// <param name="tokens">Rows.</param>
    /// <param name="ids">Token ids, or none.</param>
    /// <param name="routing">What is said about routing; null for nothing.</param>
    /// <param name="tags">A tag for each row; empty for that of <paramref name="routing"/>.</param>
    public void AddRows(int tokens, ReadOnlySpan<int> ids, RoutingOptions? routing = null, ReadOnlySpan<int> tags = default)
    {
        BeginSequence(null, tokens, routing, tags);
        for (int i = 0; i < tokens; i++)
        {
            int token = _tokens++;
            _ids[token] = ids.IsEmpty ? 0 : ids[i];
            _positions[token] = i;
            _sequenceOf[token] = _sequences;
        }

        _sequences++;
    }

    private void BeginSequence(SequenceCache? cache, int tokens, RoutingOptions? routing, ReadOnlySpan<int> tags)
    {
        Reserve(ref _ids, _tokens + tokens);
        Reserve(ref _positions, _tokens + tokens);
        Reserve(ref _sequenceOf, _tokens + tokens);
        Reserve(ref _tags, _tokens + tokens);
        Reserve(ref _caches, _sequences + 1);
        Reserve(ref _routing, _sequences + 1);
        Reserve(ref _dropped, _sequences + 1);

        _caches[_sequences] = cache;
        _routing[_sequences] = routing;
        _dropped[_sequences] = 0;
        ChangesSelection |= routing is { ChangesSelection: true };
        if (tags.IsEmpty)
            _tags.AsSpan(_tokens, tokens).Fill(routing?.Tag ?? 0);
        else
            tags.CopyTo(_tags.AsSpan(_tokens, tokens));
    }

    private static void Reserve<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
    }
}
