using System;
using Moe.Runtime.Profiling;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Models;

/// <content>Ends of phases, where workers meet, and what a profile is told of them.</content>
public sealed unsafe partial class CpuStep
{
    /// <summary>Whether steps are profiled.</summary>
    public bool IsProfiled => _profile is not null;

    /// <summary>Says what the steps' phases cost, where steps are profiled; before the first step.</summary>
    /// <param name="phases">All phases.</param>
    /// <exception cref="InvalidOperationException">Another model was loaded with the same profile.</exception>
    public void DescribePhases(PhaseTable phases)
    {
        try
        {
            _profile?.Attach(phases, _pool.Threads);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>All workers meet at the end of a phase (<see cref="Worker.Barrier"/>).</summary>
    /// <param name="worker">Who this is.</param>
    /// <param name="layer">Layer; one before the first, or behind the last, outside of them.</param>
    /// <param name="phase">Which of the layer's phases.</param>
    public void EndPhase(in Worker worker, int layer, int phase)
    {
        if (_profile is null)
            worker.Barrier();
        else
            _profile.EndPhase(worker, layer, phase);
    }

    /// <summary>A worker comes to the end of the step's last phase, where it waits for nobody.</summary>
    /// <inheritdoc cref="EndPhase"/>
    public void EndLastPhase(in Worker worker, int layer, int phase) => _profile?.EndLastPhase(worker, layer, phase);
}
