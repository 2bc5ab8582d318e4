using System;
using System.Threading;
using Moe.Runtime.Models;

namespace Moe.Runtime.Generation;

/// <summary>The weak run of a self-contrast: the same tokens with the weak routing and a cache of their own.</summary>
internal sealed class WeakRun<TModel>(TModel model, SelfContrast contrast) : IDisposable
    where TModel : class, IMoeModel<TModel>
{
    private readonly float[] _contrasted = new float[TModel.Shape.VocabularySize];

    /// <summary>The weak run of a plan, or null where it contrasts nothing.</summary>
    internal static WeakRun<TModel>? For(TModel model, SelfContrast? contrast) => contrast is null ? null : new WeakRun<TModel>(model, contrast);

    internal Session<TModel> Session { get; } = new(model) { Routing = contrast.Weak };

    /// <summary>Appends the tokens that the strong run got, and contrasts; valid until the next call.</summary>
    internal ReadOnlySpan<float> Append(ReadOnlySpan<float> strong, ReadOnlySpan<int> ids, CancellationToken cancellation) =>
        Contrast(strong, Session.Append(ids, cancellation));

    /// <summary>Contrasts with logits of a step that both runs were in; valid until the next call.</summary>
    internal ReadOnlySpan<float> Contrast(ReadOnlySpan<float> strong, ReadOnlySpan<float> weak)
    {
        contrast.Contrast(strong, weak, _contrasted);
        return _contrasted;
    }

    /// <inheritdoc/>
    public void Dispose() => Session.Dispose();
}
