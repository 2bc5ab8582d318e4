using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>One graph on its way to kernels and launches.</summary>
/// <param name="graph">The graph.</param>
/// <param name="kernels">The class of its kernels, as C#.</param>
/// <param name="rows">How many tokens a launch covers, as C#.</param>
/// <param name="words">Names for its sizes.</param>
/// <param name="buffers">Buffers of the whole model.</param>
/// <param name="functions">Functions of the whole model.</param>
internal sealed class GpuScope(Graph graph, string kernels, string rows, GpuWords words, GpuBufferList buffers, GpuFunctions functions)
{
    private readonly Dictionary<Value, string> _places = [];
    private readonly List<GpuKernel> _kernels = [];

    public Graph Graph => graph;

    public GpuWords Words => words;

    public GpuBufferList Buffers => buffers;

    public GpuFunctions Functions => functions;

    /// <summary>The class of the kernels, as C#.</summary>
    public string KernelClass => kernels;

    /// <summary>How many tokens a launch covers, as C#.</summary>
    public string Rows => rows;

    /// <summary>Kernels in the order of their first launch.</summary>
    public IReadOnlyList<GpuKernel> Kernels => _kernels;

    /// <summary>Statements that launch them, in the order of the graph.</summary>
    public SourceWriter Launches { get; } = new();

    /// <summary>Whether a row stands for a token whose logits are asked for.</summary>
    public bool IsHead => rows == "batch.LogitRows";

    /// <summary>Rotations that the kernel which writes the cache does on the way.</summary>
    public Dictionary<Value, Rotate> RotatedIntoCache { get; } = [];

    /// <summary>Taps whose launches are written.</summary>
    public HashSet<Tap> Shown { get; } = [];

    /// <summary>The arrangement of assignments that the buffers hold at this place of the launches.</summary>
    public GpuArrangement? Arranged { get; set; }

    /// <summary>Every arrangement, with the kernel that makes it.</summary>
    public Dictionary<GpuArrangement, GpuKernel> Arrangements { get; } = [];

    /// <summary>The shape as a reader sees it.</summary>
    public static string Shape(Value value) => value.Slots == 1 ? $"[{value.Width}]" : $"[{value.Slots} x {value.Width}]";

    /// <summary>Gives a value the buffer of another.</summary>
    public void Place(Value value, string buffer) => _places[value] = buffer;

    /// <summary>Gives a value that flows between layers its buffer, the same in every graph.</summary>
    /// <returns>The buffer.</returns>
    public string PlaceCarried(Value value)
    {
        string name = CSharp.Pascal(value.Name);
        buffers.Need(name, TypeOf(value), value.ElementsPerToken, isOfLogitRows: false);
        Place(value, name);
        return name;
    }

    /// <summary>The field of the value's buffer.</summary>
    public string BufferOf(Value value)
    {
        if (_places.TryGetValue(value, out string? place))
            return place;

        string name = (IsHead ? "Head" : "") + CSharp.Pascal(value.Name);
        buffers.Need(name, TypeOf(value), value.ElementsPerToken, IsHead);
        return _places[value] = name;
    }

    /// <summary>A value as parameter.</summary>
    public GpuParameter Of(Value value)
    {
        string buffer = value == StepValues.TokenIds ? "batch.Ids" : value == StepValues.Tags ? "batch.Requests.Tags" : "buffers." + BufferOf(value);
        return new GpuParameter($"ArrayView<{TypeOf(value)}>", value.Name, buffer + ".View");
    }

    /// <summary>A weight as parameter.</summary>
    public GpuParameter Of(Weight weight) =>
        new($"ArrayView<{ElementOf(weight)}>", NameOf(weight), $"weights.{weight.Role}.View");

    /// <summary>What a weight's elements are on the device: only what multiplies as a matrix has a format of its own.</summary>
    public static string ElementOf(Weight weight) => weight.Kind == WeightKind.Indices ? "int" : weight.IsMatrix ? "TWeight" : "float";

    /// <summary>What a weight is called inside kernels.</summary>
    public static string NameOf(Weight weight) => CSharp.Camel(weight.Role) + (weight.Role.EndsWith("Bias", StringComparison.Ordinal) ? "" : "Weight");

    private static string TypeOf(Value value) => value.Kind == ElementKind.Index ? "int" : "float";

    /// <summary>How many tokens there are, as parameter.</summary>
    public GpuParameter Tokens => new("int", "tokens", rows);

    /// <summary>Positions, as parameter.</summary>
    public static GpuParameter Positions => new("ArrayView<int>", "positions", "batch.Positions.View");

    /// <summary>Adds a kernel.</summary>
    public GpuKernel Kernel(
        string name, string formula, string cells, string grid, IEnumerable<GpuParameter?> parameters, Action<SourceWriter> body, string? covered = null)
    {
        // Written now, since statements name constants that the words must have when they are written.
        var statements = new SourceWriter();
        body(statements);
        var kernel = new GpuKernel(
            name,
            formula,
            cells,
            grid,
            covered ?? rows,
            parameters.Where(parameter => parameter is not null).Select(parameter => parameter!).ToImmutableArray(),
            statements.ToString().TrimEnd('\n'));
        _kernels.Add(kernel);
        return kernel;
    }

    /// <summary>Adds a kernel and launches it once, below its formula.</summary>
    public void Launch(
        string name, string formula, string shape, string cells, string grid, IEnumerable<GpuParameter?> parameters, Action<SourceWriter> body)
    {
        GpuKernel kernel = Kernel(name, formula, cells, grid, parameters, body);
        Remark(formula, shape);
        kernel.WriteLaunch(Launches, kernels);
    }

    /// <summary>A blank line, then the formula and the shape of what comes out.</summary>
    public void Remark(string formula, string shape)
    {
        Launches.Line();
        Launches.Line(CSharp.WithRemark("// " + formula, shape));
    }
}
