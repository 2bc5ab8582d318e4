using System;
using Moe.Runtime.Memory;

namespace Moe.Runtime.Models;

/// <summary>
/// What the compiler emits for a declaration. A model is immutable after loading and may be used from several threads;
/// calls to <see cref="Step{TObserver}"/> on one model take turns.
/// </summary>
/// <typeparam name="TSelf">The model class itself, so that generic code binds to it without dispatch.</typeparam>
public interface IMoeModel<TSelf> : IDisposable
    where TSelf : class, IMoeModel<TSelf>
{
    /// <summary>What the declaration fixes.</summary>
    static abstract ModelShape Shape { get; }

    /// <summary>An empty cache for one sequence, on the model's device.</summary>
    SequenceCache NewCache();

    /// <summary>
    /// Runs every token of the batch through all layers: appends to the caches (without changing their lengths) and
    /// writes the logits that the batch asks for. Results for a sequence do not depend on what else is in the batch.
    /// </summary>
    /// <param name="batch">Tokens, their positions and caches; receives the logits.</param>
    /// <param name="observer">Sees intermediate values; <see cref="NoObserver"/> costs nothing.</param>
    void Step<TObserver>(StepBatch batch, ref TObserver observer)
        where TObserver : struct, IStepObserver;
}
