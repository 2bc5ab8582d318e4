using System;
using System.Collections.Generic;
using System.Diagnostics;
using Moe.Runtime.Models;

namespace Moe.Benchmarks.Tokens;

/// <summary>Our own engine as a contender.</summary>
public abstract class OwnModel : IContender
{
    /// <summary>The name in tables and result files.</summary>
    public const string OwnName = "MoeDsl";

    /// <inheritdoc/>
    public string Name => OwnName;

    /// <inheritdoc/>
    public abstract float[] Logits(int[] tokens);

    /// <inheritdoc/>
    public abstract void Prepare(TokenPoint point);

    /// <inheritdoc/>
    public abstract double Sample();

    /// <summary>Runs a sample untimed and counts the experts that each step reads, over layers and steps.</summary>
    public abstract long CountExperts();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Our own engine with one model.</summary>
internal sealed class OwnModel<TModel>(TModel model) : OwnModel
    where TModel : class, IMoeModel<TModel>
{
    private readonly List<Session<TModel>> _sessions = [];
    private readonly SessionBatch<TModel> _batch = new(model);
    private TokenPoint? _point;
    private int[] _prompt = [];

    private static int Vocabulary => TModel.Shape.VocabularySize;

    private TokenPoint Point => _point ?? throw new InvalidOperationException("Prepare comes first.");

    /// <inheritdoc/>
    public override float[] Logits(int[] tokens)
    {
        using var session = new Session<TModel>(model);
        return session.Append(tokens).ToArray();
    }

    /// <inheritdoc/>
    public override void Prepare(TokenPoint point)
    {
        Clear();
        _point = point;
        _prompt = TokenIds.Prompt(Vocabulary, 0, point.Prompt);
        for (int sequence = 0; sequence < point.Batch; sequence++)
        {
            var session = new Session<TModel>(model);
            _sessions.Add(session);
            session.Append(TokenIds.Prompt(Vocabulary, sequence, point.Prompt));
        }
    }

    /// <inheritdoc/>
    public override double Sample()
    {
        var none = default(NoObserver);
        if (Point.Phase == Phase.Prefill)
        {
            _sessions[0].Truncate(0);
            long start = Stopwatch.GetTimestamp();
            _sessions[0].Append(_prompt);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        long begin = Stopwatch.GetTimestamp();
        for (int position = Point.Prompt; position < Point.Prompt + Point.Generated; position++)
            DecodeStep(position, ref none);
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        Truncate();
        return seconds;
    }

    /// <inheritdoc/>
    public override long CountExperts()
    {
        var touched = new TouchedExperts(TModel.Shape.Layers, TModel.Shape.MaxExperts);
        long count = 0;
        if (Point.Phase == Phase.Prefill)
        {
            _sessions[0].Truncate(0);
            for (int start = 0; start < _prompt.Length; start += Session.MaxTokensPerStep)
            {
                _sessions[0].Append(_prompt.AsSpan(start, Math.Min(Session.MaxTokensPerStep, _prompt.Length - start)), LogitPositions.Last, ref touched);
                count += touched.Take();
            }

            return count;
        }

        for (int position = Point.Prompt; position < Point.Prompt + Point.Generated; position++)
        {
            DecodeStep(position, ref touched);
            count += touched.Take();
        }

        Truncate();
        return count;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Clear();
        model.Dispose();
    }

    private void DecodeStep<TObserver>(int position, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        // One sequence goes the way that generation goes: no batch around it.
        if (!TObserver.IsEnabled && _sessions.Count == 1)
        {
            _sessions[0].Append(TokenIds.At(Vocabulary, 0, position));
            return;
        }

        for (int sequence = 0; sequence < _sessions.Count; sequence++)
            _batch.Add(_sessions[sequence], [TokenIds.At(Vocabulary, sequence, position)]);
        _batch.Run(ref observer);
    }

    private void Truncate()
    {
        foreach (Session<TModel> session in _sessions)
            session.Truncate(Point.Prompt);
    }

    private void Clear()
    {
        foreach (Session<TModel> session in _sessions)
            session.Dispose();
        _sessions.Clear();
    }
}
