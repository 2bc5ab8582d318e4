using System;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Layers;

/// <summary>Another engine that can run the layer alone with the same weights.</summary>
public interface ILayerPeer
{
    /// <summary>The name in tables.</summary>
    string Name { get; }

    /// <summary>Whether it has a counterpart of the format and can route in this way.</summary>
    bool Supports(LayerCase layer, WeightFormat format);

    /// <summary>Builds the layer.</summary>
    ILayerContender Create(LayerCase layer, WeightFormat format, int threads);
}

/// <summary>A layer that can be timed.</summary>
public interface ILayerContender : IDisposable
{
    /// <summary>Takes the rows of the following samples, [tokens, HiddenSize].</summary>
    void Prepare(float[] rows);

    /// <summary>Runs the layer once.</summary>
    /// <returns>Seconds of the run alone.</returns>
    double Sample();

    /// <summary>What the last sample computed, [tokens, HiddenSize].</summary>
    float[] Answer();
}
