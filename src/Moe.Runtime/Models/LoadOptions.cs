using System;
using Moe.Runtime.Memory;
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
    /// Format of matrices in memory; null keeps bfloat16 where the file has bfloat16 and uses float32 otherwise (float16
    /// files too: float16 becomes bfloat16 only when asked for).
    /// </summary>
    public WeightFormat? Weights { get; init; }

    /// <summary>Format of the key/value cache's elements.</summary>
    public CacheFormat Cache { get; init; } = CacheFormat.F32;

    /// <summary>Worker threads of the CPU target; null shares one pool, with a worker for each processor, in the process.</summary>
    public int? Threads { get; init; }

    /// <summary>Told how far loading has come.</summary>
    public IProgress<Checkpoints.LoadProgress>? Progress { get; init; }
}
