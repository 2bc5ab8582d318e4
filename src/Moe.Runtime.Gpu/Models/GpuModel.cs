using System;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Gpu.Memory;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;

namespace Moe.Runtime.Gpu.Models;

/// <summary>What is the same for every model on a device: batches go up, launches run in the order of the graph, logits come down.</summary>
public abstract class GpuModel : IDisposable
{
    private readonly int _vocabularySize;
    private readonly GpuBatch _batch;

    /// <summary>A model on a device, which it owns from now on.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="vocabularySize">Token ids.</param>
    protected GpuModel(GpuAccelerator accelerator, int vocabularySize)
    {
        Accelerator = accelerator;
        _vocabularySize = vocabularySize;
        _batch = new GpuBatch(accelerator);
    }

    /// <summary>The device.</summary>
    protected GpuAccelerator Accelerator { get; }

    /// <summary>Whether a step reads tags, seeds or biases of requests.</summary>
    protected virtual bool ReadsRequests => false;

    /// <summary>An empty cache for one sequence.</summary>
    public abstract SequenceCache NewCache();

    /// <summary>Runs a batch, as <see cref="IMoeModel{TSelf}.Step"/> says.</summary>
    /// <param name="batch">Tokens, positions and caches; receives the logits.</param>
    /// <param name="observer">Sees copies of intermediate values; <see cref="NoObserver"/> copies nothing.</param>
    /// <exception cref="ArgumentException">A cache is of another device or format.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token id lies outside the vocabulary.</exception>
    /// <exception cref="OutOfMemoryException">The device has not enough memory.</exception>
    public void Step<TObserver>(StepBatch batch, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        if (batch.Tokens == 0)
            return;

        using (Accelerator.Enter())
        {
            Accelerator.ThrowIfDisposed();
            _batch.Begin(batch, _vocabularySize, ReadsRequests);
            GpuBuffer<float> logits = Run(_batch, ref observer);
            if (_batch.LogitRows > 0)
                logits.Download(batch.PrepareLogits(_vocabularySize));
            else
                Accelerator.Accelerator.Synchronize();
        }
    }

    /// <summary>Gives the device back.</summary>
    public void Dispose()
    {
        Accelerator.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Launches everything from token ids to logits.</summary>
    /// <returns>Logits, [LogitRows, VocabularySize].</returns>
    protected abstract GpuBuffer<float> Run<TObserver>(GpuBatch batch, ref TObserver observer)
        where TObserver : struct, IStepObserver;
}
