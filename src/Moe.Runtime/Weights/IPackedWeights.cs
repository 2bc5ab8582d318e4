using System;

namespace Moe.Runtime.Weights;

/// <summary>Learned numbers in memory, in the order in which kernels read them.</summary>
public interface IPackedWeights : IDisposable
{
    /// <summary>Bytes held, padding included.</summary>
    long Bytes { get; }
}
