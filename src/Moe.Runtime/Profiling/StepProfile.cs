using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Profiling;

/// <summary>
/// Where the time of a model's steps on the CPU goes: for each phase of each layer the measured time beside the operations and bytes
/// that the emitted code says it has. Give one to <see cref="Models.LoadOptions.Profile"/>; a profile belongs to the one model or layer
/// that was loaded with it.
/// </summary>
/// <remarks>
/// Results keep their bits, and a step allocates nothing. Numbers are those of all steps since loading or <see cref="Clear"/>; they are
/// read, written and cleared while no step runs. The first steps compile the code that they run, so that a profile of speed begins
/// after some steps with <see cref="Clear"/>. Of a step that fails, the phases that it has run are counted.
/// </remarks>
public sealed class StepProfile
{
    // Each worker's arrivals at barriers, of this phase and of the one before, and which is which; apart by two cache lines.
    private const int WorkerStride = 32;

    private PhaseTable? _table;
    private PhaseProfile[] _phases = [];
    private PhaseTerm[][] _terms = [];
    private long[] _arrivals = [];
    private StepNumbers _numbers;
    private long _mark;
    private int _last;

    /// <summary>Name of the model or layer; empty before it is loaded.</summary>
    public string Model => _table?.Model ?? "";

    /// <summary>Steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Tokens of these steps.</summary>
    public long Tokens { get; private set; }

    /// <summary>Workers that share every phase.</summary>
    public int Workers { get; private set; }

    /// <summary>Time of these steps, which is that of all phases.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(_phases.Sum(phase => phase.Seconds));

    /// <summary>Every phase of every layer, in the order in which they run.</summary>
    public IReadOnlyList<PhaseProfile> Phases => _phases;

    /// <summary>The phases of each block, summed over its layers; in the order in which they first run.</summary>
    public IReadOnlyList<PhaseProfile> Sums()
    {
        var sums = new List<PhaseProfile>();
        var ofPart = new Dictionary<string, List<PhaseProfile>>();
        for (int i = 0; i < _phases.Length;)
        {
            int end = i + 1;
            while (end < _phases.Length && _phases[end].Part == _phases[i].Part && _phases[end].Layer == _phases[i].Layer)
                end++;
            if (!ofPart.TryGetValue(_phases[i].Part, out List<PhaseProfile>? sum))
            {
                sum = [.. _phases[i..end].Select(phase => new PhaseProfile(phase.Part, null, phase.Name))];
                ofPart.Add(_phases[i].Part, sum);
                sums.AddRange(sum);
            }

            for (int phase = i; phase < end; phase++)
                sum[phase - i].Add(_phases[phase]);
            i = end;
        }

        return sums;
    }

    /// <summary>Forgets all steps.</summary>
    public void Clear()
    {
        foreach (PhaseProfile phase in _phases)
            phase.Clear();
        Steps = 0;
        Tokens = 0;
    }

    /// <summary>Writes a table with a row for each phase, layers of a block together.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="rates">What the machine gives at best; null leaves the columns out that need it.</param>
    public void WriteTable(TextWriter writer, MachineRates? rates = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ProfileTable.Write(writer, this, rates);
    }

    /// <summary>
    /// Writes a picture (SVG): the model, below it its blocks, below each its phases, as wide as their time; the colour says how many
    /// times its roofline time a phase took.
    /// </summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="rates">What the machine gives at best; null leaves all phases without a colour.</param>
    public void WriteSvg(TextWriter writer, MachineRates? rates = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ProfilePicture.Write(writer, this, rates);
    }

    /// <summary>Makes room for the phases of a model; called when it is loaded.</summary>
    /// <exception cref="InvalidOperationException">Another model was loaded with this profile.</exception>
    internal void Attach(PhaseTable table, int workers)
    {
        if (_table is not null)
            throw new InvalidOperationException($"The profile belongs to {Model} already; load {table.Model} with a StepProfile of its own.");

        _table = table;
        Workers = workers;
        _phases = [.. table.Phases.Select(phase => new PhaseProfile(phase.Part, phase.Layer, phase.Name) { Workers = workers })];
        _terms = [.. table.Phases.Select(phase => phase.Terms.ToArray())];
        _arrivals = new long[workers * WorkerStride];
    }

    internal void BeginStep(in StepNumbers numbers)
    {
        _numbers = numbers;
        for (int worker = 0; worker < Workers; worker++)
            _arrivals[(worker * WorkerStride) + 2] = 0;
        _mark = Stopwatch.GetTimestamp();
    }

    /// <summary>The barrier at the end of a phase, timed.</summary>
    internal void EndPhase(in Worker worker, int layer, int phase)
    {
        int index = _table!.IndexOf(layer, phase);
        int turn = Arrive(worker);

        // A choice is counted when all tokens have made it, and before anybody goes on and uses its memory again.
        if (_table.Phases[index].ReadsChoiceOfPhase)
            worker.Barrier();
        if (worker.Index == 0)
            Count(index);
        worker.Barrier();
        if (worker.Index == 0)
            Take(index, turn);
    }

    /// <summary>The end of the step's last phase, which all workers leave without a barrier.</summary>
    internal void EndLastPhase(in Worker worker, int layer, int phase)
    {
        int turn = Arrive(worker);
        if (worker.Index != 0)
            return;

        int index = _table!.IndexOf(layer, phase);
        Count(index);
        _last = (index * 2) + turn;
    }

    internal void EndStep()
    {
        Take(_last / 2, _last % 2);
        Steps++;
        Tokens += _numbers.Tokens;
        _numbers = default;
    }

    /// <summary>Writes down when a worker has done its part.</summary>
    private int Arrive(in Worker worker)
    {
        Span<long> own = _arrivals.AsSpan(worker.Index * WorkerStride, 3);
        int turn = (int)own[2];
        own[turn] = Stopwatch.GetTimestamp();
        own[2] = 1 - turn;
        return turn;
    }

    /// <summary>Counts what a phase has done, from the numbers of the step.</summary>
    private void Count(int phase)
    {
        PhaseProfile profile = _phases[phase];
        WeightFormat? integers = _table!.Phases[phase].Integers;
        foreach (ref readonly PhaseTerm term in _terms[phase].AsSpan())
        {
            long units = _numbers.Count(term);
            profile.MatrixFlops += units * term.MatrixFlops;
            if (integers == WeightFormat.Int8)
                profile.EightBitOps += units * term.MatrixFlops;
            else if (integers is not null)
                profile.FourBitOps += units * term.MatrixFlops;
            profile.AttentionFlops += units * term.AttentionFlops;
            profile.WeightBytes += units * term.WeightBytes;
            profile.CacheBytes += units * ((term.CacheElements * _numbers.CacheElementBytes) + term.StateBytes);
            profile.ValueBytes += units * term.ValueBytes;
        }

        profile.Calls++;
    }

    /// <summary>Gives the time since the last mark to a phase that has ended.</summary>
    private void Take(int phase, int turn)
    {
        long now = Stopwatch.GetTimestamp();
        PhaseProfile profile = _phases[phase];
        profile.Ticks += now - _mark;

        // A worker that left the barrier before may be done with this phase before the first worker has begun it.
        for (int worker = 0; worker < Workers; worker++)
            profile.WaitingTicks += now - Math.Max(_mark, _arrivals[(worker * WorkerStride) + turn]);
        _mark = now;
    }
}
