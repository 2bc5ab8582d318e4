using System;
using System.Diagnostics;
using System.Linq;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Layers;

/// <summary>Our own layer as a contender.</summary>
internal sealed class OwnLayer(LayerCase layer, WeightFormat format, int? threads) : ILayerContender
{
    // A layer that takes a few tokens is timed over several runs: a single one is near the clock's and the scheduler's noise.
    private const int TokensOfSample = 16;
    private const int Stride = 7;
    private readonly IMoeLayer _layer = layer.Create(format, threads);
    private readonly bool[] _touched = new bool[LayerCase.Experts];
    private float[] _rows = [];
    private float[] _answer = [];
    private int _run;

    /// <summary>Runs of a sample.</summary>
    public static int Repeats(int tokens) => Math.Max(1, TokensOfSample / tokens);

    /// <summary>Experts that a run reads.</summary>
    public int CountExperts()
    {
        Array.Clear(_touched);
        var choice = new ForcedChoice(layer, _run, _touched);
        _layer.Forward(_rows, _answer, default, ref choice);
        return _touched.Count(isTouched => isTouched);
    }

    /// <inheritdoc/>
    public void Prepare(float[] rows)
    {
        _rows = rows;
        _answer = new float[rows.Length];
    }

    /// <inheritdoc/>
    public double Sample()
    {
        int repeats = Repeats(_rows.Length / LayerCase.HiddenSize);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
        {
            if (layer.IsForced)
            {
                // One after the other would be read ahead.
                _run += Stride;
                var choice = new ForcedChoice(layer, _run, _touched);
                _layer.Forward(_rows, _answer, default, ref choice);
            }
            else
            {
                _layer.Forward(_rows, _answer);
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }

    /// <inheritdoc/>
    public float[] Answer() => _answer;

    /// <inheritdoc/>
    public void Dispose() => _layer.Dispose();
}
