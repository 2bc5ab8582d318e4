using Moe.Benchmarks.Models;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Tokens;

/// <summary>Another engine that can run the same model with the same weights.</summary>
public interface IPeer
{
    /// <summary>The name in tables.</summary>
    string Name { get; }

    /// <summary>Whether it has a counterpart of the format.</summary>
    bool Supports(WeightFormat format);

    /// <summary>Builds the model.</summary>
    IContender Create(ModelCase model, WeightFormat format, int threads);
}
