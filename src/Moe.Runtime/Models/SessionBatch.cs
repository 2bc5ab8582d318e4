using System;
using System.Collections.Generic;

namespace Moe.Runtime.Models;

/// <summary>
/// Several sessions of one model in one step: add each with its tokens, run, read each one's logits; then add again. What
/// a session gets does not depend on the others. Reused, it allocates nothing. Not thread-safe.
/// </summary>
/// <typeparam name="TModel">The model's class.</typeparam>
/// <example>
/// <code>
/// int first = batch.Add(a, [17]);
/// int second = batch.Add(b, [4, 8]);
/// batch.Run();
/// int next = sampler.Sample(batch.Logits(first), a.Tokens);
/// </code>
/// </example>
public sealed class SessionBatch<TModel>
    where TModel : class, IMoeModel<TModel>
{
    private readonly TModel _model;
    private readonly StepBatch _batch = new();
    private readonly List<Session<TModel>> _sessions = [];
    private bool _hasRun;

    /// <summary>Creates an empty batch.</summary>
    /// <param name="model">The model of all sessions that will be added.</param>
    public SessionBatch(TModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
    }

    /// <summary>Number of sessions added, or in the run before.</summary>
    public int Count => _sessions.Count;

    /// <summary>
    /// Adds a session and the tokens to append to it. Until the batch has run, or was cleared, the session is in use.
    /// The first call after a run begins a new batch.
    /// </summary>
    /// <param name="session">A session of the batch's model.</param>
    /// <param name="tokens">Token ids, at least one. All tokens of a batch take part in one step.</param>
    /// <returns>Index for <see cref="Logits"/>.</returns>
    /// <exception cref="ArgumentException">There are no tokens, or the session is of another model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    /// <exception cref="Memory.ContextOverflowException">The sequence would become longer than the context.</exception>
    /// <exception cref="InvalidOperationException">The session is in use, for instance in this batch already.</exception>
    public int Add(Session<TModel> session, ReadOnlySpan<int> tokens)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (!ReferenceEquals(session.Model, _model))
            throw new ArgumentException("The session is of another model than the batch.", nameof(session));

        if (_hasRun)
            Clear();

        session.Enter();
        try
        {
            session.Require(tokens);
        }
        catch
        {
            session.Leave();
            throw;
        }

        _batch.Add(session.Cache, tokens, LogitPositions.Last, session.Routing);
        _sessions.Add(session);
        return _sessions.Count - 1;
    }

    /// <summary>Appends to every session its tokens, in one step.</summary>
    /// <exception cref="InvalidOperationException">No session was added since the last run.</exception>
    /// <exception cref="NotFiniteNumberException">A logit of some session is NaN or +∞.</exception>
    public void Run()
    {
        var observer = default(NoObserver);
        Run(ref observer);
    }

    /// <summary>Appends to every session its tokens, in one step. If it throws, all sessions are as before and the batch is empty.</summary>
    /// <param name="observer">Sees intermediate values; token indices count over all sessions in the order added.</param>
    /// <inheritdoc cref="Run()" path="/exception"/>
    public void Run<TObserver>(ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        if (_hasRun || _sessions.Count == 0)
            throw new InvalidOperationException("No session was added since the last run.");

        int token = 0;
        try
        {
            for (int sequence = 0; sequence < _sessions.Count; sequence++)
                _sessions[sequence].Cache.Reserve(_batch.Positions[_batch.LogitTokens[sequence]] + 1);

            _model.Step(_batch, ref observer);
            for (int sequence = 0; sequence < _sessions.Count; sequence++)
                _sessions[sequence].CountDropped(_batch.Dropped(sequence));
            for (int sequence = 0; sequence < _sessions.Count; sequence++)
                FiniteLogits.Require(Row(sequence), _batch.Positions[_batch.LogitTokens[sequence]]);
        }
        catch
        {
            foreach (Session<TModel> session in _sessions)
                session.Restore(session.Length);

            Clear();
            throw;
        }

        for (int sequence = 0; sequence < _sessions.Count; sequence++)
        {
            int end = _batch.LogitTokens[sequence] + 1;
            _sessions[sequence].Accept(_batch.Ids[token..end]);
            token = end;
        }

        Release();
    }

    /// <summary>Logits of the last token of a session, [VocabularySize]; valid until the next <see cref="Add"/> or <see cref="Clear"/>.</summary>
    /// <param name="index">What <see cref="Add"/> returned.</param>
    /// <exception cref="InvalidOperationException">The batch has not run.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No session has this index.</exception>
    public ReadOnlySpan<float> Logits(int index)
    {
        if (!_hasRun)
            throw new InvalidOperationException("The batch has not run: there are no logits yet.");
        if ((uint)index >= (uint)_sessions.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The batch has {_sessions.Count} sessions.");

        return Row(index);
    }

    /// <summary>Forgets all sessions; those that wait for a run are free again.</summary>
    public void Clear()
    {
        if (!_hasRun)
            Release();

        _sessions.Clear();
        _batch.Clear();
        _hasRun = false;
    }

    private ReadOnlySpan<float> Row(int sequence) => _batch.Logits(sequence, TModel.Shape.VocabularySize);

    private void Release()
    {
        foreach (Session<TModel> session in _sessions)
            session.Leave();

        _hasRun = true;
    }
}
