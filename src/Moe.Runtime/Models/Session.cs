using System;
using System.Threading;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Models;

/// <summary>What all sessions have in common.</summary>
public static class Session
{
    /// <summary>
    /// Most tokens that a session gives to one step; longer calls are cut. From about this number on the arithmetic hides
    /// the reading of the weights, while temporaries (rows of the widest layer, of logits if all are asked for) still
    /// grow with it. Results do not depend on it.
    /// </summary>
    public const int MaxTokensPerStep = 512;
}

/// <summary>
/// One sequence of tokens and what the model remembers of it. Several sessions of one model may be used at the same time
/// from different threads, one session only by one thread at a time. A call that throws leaves the session as it was.
/// </summary>
/// <typeparam name="TModel">The model's class.</typeparam>
public sealed partial class Session<TModel> : IDisposable
    where TModel : class, IMoeModel<TModel>
{
    private readonly SequenceCache _cache;
    private readonly StepBatch _batch = new();
    private readonly LogitRows _rows = new();
    private readonly int _chunk;
    private int[] _tokens;
    private RoutingOptions? _routing;
    private int _isInUse;
    private bool _isDisposed;

    /// <summary>Begins an empty sequence.</summary>
    /// <param name="model">The model; it must outlive the session.</param>
    /// <param name="chunk">Most tokens of one step; changes memory and speed, never results.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="chunk"/> is not positive.</exception>
    public Session(TModel model, int chunk = Session.MaxTokensPerStep)
        : this(model, chunk, ReadOnlySpan<int>.Empty, cache: null)
    {
    }

    private Session(TModel model, int chunk, ReadOnlySpan<int> tokens, SequenceCache? cache)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        Model = model;
        _chunk = chunk;
        _cache = cache ?? model.NewCache();
        // Room from the start for what most sequences need: a decoded token then allocates nothing.
        _tokens = new int[Math.Max(tokens.Length, Math.Min(TModel.Shape.ContextLength, 4096))];
        tokens.CopyTo(_tokens);
    }

    /// <summary>The model.</summary>
    public TModel Model { get; }

    /// <summary>Tokens so far.</summary>
    public int Length => _cache.Length;

    /// <summary>Ids of the tokens so far, [Length]; valid until the next call.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Memory that the key/value cache holds, in bytes.</summary>
    public long Bytes => _cache.Bytes;

    /// <summary>
    /// What this sequence's request says about routing; null, at first, for what the declaration says. Holds for tokens
    /// that are appended from now on. Forks begin with the same.
    /// </summary>
    /// <exception cref="ArgumentException">The model's declaration does not allow it.</exception>
    public RoutingOptions? Routing
    {
        get => _routing;
        set
        {
            value?.Require(TModel.Shape);
            _routing = value;
        }
    }

    /// <summary>
    /// Assignments of this session's tokens to experts that were dropped because the experts had taken as many tokens as
    /// they may, over all layers and calls; 0 for ever where the declaration sets no capacity. What a failed call dropped
    /// counts too, and truncation takes nothing away.
    /// </summary>
    public long DroppedAssignments { get; private set; }

    internal SequenceCache Cache => _cache;

    /// <summary>Forgets every token from <paramref name="length"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative or above <see cref="Length"/>.</exception>
    public void Truncate(int length)
    {
        Enter();
        try
        {
            _cache.Truncate(length);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>An independent session with the same tokens.</summary>
    public Session<TModel> Fork()
    {
        Enter();
        try
        {
            return new Session<TModel>(Model, _chunk, Tokens, _cache.Fork()) { _routing = _routing };
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Gives the memory back.</summary>
    /// <exception cref="InvalidOperationException">Another call is under way.</exception>
    public void Dispose()
    {
        if (_isDisposed)
            return;

        Enter();
        _isDisposed = true;
        _cache.Dispose();
        Leave();
    }

    /// <summary>Takes the session for one call, or for the time that it waits in a <see cref="SessionBatch{TModel}"/>.</summary>
    internal void Enter()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Interlocked.Exchange(ref _isInUse, 1) != 0)
        {
            throw new InvalidOperationException(
                "The session is in use by another call, or was added to a batch that has not run yet. A session serves one "
                + "call at a time; Fork gives a copy for another thread.");
        }

        _rows.Begin();
    }

    internal void Leave() => Volatile.Write(ref _isInUse, 0);

    /// <summary>Refuses tokens that cannot follow.</summary>
    internal void Require(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty)
            throw new ArgumentException("There are no tokens to append.", nameof(tokens));

        int context = TModel.Shape.ContextLength;
        if (tokens.Length > context - Length)
            throw new ContextOverflowException(Length, tokens.Length, context);

        int vocabulary = TModel.Shape.VocabularySize;
        // A search by vectors would be code to compile before the first token.
        int wrong = 0;
        while (wrong < tokens.Length && (uint)tokens[wrong] < (uint)vocabulary)
            wrong++;
        if (wrong < tokens.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(tokens),
                tokens[wrong],
                $"Token {wrong} of the call, for position {Length + wrong}, is {tokens[wrong]}; the vocabulary of "
                + $"{TModel.Shape.Name} has {vocabulary} ids, from 0. Is the tokenizer another model's?");
        }
    }

    /// <summary>Adds what a step dropped of this sequence.</summary>
    internal void CountDropped(long assignments) => DroppedAssignments += assignments;

    /// <summary>Makes the tokens that a step has written part of the sequence.</summary>
    internal void Accept(ReadOnlySpan<int> tokens)
    {
        int length = Length + tokens.Length;
        if (length > _tokens.Length)
            Array.Resize(ref _tokens, Math.Min(TModel.Shape.ContextLength, Math.Max(length, 2 * _tokens.Length)));

        tokens.CopyTo(_tokens.AsSpan(Length));
        _cache.Advance(tokens.Length);
    }

    /// <summary>Takes back what a call has done, after a failure.</summary>
    internal void Restore(int length)
    {
        if (Length < length)
            _cache.Advance(length - Length);

        _cache.Truncate(length);
        _rows.Begin();
    }
}
