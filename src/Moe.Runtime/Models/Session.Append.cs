using System;
using System.Threading;

namespace Moe.Runtime.Models;

public sealed partial class Session<TModel>
{
    /// <summary>Appends tokens.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>Logits of the last token, [VocabularySize]; valid until the next call.</returns>
    /// <exception cref="ArgumentException">There are no tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    /// <exception cref="Memory.ContextOverflowException">The sequence would become longer than the context.</exception>
    /// <exception cref="NotFiniteNumberException">A logit is NaN or +∞.</exception>
    /// <exception cref="InvalidOperationException">The session is in use by another call.</exception>
    public ReadOnlySpan<float> Append(scoped ReadOnlySpan<int> tokens, CancellationToken cancellation = default)
    {
        var observer = default(NoObserver);
        Run(tokens, [], LogitPositions.Last, [], isKept: false, ref observer, cancellation);
        return _batch.Logits(0, TModel.Shape.VocabularySize);
    }

    /// <summary>Appends one token.</summary>
    /// <inheritdoc cref="Append(ReadOnlySpan{int}, CancellationToken)"/>
    public ReadOnlySpan<float> Append(int token, CancellationToken cancellation = default) => Append([token], cancellation);

    /// <summary>Appends tokens and gives the logits of none, the last or all of them.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="logits">Whose logits to compute.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>The logits; valid until the next call.</returns>
    /// <inheritdoc cref="Append(ReadOnlySpan{int}, CancellationToken)" path="/exception"/>
    public SessionLogits Append(ReadOnlySpan<int> tokens, LogitPositions logits, CancellationToken cancellation = default)
    {
        var observer = default(NoObserver);
        Run(tokens, [], logits, [], isKept: true, ref observer, cancellation);
        return new SessionLogits(_rows);
    }

    /// <summary>Appends tokens with a tag each and gives the logits of none, the last or all of them.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="tags">A tag for each token (task, language, modality), in place of that of <see cref="Routing"/>.</param>
    /// <param name="logits">Whose logits to compute.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>The logits; valid until the next call.</returns>
    /// <inheritdoc cref="Append(ReadOnlySpan{int}, CancellationToken)" path="/exception"/>
    public SessionLogits AppendTagged(
        ReadOnlySpan<int> tokens, ReadOnlySpan<int> tags, LogitPositions logits, CancellationToken cancellation = default)
    {
        var observer = default(NoObserver);
        return AppendTagged(tokens, tags, logits, ref observer, cancellation);
    }

    /// <summary>Appends tokens with a tag each while an observer sees the intermediate values.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="tags">A tag for each token (task, language, modality), in place of that of <see cref="Routing"/>.</param>
    /// <param name="logits">Whose logits to compute.</param>
    /// <param name="observer">Its token indices count from the start of <paramref name="tokens"/>.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>The logits; valid until the next call.</returns>
    /// <inheritdoc cref="Append(ReadOnlySpan{int}, CancellationToken)" path="/exception"/>
    public SessionLogits AppendTagged<TObserver>(
        ReadOnlySpan<int> tokens, ReadOnlySpan<int> tags, LogitPositions logits, ref TObserver observer, CancellationToken cancellation = default)
        where TObserver : struct, IStepObserver
    {
        if (tags.Length != tokens.Length)
            throw new ArgumentException($"There are {tags.Length} tags for {tokens.Length} tokens.", nameof(tags));
        for (int token = 0; token < tags.Length; token++)
            RoutingOptions.RequireTag(TModel.Shape, tags[token], $"tags[{token}]");

        Run(tokens, tags, logits, [], isKept: true, ref observer, cancellation);
        return new SessionLogits(_rows);
    }

    /// <summary>Appends tokens and gives the logits of chosen ones.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="positions">Indices into <paramref name="tokens"/>, ascending: whose logits to compute.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>The logits, a row for each of <paramref name="positions"/>; valid until the next call.</returns>
    /// <inheritdoc cref="Append(ReadOnlySpan{int}, CancellationToken)" path="/exception"/>
    public SessionLogits Append(ReadOnlySpan<int> tokens, ReadOnlySpan<int> positions, CancellationToken cancellation = default)
    {
        var observer = default(NoObserver);
        Run(tokens, [], LogitPositions.None, positions, isKept: true, ref observer, cancellation);
        return new SessionLogits(_rows);
    }

    /// <summary>Appends tokens while an observer sees the intermediate values.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="logits">Whose logits to compute.</param>
    /// <param name="observer">Its token indices count from the start of <paramref name="tokens"/>.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>The logits; valid until the next call.</returns>
    /// <inheritdoc cref="Append(ReadOnlySpan{int}, CancellationToken)" path="/exception"/>
    public SessionLogits Append<TObserver>(
        ReadOnlySpan<int> tokens,
        LogitPositions logits,
        ref TObserver observer,
        CancellationToken cancellation = default)
        where TObserver : struct, IStepObserver
    {
        Run(tokens, [], logits, [], isKept: true, ref observer, cancellation);
        return new SessionLogits(_rows);
    }

    /// <summary>Appends tokens and gives the natural logarithm of each one's probability after what precedes it.</summary>
    /// <param name="tokens">Token ids, at least one.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    /// <returns>
    /// [tokens.Length], computed in double precision from the logits. The first token of an empty session is predicted by
    /// nothing: its value is NaN.
    /// </returns>
    /// <remarks>
    /// The prediction of the first of <paramref name="tokens"/> is computed by running the session's last token once more;
    /// nothing is kept between calls for it.
    /// </remarks>
    /// <inheritdoc cref="Append(ReadOnlySpan{int}, CancellationToken)" path="/exception"/>
    public double[] Score(ReadOnlySpan<int> tokens, CancellationToken cancellation = default)
    {
        Enter();
        int before = Length;
        try
        {
            Require(tokens);
            var scores = new double[tokens.Length];
            if (before == 0)
            {
                scores[0] = double.NaN;
                ScoreNext(tokens, scores.AsSpan(1), cancellation);
            }
            else
            {
                int[] run = [_tokens[before - 1], .. tokens];
                _cache.Rewind(1);
                ScoreNext(run, scores, cancellation);
            }

            return scores;
        }
        catch
        {
            Restore(before);
            throw;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>scores[i] = log p(tokens[i + 1] | everything up to tokens[i]); scores is one shorter than tokens.</summary>
    private void ScoreNext(ReadOnlySpan<int> tokens, Span<double> scores, CancellationToken cancellation)
    {
        int vocabulary = TModel.Shape.VocabularySize;
        var observer = default(NoObserver);
        for (int start = 0; start < tokens.Length; start += _chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> chunk = tokens.Slice(start, Math.Min(_chunk, tokens.Length - start));
            int predictions = Math.Min(chunk.Length, scores.Length - start);
            _batch.Clear();
            _batch.Add(_cache, chunk, LogitPositions.None, _routing);
            for (int token = 0; token < predictions; token++)
                _batch.RequestLogits(token);

            Step(ref observer);
            for (int row = 0; row < predictions; row++)
                scores[start + row] = LogProbability.Of(_batch.Logits(row, vocabulary), tokens[start + row + 1]);
        }
    }

    private void Run<TObserver>(
        ReadOnlySpan<int> tokens,
        ReadOnlySpan<int> tags,
        LogitPositions logits,
        ReadOnlySpan<int> chosen,
        bool isKept,
        ref TObserver observer,
        CancellationToken cancellation)
        where TObserver : struct, IStepObserver
    {
        Enter();
        int before = Length;
        try
        {
            Require(tokens);
            RequireChosen(chosen, tokens.Length);
            for (int start = 0; start < tokens.Length; start += _chunk)
            {
                cancellation.ThrowIfCancellationRequested();
                ReadOnlySpan<int> chunk = tokens.Slice(start, Math.Min(_chunk, tokens.Length - start));
                bool isLast = start + chunk.Length == tokens.Length;
                _batch.Clear();
                _batch.Add(
                    _cache,
                    chunk,
                    logits == LogitPositions.Last && !isLast ? LogitPositions.None : logits,
                    _routing,
                    tags.IsEmpty ? tags : tags.Slice(start, chunk.Length));
                while (!chosen.IsEmpty && chosen[0] < start + chunk.Length)
                {
                    _batch.RequestLogits(chosen[0] - start);
                    chosen = chosen[1..];
                }

                if (TObserver.IsEnabled)
                {
                    var shifted = new ShiftedObserver<TObserver>(observer, start);
                    Step(ref shifted);
                    observer = shifted.Inner;
                }
                else
                {
                    var none = default(NoObserver);
                    Step(ref none);
                }

                if (isKept)
                    _rows.Keep(_batch, TModel.Shape.VocabularySize);
            }
        }
        catch
        {
            Restore(before);
            throw;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Runs the batch, which holds tokens of this session only.</summary>
    private void Step<TObserver>(ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        _cache.Reserve(_cache.Length + _batch.Tokens);
        Model.Step(_batch, ref observer);
        DroppedAssignments += _batch.Dropped(0);
        for (int row = 0; row < _batch.LogitTokens.Length; row++)
            FiniteLogits.Require(_batch.Logits(row, TModel.Shape.VocabularySize), _batch.Positions[_batch.LogitTokens[row]]);

        Accept(_batch.Ids);
    }

    private static void RequireChosen(ReadOnlySpan<int> chosen, int tokens)
    {
        for (int i = 0; i < chosen.Length; i++)
        {
            int least = i == 0 ? 0 : chosen[i - 1] + 1;
            if (chosen[i] < least || chosen[i] >= tokens)
            {
                throw new ArgumentOutOfRangeException(
                    "positions",
                    chosen[i],
                    $"positions[{i}] is {chosen[i]}; positions are indices into the {tokens} appended tokens, ascending, each once.");
            }
        }
    }
}
