using System;
using System.Collections.Generic;
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
}

/// <summary>
/// The phases of one graph and the buffers they touch, while the ops are lowered one after another. A value is a place:
/// a buffer and an offset within its rows.
/// </summary>
internal sealed class CpuPhases
{
    private readonly Dictionary<string, (int Stride, int Slots, int First, int Last)> _buffers = [];
    private readonly Dictionary<Value, (string Buffer, int Offset)> _places = [];

    public CpuPhases(Graph graph, CpuShared shared)
    {
        Graph = graph;
        Shared = shared;
    }

    public Graph Graph { get; }

    public CpuShared Shared { get; }

    public List<CpuPhase> Phases { get; } = [];

    /// <summary>Methods that phases call, after the block's own.</summary>
    public SourceWriter Methods { get; } = new();

    /// <summary>The type that stands for a size.</summary>
    public string D(int size) => Shared.D(size);

    /// <summary>The step's hidden state: the one buffer that outlives the graph.</summary>
    public void PlaceHidden(Value value) => _places[value] = ("hidden", 0);

    /// <summary>A new buffer of the value's shape.</summary>
    public void PlaceNew(Value value) => Place(value, NewBuffer(value.Name, value.Width, value.Slots), 0);

    /// <summary>The value lies where another one lies, or inside it.</summary>
    public void PlaceInside(Value value, Value other, int offset)
    {
        (string buffer, int start) = _places[other];
        Place(value, buffer, start + offset);
    }

    public void Place(Value value, string buffer, int offset) => _places[value] = (buffer, offset);

    public bool IsPlaced(Value value) => _places.ContainsKey(value);

    public bool SharePlace(Value left, Value right) => _places[left] == _places[right];

    /// <summary>A buffer with rows of at least <paramref name="width"/> floats, <paramref name="slots"/> rows a token.</summary>
    public string NewBuffer(string name, int width, int slots = 1)
    {
        int phase = Math.Max(0, Phases.Count - 1);
        _buffers.Add(name, (CSharp.Stride(width), slots, phase, phase));
        return name;
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

    /// <summary>C# for a row of a buffer; marks it as used now.</summary>
    public string BufferRow(string buffer, string row)
    {
        Touch(buffer);
        return $"{buffer}[{row}]";
    }

    public void Touch(string buffer)
    {
        if (!_buffers.TryGetValue(buffer, out var use))
            return;

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
        int at = Graph.Ops.IndexOf(op);
        return !Graph.Outputs.Contains(value) && !Graph.Ops.Skip(at + 1).Any(later => later.Inputs.Contains(value));
    }

    /// <summary>Places of all buffers, behind what is reserved for the hidden state.</summary>
    public ScratchPlan Plan(int reserved) => PlanScratch.Run(
        _buffers.Select(buffer => new Temporary(buffer.Key, checked(buffer.Value.Stride * buffer.Value.Slots), buffer.Value.First, buffer.Value.Last)),
        reserved);

    /// <summary>Declares each buffer as a local, in order of name.</summary>
    public void Declare(SourceWriter writer, ScratchPlan plan)
    {
        foreach (KeyValuePair<string, (int Stride, int Slots, int First, int Last)> buffer in _buffers.OrderBy(item => plan.Offsets[item.Key]).ThenBy(item => item.Key, StringComparer.Ordinal))
        {
            string stride = D(buffer.Value.Stride);
            writer.Line($"RowsOf<{stride}> {buffer.Key} = step.Rows<{stride}>({plan.Offsets[buffer.Key]});");
        }
    }
}

/// <summary>What the graphs of a model need together.</summary>
internal sealed class CpuShared
{
    private readonly SortedSet<int> _dimensions = [];
    private readonly List<Rotation> _rotations = [];

    /// <summary>Functions of the author's.</summary>
    public CpuFunctions Functions { get; } = new();

    /// <summary>Sizes that stand in the text as types.</summary>
    public IEnumerable<int> Dimensions => _dimensions;

    /// <summary>Tables of rotations, each once.</summary>
    public IReadOnlyList<Rotation> Rotations => _rotations;

    /// <summary>Floats that one worker needs for the tile it works on.</summary>
    public int TileFloats { get; private set; }

    /// <summary>The type that stands for a size.</summary>
    public string D(int size)
    {
        _dimensions.Add(size);
        return CSharp.Dimension(size);
    }

    /// <summary>The field that holds the table of a rotation.</summary>
    public string Rotary(Rotation rotation)
    {
        if (!_rotations.Contains(rotation))
            _rotations.Add(rotation);

        return "_rotary" + _rotations.IndexOf(rotation);
    }

    /// <summary>Makes room for a tile of so many panels.</summary>
    public void NeedTile(int panels) => TileFloats = Math.Max(TileFloats, panels * 16 * CpuTiles.TokensPerTile);
}

/// <summary>Sizes of the tiles that workers take.</summary>
internal static class CpuTiles
{
    /// <summary>Rows of input in a tile; the runtime's TileWalk cuts by the same number.</summary>
    public const int TokensPerTile = 48;

    /// <summary>Panels of 16 weight rows in a tile: about 256 KB of float32, so that a tile's weights stay in the L2 cache.</summary>
    public static int PanelsPerTile(int columns, int panels) => Math.Max(1, Math.Min(Math.Min(8, panels), 4096 / Math.Max(1, columns)));
}
