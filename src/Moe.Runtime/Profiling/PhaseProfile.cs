using System;
using System.Diagnostics;

namespace Moe.Runtime.Profiling;

/// <summary>What was counted and measured of one phase of one layer, or of the same phase of all layers of a block.</summary>
[DebuggerDisplay("{Part} {Name}: {Calls} calls, {Time}")]
public sealed class PhaseProfile
{
    internal PhaseProfile(string part, int? layer, string name)
    {
        Part = part;
        Layer = layer;
        Name = name;
    }

    /// <summary>Embedding, the name of a block, or Head; Input and Output of a layer that stands alone.</summary>
    public string Part { get; }

    /// <summary>Layer, from 0; null outside layers, and for a sum over layers.</summary>
    public int? Layer { get; }

    /// <summary>The equations it evaluates, as they stand in the emitted code.</summary>
    public string Name { get; }

    /// <summary>How often it ran: once a step, and over several layers once for each of them.</summary>
    public long Calls { get; internal set; }

    /// <summary>From the end of the phase before to the end of this one's barrier.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(Seconds);

    /// <summary>Part of <see cref="Time"/> that a worker spent at the barrier, waiting for others, in the mean over the workers.</summary>
    public TimeSpan Waiting => TimeSpan.FromSeconds(WaitingTicks / (double)Stopwatch.Frequency / Workers);

    /// <summary>Operations of matrix products: two for each element of a matrix that multiplies.</summary>
    public long MatrixFlops { get; internal set; }

    /// <summary>Those of them that are products of bytes with 8-bit weights.</summary>
    public long EightBitOps { get; internal set; }

    /// <summary>Those of them that are products of bytes with 4-bit weights.</summary>
    public long FourBitOps { get; internal set; }

    /// <summary>Operations of attention over the cache.</summary>
    public long AttentionFlops { get; internal set; }

    /// <summary>All operations that are counted.</summary>
    public long Flops => MatrixFlops + AttentionFlops;

    /// <summary>Bytes of weights, as they lie in memory; of experts, those that a step's tokens have chosen.</summary>
    public long WeightBytes { get; internal set; }

    /// <summary>Bytes of the cache, read or written; each once a step and sequence.</summary>
    public long CacheBytes { get; internal set; }

    /// <summary>Bytes of values that come from other phases or go to them, each once.</summary>
    public long ValueBytes { get; internal set; }

    /// <summary>All bytes that are counted.</summary>
    public long Bytes => WeightBytes + CacheBytes + ValueBytes;

    internal long Ticks { get; set; }

    internal long WaitingTicks { get; set; }

    internal int Workers { get; set; } = 1;

    internal double Seconds => Ticks / (double)Stopwatch.Frequency;

    /// <summary>The time that a machine of such rates needs at least: that of the operations, or of the bytes, whichever is longer.</summary>
    /// <param name="rates">The machine.</param>
    public TimeSpan Roofline(MachineRates rates)
    {
        ArgumentNullException.ThrowIfNull(rates);
        return TimeSpan.FromSeconds(RoofSeconds(rates));
    }

    internal double RoofSeconds(MachineRates rates) => Math.Max(
        ((Flops - EightBitOps - FourBitOps) / rates.FlopsPerSecond) + (EightBitOps / rates.EightBitOpsPerSecond) + (FourBitOps / rates.FourBitOpsPerSecond),
        Bytes / rates.BytesPerSecond);

    /// <summary>Adds a phase's numbers to these.</summary>
    internal void Add(PhaseProfile other)
    {
        Calls += other.Calls;
        Ticks += other.Ticks;
        WaitingTicks += other.WaitingTicks;
        MatrixFlops += other.MatrixFlops;
        EightBitOps += other.EightBitOps;
        FourBitOps += other.FourBitOps;
        AttentionFlops += other.AttentionFlops;
        WeightBytes += other.WeightBytes;
        CacheBytes += other.CacheBytes;
        ValueBytes += other.ValueBytes;
        Workers = other.Workers;
    }

    internal void Clear()
    {
        Calls = 0;
        Ticks = 0;
        WaitingTicks = 0;
        MatrixFlops = 0;
        EightBitOps = 0;
        FourBitOps = 0;
        AttentionFlops = 0;
        WeightBytes = 0;
        CacheBytes = 0;
        ValueBytes = 0;
    }
}
