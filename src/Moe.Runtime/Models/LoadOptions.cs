using System;
using Moe.Runtime.Memory;
using Moe.Runtime.Profiling;
using Moe.Runtime.Weights;

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
    /// <summary>Where the model runs. GPU devices need a reference to Moe.Runtime.Gpu in the declaring project.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>
    /// Formats of matrices in memory: one <see cref="WeightFormat"/>, or one for each part of the model. Null, for the whole or for a
    /// part, is what the declaration says; where that says nothing either, weights are exact: bfloat16 where the file has bfloat16 or
    /// MXFP4, float32 for all else (float16 too, which becomes bfloat16 only when asked for). GPUs take float32 and bfloat16, the same for all parts.
    /// </summary>
    public WeightFormats? Weights { get; init; }

    /// <summary>Format of the key/value cache's elements.</summary>
    public CacheFormat Cache { get; init; } = CacheFormat.F32;

    /// <summary>Worker threads of the CPU target; null shares one pool, with a worker for each processor, in the process.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Collects where the time of steps on the CPU goes; null for nothing. One profile serves one model. GPU devices refuse it with a
    /// <see cref="NotSupportedException"/>.
    /// </summary>
    public StepProfile? Profile { get; init; }

    /// <summary>Told how far loading has come.</summary>
    public IProgress<Checkpoints.LoadProgress>? Progress { get; init; }
}
