using System;
using System.Threading;
using Moe.Runtime.Models;

namespace Moe.Runtime.Generation;

/// <summary>
/// A sequence whose next tokens are drawn: ids → logits → id, with a second session where a weak routing is contrasted.
/// Allocates nothing a step.
/// </summary>
internal sealed class DrawnSequence<TModel> : IDisposable
    where TModel : class, IMoeModel<TModel>
{
    private readonly Session<TModel> _session;
    private readonly Sampler _sampler;
    private readonly SelfContrast? _contrast;
    private readonly Session<TModel>? _weak;
    private readonly SessionBatch<TModel>? _both;
    private readonly float[] _logits;

    internal DrawnSequence(TModel model, GenerationPlan plan)
    {
        _session = new Session<TModel>(model) { Routing = plan.Routing };
        _sampler = new Sampler(plan.Sampling, TModel.Shape.VocabularySize);
        _contrast = plan.SelfContrast;
        _weak = _contrast is null ? null : new Session<TModel>(model) { Routing = _contrast.Weak };
        _both = _contrast is null ? null : new SessionBatch<TModel>(model);
        _logits = new float[_contrast is null ? 0 : TModel.Shape.VocabularySize];
    }

    /// <summary>Tokens that the model has seen.</summary>
    internal int Length => _session.Length;

    /// <summary>Appends tokens and draws the one that follows.</summary>
    /// <param name="ids">The prompt, or the token drawn last.</param>
    /// <param name="observer">Sees the usual routing alone.</param>
    /// <param name="cancellation">Looked at before each step.</param>
    internal int Draw<TObserver>(ReadOnlySpan<int> ids, ref TObserver observer, CancellationToken cancellation)
        where TObserver : struct, IStepObserver
    {
        if (_weak is null)
            return Draw(_session.Append(ids, LogitPositions.Last, ref observer, cancellation)[0], []);

        // A prompt is cut into steps by its session; and an observer is not to see the weak routing.
        if (ids.Length > 1 || TObserver.IsEnabled)
        {
            SessionLogits strong = _session.Append(ids, LogitPositions.Last, ref observer, cancellation);
            return Draw(strong[0], _weak.Append(ids, cancellation));
        }

        cancellation.ThrowIfCancellationRequested();
        int row = Add(_both!, ids);
        _both!.Run();
        return Draw(_both, row);
    }

    /// <summary>Adds tokens to a batch, for each of the routings.</summary>
    /// <returns>Row for <see cref="Draw(SessionBatch{TModel}, int)"/>.</returns>
    internal int Add(SessionBatch<TModel> batch, ReadOnlySpan<int> ids)
    {
        int row = batch.Add(_session, ids);
        if (_weak is not null)
            batch.Add(_weak, ids);

        return row;
    }

    /// <summary>Draws the next token from what a batch computed.</summary>
    internal int Draw(SessionBatch<TModel> batch, int row) => Draw(batch.Logits(row), _weak is null ? [] : batch.Logits(row + 1));

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _weak?.Dispose();
    }

    private int Draw(ReadOnlySpan<float> strong, ReadOnlySpan<float> weak)
    {
        if (_contrast is null)
            return _sampler.Sample(strong, _session.Tokens);

        _contrast.Apply(strong, weak, _logits);
        return _sampler.Sample(_logits, _session.Tokens);
    }
}
