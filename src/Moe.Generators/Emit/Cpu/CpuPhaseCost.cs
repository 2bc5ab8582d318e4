using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Cpu;

/// <summary>The costs of one phase as calls of the runtime's PhaseCosts, from the operations that it does.</summary>
internal sealed class CpuPhaseCost
{
    private readonly CpuPhases _phases;
    private readonly CpuPhase _phase;
    private readonly ScratchPlan _plan;
    private readonly WeightPlaces _places;
    private readonly List<string> _terms = [];
    private readonly SortedDictionary<(int First, int Count), (long Flops, long Values)> _rows = [];
    private long _flops;
    private long _values;
    private long _cached;
    private long _attention;
    private long _weightBytes;

    private CpuPhaseCost(CpuPhases phases, CpuPhase phase, ScratchPlan plan, WeightPlaces places)
    {
        _phases = phases;
        _phase = phase;
        _plan = plan;
        _places = places;
    }

    /// <summary>The calls, in order; none for a phase whose work is not counted.</summary>
    public static IEnumerable<string> Of(CpuPhases phases, CpuPhase phase, ScratchPlan plan, WeightPlaces places)
    {
        var cost = new CpuPhaseCost(phases, phase, plan, places);
        foreach (CpuWork work in phase.Work)
            cost.Add(work);
        cost.AddValues();
        return cost.Calls();
    }

    /// <summary>The phase's equations as they stand in its text; of several, what they compute.</summary>
    public static string NameOf(CpuPhase phase)
    {
        string[] equations = phase.Body.ToString().Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("// ", System.StringComparison.Ordinal))
            .Select(line => Until(Until(line.Substring(3), "    ["), ": "))
            .Concat(phase.Work.Where(work => work.Op is Embed).Select(work => $"{work.Op.Outputs[0].Name} = Embedding[id]"))
            .ToArray();
        return equations.Length switch
        {
            0 => "rows into place",
            1 => equations[0],
            _ => string.Join(", ", equations.Select(equation => Until(equation, " = "))),
        };
    }

    private static string Until(string text, string mark)
    {
        int at = text.IndexOf(mark, System.StringComparison.Ordinal);
        return at < 0 ? text : text.Substring(0, at);
    }

    private IEnumerable<string> Calls()
    {
        foreach (string term in _terms)
            yield return term;
        string perToken = Arguments(("flops", _flops), ("values", _values), ("weightBytes", _weightBytes), ("cached", _cached), ("attention", _attention));
        if (perToken.Length > 0)
            yield return $"PerToken({perToken})";
        foreach (KeyValuePair<(int First, int Count), (long Flops, long Values)> row in _rows)
            yield return $"PerRow({row.Key.First}, {row.Key.Count}, {Arguments(("flops", row.Value.Flops), ("values", row.Value.Values))})";
    }

    /// <summary>Named arguments, without those that are 0.</summary>
    public static string Arguments(params (string Name, long Value)[] arguments) =>
        string.Join(", ", arguments.Where(argument => argument.Value != 0).Select(argument => $"{argument.Name}: {CSharp.Literal(argument.Value)}"));

    private void Add(CpuWork work)
    {
        switch (work.Op)
        {
            case AttendLatent latent:
                Latent(latent, work.Part);
                break;
            case Attend attend:
                Attention(attend, work.Part);
                break;
            case AttendDecaying decaying:
                Decaying(decaying, work.Part);
                break;
            case Embed:
                _terms.Add("PerTokenRow(weights.Embedding)");
                break;
            case SelectFromTable select:
                // The row of the token's id.
                _weightBytes += select.Table.Columns * sizeof(int);
                break;
            default:
                Product(work.Op);
                break;
        }
    }

    private void Product(Op op)
    {
        foreach (CpuWeightField field in CpuWeights.Fields(op, _places).Distinct())
        {
            _terms.Add(op switch
            {
                TaggedLinear tagged => $"PerTag({tagged.Weight.Experts}, {Text(field)})",
                CombineConstants constants => $"PerSlotExpert({Place(constants.Chosen)}, {constants.First}, {constants.Mix.Experts}, {Text(field)})",
                SlotLinear linear => $"OnceForRows({linear.First}, {linear.Count}, {Text(field)})",
                _ when MapOf(op) is { } map => $"PerExpert({map.First}, {map.Weight.Experts}, {Text(field)})",
                _ => $"Once({Text(field)})",
            });
        }

        foreach (Op part in op is FusedOp fused ? fused.Parts : [op])
        {
            long flops = part.Weights.Sum(weight => Cost.FlopsOf(part, weight));
            if (flops == 0)
                continue;

            switch (part)
            {
                case ExpertLinear linear:
                    AddRow(linear.First, linear.Weight.Experts, flops, 0);
                    break;
                case SlotLinear linear:
                    AddRow(linear.First, linear.Count, flops, 0);
                    break;
                case CombineConstants constants:
                    _terms.Add($"PerSlot({Place(constants.Chosen)}, {constants.First}, {constants.Mix.Experts}, {Arguments(("flops", flops))})");
                    break;
                default:
                    _flops += flops;
                    break;
            }
        }
    }

    private void Attention(Attend op, CpuWorkPart part)
    {
        // Behind each key of a head that chooses its tokens stands a mark.
        int position = (2 * op.HeadSize) + (op.ChosenHeads is null ? 0 : 1);
        if (part == CpuWorkPart.Remember)
        {
            _cached += (long)op.KeyValueHeads * position;
            return;
        }

        if (op.Sinks is not null)
            _terms.Add($"Once(weights.{op.Sinks.Role})");
        string reach = op.Reach is { } seen ? $", reach: {CSharp.Literal((long)seen.Positions)}{(seen.IsChunked ? ", isChunked: true" : "")}" : "";
        long flopsOfHead = 4L * op.HeadSize;
        _terms.Add(op.ChosenHeads is { } heads
            ? $"ChosenAttention({Place(heads)}, flops: {CSharp.Literal(flopsOfHead)}, cached: {position}{reach})"
            : $"Attention(flops: {CSharp.Literal(op.Heads * flopsOfHead)}, cached: {CSharp.Literal((long)op.KeyValueHeads * position)}{reach})");
    }

    private void Latent(AttendLatent op, CpuWorkPart part)
    {
        int cached = op.KeyValueRank + op.RotarySize;
        long heads = op.Heads;
        switch (part)
        {
            case CpuWorkPart.Remember:
                _cached += cached;
                break;
            case CpuWorkPart.Absorb:
                _terms.Add("Once(weights.KeyUp)");
                _flops += 2 * heads * op.HeadSize * op.KeyValueRank;
                _values += heads * (op.HeadSize + op.KeyValueRank);
                break;
            case CpuWorkPart.Attend:
                _terms.Add($"Attention(flops: {CSharp.Literal(heads * 2 * (cached + op.KeyValueRank))}, cached: {cached})");
                _values += heads * (cached + op.KeyValueRank);
                break;
            default:
                _terms.Add("Once(weights.ValueUp)");
                _flops += 2 * heads * op.ValueHeadSize * op.KeyValueRank;
                _values += heads * op.KeyValueRank;
                break;
        }
    }

    private void Decaying(AttendDecaying op, CpuWorkPart part)
    {
        // Of a head and token: S = decay · S + key valueᵀ, three operations an element; query · S, two.
        long keyValue = 2L * op.Heads * op.HeadSize;
        _cached += keyValue;
        if (part == CpuWorkPart.Remember)
            return;

        _attention += 5L * op.Heads * op.HeadSize * op.HeadSize;
        _terms.Add($"States({CSharp.Literal(op.Heads * (((long)op.HeadSize * op.HeadSize) + 16))})");
    }

    /// <summary>Values that come from another phase, and those that another one reads.</summary>
    private void AddValues()
    {
        var written = new HashSet<Value>();
        var read = new HashSet<Value>();
        foreach (CpuWork work in _phase.Work)
        {
            read.UnionWith(Reads(work).Where(value => !written.Contains(value)));
            written.UnionWith(Writes(work));
        }

        var works = new HashSet<CpuWork>(_phase.Work);
        HashSet<Value> elsewhere = [.. _phases.Graph.Outputs, .. _phases.Phases.SelectMany(phase => phase.Work).Where(work => !works.Contains(work)).SelectMany(Reads)];

        // A slice has no phase: whoever reads it reads the value that it is a part of.
        elsewhere.UnionWith(_phases.Ops.OfType<Slice>().Select(slice => slice.Input));
        foreach (Value value in read.Concat(written.Where(elsewhere.Contains)))
        {
            if (_phases.SlotsOf(value) is { } slots)
                AddRow(slots.First, slots.Count, 0, value.Width);
            else
                _values += value.ElementsPerToken;
        }
    }

    private static IEnumerable<Value> Reads(CpuWork work) => (work.Op, work.Part) switch
    {
        (AttendLatent op, CpuWorkPart.Remember) => [op.Query, op.Latent, op.RotaryKey],
        (AttendLatent, _) => [],
        (Attend op, CpuWorkPart.Attend) => op.ChosenHeads is { } heads ? [op.Query, heads] : [op.Query],
        _ => work.Op.Inputs,
    };

    private static IEnumerable<Value> Writes(CpuWork work) => (work.Op, work.Part) switch
    {
        (AttendLatent op, CpuWorkPart.Remember) => [op.Query],
        (Attend op, CpuWorkPart.Remember) => [op.Query],
        (AttendDecaying, CpuWorkPart.Remember) or (AttendLatent, CpuWorkPart.Absorb or CpuWorkPart.Attend) => [],
        _ => work.Op.Outputs,
    };

    private void AddRow(int first, int count, long flops, long values)
    {
        _rows.TryGetValue((first, count), out (long Flops, long Values) so);
        _rows[(first, count)] = (so.Flops + flops, so.Values + values);
    }

    private string Place(Value chosen)
    {
        (int offset, int stride, int start) = _phases.PlaceOf(chosen, _plan);
        return $"new ChoicePlace({offset}, {stride}, {start}, {chosen.Width})";
    }

    private static string Text(CpuWeightField field) => (field.IsShared ? "all." : "weights.") + field.Name;

    private static ExpertLinear? MapOf(Op op) => op switch
    {
        ExpertLinear linear => linear,
        ExpertGateUp gateUp => gateUp.Gate,
        ExpertUpActivate up => up.Up,
        _ => null,
    };
}
