using System;
using System.Collections.Generic;

namespace Moe.Runtime.Profiling;

/// <summary>
/// The phases of a step in the order in which they run, and what each costs: written by emitted code when a profile is attached. A
/// phase is what all workers do between two barriers.
/// </summary>
public sealed class PhaseTable
{
    private readonly List<int> _firstPhase = [];
    private readonly List<PhaseCosts> _phases = [];
    private string _part = "";
    private int? _layer;

    /// <summary>A table without phases.</summary>
    /// <param name="model">Name of the model or layer.</param>
    /// <param name="firstLayer">Number of the first layer; phases before it are those of layer <paramref name="firstLayer"/> − 1.</param>
    public PhaseTable(string model, int firstLayer = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        FirstLayer = firstLayer;
    }

    /// <summary>Name of the model or layer.</summary>
    public string Model { get; }

    internal int FirstLayer { get; }

    internal IReadOnlyList<PhaseCosts> Phases => _phases;

    /// <summary>The phases that follow belong to this part, which runs after all before it.</summary>
    /// <param name="name">Embedding, the name of a block, or Head.</param>
    /// <param name="layer">Layer, from 0; null where the part is none.</param>
    public void Part(string name, int? layer = null)
    {
        _part = name;
        _layer = layer;
        _firstPhase.Add(_phases.Count);
    }

    /// <summary>The next phase.</summary>
    /// <param name="name">The equations it evaluates.</param>
    /// <returns>Where its costs are said.</returns>
    /// <exception cref="InvalidOperationException">There is no part yet.</exception>
    public PhaseCosts Phase(string name)
    {
        if (_firstPhase.Count == 0)
            throw new InvalidOperationException("A phase belongs to a part: call Part first.");

        var phase = new PhaseCosts(_part, _layer, name);
        _phases.Add(phase);
        return phase;
    }

    /// <summary>Index of a phase among all.</summary>
    /// <param name="layer">Its layer; one before the first for what comes before the layers, one behind the last for what comes after.</param>
    /// <param name="phase">Which of the part's phases.</param>
    internal int IndexOf(int layer, int phase) => _firstPhase[layer - FirstLayer + 1] + phase;
}
