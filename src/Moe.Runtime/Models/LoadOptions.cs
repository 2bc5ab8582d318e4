using System;
using Moe.Runtime.Memory;
using Moe.Runtime.Profiling;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Models;

/// <summary>Where a model runs.</summary>
public enum Device
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>The first NVIDIA GPU, through CUDA.</summary>
    Cuda,

    /// <summary>The first OpenCL device.</summary>
    OpenCl,

    /// <summary>ILGPU's simulated GPU on the processor, slow: for stepping through kernels and tiny tests.</summary>
    GpuSimulator,
}

/// <summary>How a model is loaded.</summary>
public sealed record LoadOptions
{
    private readonly int? _threads;

    /// <summary>Where the model runs. GPU devices need a reference to Moe.Runtime.Gpu in the declaring project.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>
    /// Formats of matrices in memory: one <see cref="WeightFormat"/>, or one for each part of the model. Null, for the whole or for a
    /// part, is what the declaration says; where that says nothing either, weights are exact: bfloat16 where the file has bfloat16 or
    /// MXFP4, float32 for all else (float16 too, which becomes bfloat16 only when asked for). GPUs take float32 and bfloat16, the same
    /// for all parts. A packed file has its formats: null takes them, and another format than the file's is refused.
    /// </summary>
    public WeightFormats? Weights { get; init; }

    /// <summary><see cref="Weights"/>, and where it is null what a declaration says.</summary>
    public WeightFormats? WeightsOr(WeightFormats? declared) => Weights is null ? declared : Weights.Or(declared);

    /// <summary>Format of the key/value cache's elements.</summary>
    public CacheFormat Cache { get; init; } = CacheFormat.F32;

    /// <summary>
    /// Worker threads of the CPU target, from 1 to <see cref="WorkerPool.MaxThreads"/>; null shares one pool in the process, with a worker
    /// for each processor, or as many as the environment variable MOE_THREADS says.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is outside that range.</exception>
    public int? Threads
    {
        get => _threads;
        init => _threads = value is not { } threads || WorkerPool.IsPossible(threads)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Threads), value, $"Threads is {threads}; it must be from 1 to {WorkerPool.MaxThreads}, or null for a worker for each processor.");
    }

    /// <summary>
    /// Collects where the time of steps on the CPU goes; null for nothing. One profile serves one model. GPU devices refuse it with a
    /// <see cref="NotSupportedException"/>.
    /// </summary>
    public StepProfile? Profile { get; init; }

    /// <summary>
    /// Whether the checksums of a packed file's weights are compared, which reads all of them. Those of its header and table always are.
    /// </summary>
    public bool Verify { get; init; }

    /// <summary>Told how far loading has come; loading a packed file reads weights only to verify them, and tells nothing else.</summary>
    public IProgress<Checkpoints.LoadProgress>? Progress { get; init; }
}
