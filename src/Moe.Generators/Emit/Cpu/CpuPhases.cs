using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Cpu;

/// <summary>What all workers do between two barriers.</summary>
/// <param name="isRows">Whether it walks over tokens; such phases next to each other become one.</param>
internal sealed class CpuPhase(bool isRows)
{
    /// <summary>Whether it walks over tokens; such phases next to each other are one.</summary>
    public bool IsRows { get; } = isRows;

    /// <summary>Its statements; those of a phase over tokens stand inside the loop.</summary>
    public SourceWriter Body { get; } = new();

    /// <summary>The operations that it does, or parts of them.</summary>
    public List<CpuWork> Work { get; } = [];
}

/// <summary>Rows of a choice: one for each slot whose expert is one of Count from First on, side by side by expert.</summary>
internal sealed record CpuSlots(Value Chosen, int First, int Count);

/// <summary>
/// The phases of one graph and the buffers they touch, while the ops are lowered one after another. A value is a place:
/// a buffer and an offset within its rows.
/// </summary>
internal sealed class CpuPhases
{
    private readonly Dictionary<string, Buffer> _buffers = [];
    private readonly Dictionary<Value, (string Buffer, int Offset)> _places = [];
    private readonly Dictionary<Value, CpuSlots> _slots = [];
    private readonly HashSet<string> _carried = [];
    private readonly HashSet<Value> _integerRows;
    private readonly HashSet<Value> _withIntegers = [];

    /// <summary>Begins without phases.</summary>
    /// <param name="graph">The fused graph.</param>
    /// <param name="shared">What the graphs of a model need together.</param>
    /// <param name="experts">Routed experts of the block, of every kind.</param>
    public CpuPhases(Graph graph, CpuShared shared, int experts)
    {
        Graph = graph;
        Shared = shared;
        Experts = experts;
        Ops = graph.Ops.SelectMany(op => op is Route route ? route.Parts : ImmutableArray.Create(op)).ToImmutableArray();
        _integerRows = CpuIntegers.Rows(Ops);
    }

    public Graph Graph { get; }

    /// <summary>The operations one by one: a route is a run of steps over a token's row and needs no code of its own.</summary>
    public ImmutableArray<Op> Ops { get; }

    public CpuShared Shared { get; }

    /// <summary>Routed experts of the block.</summary>
    public int Experts { get; }

    /// <summary>The choice that the rows of slots are arranged by, once they are.</summary>
    public Value? Arranged { get; set; }

    public List<CpuPhase> Phases { get; } = [];

    /// <summary>Methods that phases call, after the block's own.</summary>
    public SourceWriter Methods { get; } = new();

    /// <summary>The type that stands for a size.</summary>
    public string D(int size) => Shared.D(size);

    /// <summary>The step's hidden state, which outlives the graph.</summary>
    public void PlaceHidden(Value value) => _places[value] = ("hidden", 0);

    /// <summary>Declares what flows between layers, behind the hidden state; declared in the text only where it is touched.</summary>
    public void AddCarried(CpuCarried carried)
    {
        foreach (Value value in carried.Values)
            _buffers.Add(value.Name, new Buffer(CSharp.Stride(value.Width), 1, value.Kind, -1, -1) { FixedOffset = carried.OffsetOf(value) });
    }

    /// <summary>The value lies where the carried one of the name does.</summary>
    public void PlaceCarried(Value value, string name) => Place(value, name, 0);

    /// <summary>A new buffer of the value's shape, named after it unless something says more.</summary>
    public void PlaceNew(Value value, string? name = null)
    {
        string buffer = NewBuffer(name is null || _buffers.ContainsKey(name) ? value.Name : name, value.Width, value.Slots, value.Kind);
        if (_integerRows.Contains(value))
        {
            int stride = CSharp.Stride(CSharp.Padded(value.Width) + CpuIntegers.Floats(value.Width));
            _buffers[buffer] = _buffers[buffer] with { Stride = stride, IntegersOf = value.Width };
        }

        Place(value, buffer, 0);
    }

    /// <summary>Whether the value's row has its integers behind it, once they are written.</summary>
    public bool HasIntegers(Value value) =>
        _places[value] is (string buffer, 0) && _buffers.TryGetValue(buffer, out Buffer? place) && place.IntegersOf == value.Width;

    /// <summary>Takes note that the value's integers are written; false where they are already.</summary>
    public bool AddIntegers(Value value) => _withIntegers.Add(value);

    /// <summary>C# for whether tiles leave a value as its integers alone, by value.</summary>
    public Dictionary<Value, string> AsIntegers { get; } = [];

    /// <summary>The value lies where another one lies, or inside it.</summary>
    public void PlaceInside(Value value, Value other, int offset)
    {
        (string buffer, int start) = _places[other];
        Place(value, buffer, start + offset);
    }

    public void Place(Value value, string buffer, int offset) => _places[value] = (buffer, offset);

    public bool IsPlaced(Value value) => _places.ContainsKey(value);

    public bool SharePlace(Value left, Value right) => _places[left] == _places[right];

    /// <summary>Whether the value lies in a buffer of the name.</summary>
    public bool LiesIn(Value value, string buffer) => _places[value].Buffer == buffer;

    /// <summary>Says that the value has a row for each slot of a choice, at its row in the arrangement.</summary>
    public void SetSlots(Value value, CpuSlots slots) => _slots[value] = slots;

    /// <summary>The slots that the value has a row for; null where it has one for each token.</summary>
    public CpuSlots? SlotsOf(Value value) => _slots.TryGetValue(value, out CpuSlots? slots) ? slots : null;

    /// <summary>A buffer with rows of at least <paramref name="width"/> floats, <paramref name="slots"/> rows a token.</summary>
    public string NewBuffer(string name, int width, int slots = 1, ElementKind kind = ElementKind.Real)
    {
        int phase = Math.Max(0, Phases.Count - 1);
        string local = CpuNames.Local(name);
        _buffers.Add(local, new Buffer(CSharp.Stride(width), slots, kind, phase, phase));
        return local;
    }

    public int StrideOf(string buffer) => _buffers[buffer].Stride;

    public int Stride(Value value) => _places[value].Buffer == "hidden" ? CSharp.Stride(value.Width) : _buffers[_places[value].Buffer].Stride;

    /// <summary>C# for the value's row, such as "query[token]" or "queryKeyValue[token] + 1024"; marks the buffer as used now.</summary>
    public string Row(Value value, string row)
    {
        (string buffer, int offset) = _places[value];
        Touch(buffer);
        return offset == 0 ? $"{buffer}[{row}]" : $"{buffer}[{row}] + {offset}";
    }

    /// <summary>C# for an element of the value's row, such as "shares[token][slot]"; marks the buffer as used now.</summary>
    public string Element(Value value, string row, string element)
    {
        (string buffer, int offset) = _places[value];
        Touch(buffer);
        return offset == 0 ? $"{buffer}[{row}][{element}]" : $"{buffer}[{row}][{offset} + {element}]";
    }

    /// <summary>C# for a row of a buffer; marks it as used now.</summary>
    public string BufferRow(string buffer, string row)
    {
        Touch(buffer);
        return $"{buffer}[{row}]";
    }

    public void Touch(string buffer)
    {
        if (!_buffers.TryGetValue(buffer, out Buffer? use))
            return;

        if (use.FixedOffset is not null)
            _carried.Add(buffer);
        int phase = Phases.Count - 1;
        _buffers[buffer] = use with { Last = Math.Max(use.Last, phase) };
    }

    /// <summary>The statements of the running phase over tokens, or of a new one.</summary>
    public SourceWriter Rows()
    {
        if (Phases.Count == 0 || !Phases[Phases.Count - 1].IsRows)
            Phases.Add(new CpuPhase(true));

        return Phases[Phases.Count - 1].Body;
    }

    /// <summary>The statements of a new phase.</summary>
    public SourceWriter Begin()
    {
        Phases.Add(new CpuPhase(false));
        return Phases[Phases.Count - 1].Body;
    }

    /// <summary>No later operation reads the value.</summary>
    public bool IsDeadAfter(Value value, Op op)
    {
        int at = Ops.IndexOf(op);
        return !Graph.Outputs.Contains(value) && !Ops.Skip(at + 1).Any(later => later.Inputs.Contains(value));
    }

    /// <summary>No later operation reads the value, nor any other value that lies where it lies.</summary>
    public bool CanOverwrite(Value value, Op op)
    {
        (string buffer, int offset) = _places[value];
        return IsDeadAfter(value, op) && _places.All(other =>
            other.Key == value
            || other.Value.Buffer != buffer
            || other.Value.Offset >= offset + value.Width
            || offset >= other.Value.Offset + other.Key.Width
            || IsDeadAfter(other.Key, op));
    }

    /// <summary>Places of all buffers, behind what is reserved for the hidden state and for what flows between layers.</summary>
    public ScratchPlan Plan(int reserved) => PlanScratch.Run(
        _buffers.Where(buffer => buffer.Value.FixedOffset is null)
            .Select(buffer => new Temporary(buffer.Key, checked(buffer.Value.Stride * buffer.Value.Slots), buffer.Value.First, buffer.Value.Last)),
        reserved);

    /// <summary>Where the value lies in scratch memory: floats a token before its buffer, floats of a row, and floats of a row before it.</summary>
    public (int Offset, int Stride, int Start) PlaceOf(Value value, ScratchPlan plan)
    {
        (string buffer, int start) = _places[value];
        return (_buffers[buffer].FixedOffset ?? plan.Offsets[buffer], _buffers[buffer].Stride, start);
    }

    /// <summary>Declares each buffer as a local, in order of place.</summary>
    public void Declare(SourceWriter writer, ScratchPlan plan)
    {
        foreach ((string name, Buffer buffer, int offset) in _buffers
            .Where(item => item.Value.FixedOffset is null || _carried.Contains(item.Key))
            .Select(item => (item.Key, item.Value, item.Value.FixedOffset ?? plan.Offsets[item.Key]))
            .OrderBy(item => item.Item3)
            .ThenBy(item => item.Key, StringComparer.Ordinal))
        {
            string stride = D(buffer.Stride);
            writer.Line(buffer.Kind == ElementKind.Index
                ? $"IndicesOf<{stride}> {name} = step.Indices<{stride}>({offset});"
                : $"RowsOf<{stride}> {name} = step.Rows<{stride}>({offset});");
        }
    }

    private sealed record Buffer(int Stride, int Slots, ElementKind Kind, int First, int Last)
    {
        public int? FixedOffset { get; init; }

        /// <summary>Numbers of a row whose integers have room behind it; 0 without.</summary>
        public int IntegersOf { get; init; }
    }
}

/// <summary>Where what flows from layer to layer lies: behind the hidden state, for the whole step.</summary>
internal sealed class CpuCarried(ImmutableArray<Value> values, int hiddenStride)
{
    public ImmutableArray<Value> Values => values;

    /// <summary>Floats a token of the hidden state and of all carried values.</summary>
    public int Reserved => hiddenStride + values.Sum(value => CSharp.Stride(value.Width));

    /// <summary>Floats a token before the value.</summary>
    public int OffsetOf(Value value) => hiddenStride + values.TakeWhile(other => other != value).Sum(other => CSharp.Stride(other.Width));
}

/// <summary>Names in emitted text.</summary>
internal static class CpuNames
{
    private static readonly HashSet<string> Taken =
    [
        "hidden", "step", "worker", "weights", "layer", "cacheOffset", "stateOffset", "decay", "observer", "groups", "begin", "end", "first", "next", "room", "token",
        "slot", "row", "head", "tiles", "tile", "items", "layers",
    ];

    /// <summary>A value's name as a local variable, apart from those of the method it stands in.</summary>
    public static string Local(string name) => Taken.Contains(name) ? name + "Rows" : name;
}

/// <summary>Sizes of the tiles that workers take.</summary>
internal static class CpuTiles
{
    /// <summary>Rows of input in a tile; the runtime's TileWalk cuts by the same number.</summary>
    public const int TokensPerTile = 48;

    /// <summary>Rows of one expert in a tile; the runtime's ExpertGroups cuts by the same number.</summary>
    public const int RowsPerBlock = 96;

    /// <summary>Panels of 16 weight rows in a tile: about 256 KB of float32, so that a tile's weights stay in the L2 cache.</summary>
    public static int PanelsPerTile(int columns, int panels) => Math.Max(1, Math.Min(Math.Min(8, panels), 4096 / Math.Max(1, columns)));

    /// <summary>Most panels of a tile of gate and up whose outputs may be left as integers; the runtime's IntegerWork has the same.</summary>
    public static int PanelsPerTileOfIntegers(int perTile) => Math.Max(4, perTile);
}
