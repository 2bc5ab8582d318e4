using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Model.Cpu.g.cs: the steps of a token on the CPU, in order.</summary>
internal static class CpuEmitter
{
    /// <summary>Namespaces that the emitted files name.</summary>
    public static readonly string[] Usings =
    [
        "System",
        "Moe.Runtime.Memory",
        "Moe.Runtime.Models",
        "Moe.Runtime.Numerics",
        "Moe.Runtime.Weights",
        "Moe.Runtime.Workers",
    ];

    /// <summary>Emits the step, and what it costs, from the fused graph.</summary>
    public static ImmutableArray<EmittedFile> Emit(MoeArchitecture architecture, ModelGraph graph)
    {
        var shared = new CpuShared();
        int hidden = CSharp.Stride(architecture.HiddenSize);
        var carried = new CpuCarried(graph.Carried, hidden);
        CpuPhases embedding = CpuBlockEmitter.LowerEmbedding(graph.Embedding, shared, carried, MaxExperts(architecture));
        ScratchPlan embeddingPlan = embedding.Plan(carried.Reserved);
        ImmutableArray<CpuPhases> blocks = graph.Blocks
            .Select((block, index) => CpuBlockEmitter.Lower(block, shared, carried, ExpertsOf(architecture.Blocks[index])))
            .ToImmutableArray();
        ImmutableArray<ScratchPlan> plans = blocks.Select(block => block.Plan(carried.Reserved)).ToImmutableArray();
        int headPanels = CSharp.Panels(architecture.VocabularySize);
        int headTile = CpuTiles.PanelsPerTile(architecture.HiddenSize, headPanels);
        shared.NeedTile(headTile);

        var body = new SourceWriter();
        Constructor(body, architecture, shared, plans.Append(embeddingPlan).Select(plan => plan.FloatsPerToken).Append(hidden + HeadStride(architecture)).Max());
        Step(body, shared);
        body.Line();
        CpuBlockEmitter.EmitEmbedding(body, embedding, embeddingPlan, architecture.HiddenSize);
        Layers(body, architecture);
        for (int i = 0; i < blocks.Length; i++)
        {
            body.Line();
            CpuBlockEmitter.Emit(body, blocks[i], plans[i], architecture.HiddenSize);
        }

        Head(body, shared, architecture, graph, headPanels, headTile);
        Job(body, isEmbeddingObserved: !graph.Embedding.Taps.IsEmpty);
        shared.Functions.Write(body);
        Dimensions(body, shared);

        EmittedFile step = FileHead.Write(
            architecture,
            "Cpu.",
            FileHead.Describe(architecture).Append("passes: " + PassList.Names),
            Usings,
            "",
            writer =>
            {
                writer.Line("/// <summary>A step on the CPU: every worker runs the same layers, with a barrier between phases.</summary>");
                writer.Line($"[global::System.CodeDom.Compiler.GeneratedCode({CSharp.Text("Moe.Generators")}, {CSharp.Text("0.1.0")})]");
                using (writer.Open("private sealed unsafe class CpuForward : IDisposable"))
                    writer.Line(body.ToString().TrimEnd('\n'));
            });
        EmittedFile costs = CpuCostEmitter.Emit(
            architecture, graph, new CpuLowered(embedding, embeddingPlan), blocks.Zip(plans, (phases, plan) => new CpuLowered(phases, plan)).ToImmutableArray());
        return ImmutableArray.Create(step, costs);
    }

    private static void Constructor(SourceWriter writer, MoeArchitecture architecture, CpuShared shared, int floatsPerToken)
    {
        writer.Line("private readonly Weights _weights;");
        writer.Line("private readonly CpuStep _step;");
        for (int i = 0; i < shared.Rotations.Count; i++)
            shared.Rotations[i].Write(writer, $"private readonly RotaryTable _rotary{i} = new", ";");
        for (int i = 0; i < shared.DecayHeads.Count; i++)
            writer.Line($"private readonly float[] _decays{i} = Decay.Of(heads: {shared.DecayHeads[i]}, layers: {architecture.LayerCount});");

        writer.Line();
        writer.Line("internal CpuForward(WeightLoader load, LoadOptions options)");
        using (writer.Open(""))
        {
            writer.Line("_weights = new Weights(load);");
            writer.Line($"_step = new CpuStep(options, floatsPerToken: {floatsPerToken}, tileFloats: {shared.TileFloats}, maxExperts: {MaxExperts(architecture)}, maxTopK: {MaxTopK(architecture)});");
            Profile(writer, "CpuCosts.Of(_weights)");
        }
    }

    /// <summary>Tells a profile what phases cost.</summary>
    public static void Profile(SourceWriter writer, string costs)
    {
        writer.Line("if (_step.IsProfiled)");
        using (writer.Indent())
            writer.Line($"_step.DescribePhases({costs});");
    }

    private static void Step(SourceWriter writer, CpuShared shared)
    {
        writer.Line();
        writer.Line("/// <summary>Runs the batch: one dispatch to the pool, one barrier a phase.</summary>");
        using (writer.Open("internal void Step<TObserver>(StepBatch batch, ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
        using (writer.Open("lock (_step)"))
        {
            writer.Line("_step.Begin(batch, VocabularySize);");
            writer.Line("var job = new Job<TObserver>(this, observer);");
            writer.Line("_step.Run(ref job);");
        }

        writer.Line();
        writer.Line("/// <summary>Gives weights and scratch memory back, after a step that runs.</summary>");
        using (writer.Open("public void Dispose()"))
        {
            writer.Line("_step.Dispose();");
            writer.Line("_weights.Dispose();");
            for (int i = 0; i < shared.Rotations.Count; i++)
                writer.Line($"_rotary{i}.Dispose();");
        }
    }

    private static void Layers(SourceWriter writer, MoeArchitecture architecture)
    {
        writer.Line();
        writer.Line("/// <summary>All layers, in order.</summary>");
        using (writer.Open("private void Layers<TObserver>(in Worker worker, CpuStep step, ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
        {
            var used = new int[architecture.Blocks.Length];
            long cache = 0;
            long states = 0;
            foreach (LayerRange range in architecture.Layers)
            {
                BlockArchitecture block = architecture.Blocks[range.Block];
                int elements = block.Attention.CacheElementsPerToken;
                long floats = block.Attention.StateFloats;
                string index = Shifted("layer", used[range.Block] - range.First);
                string offset = Offset(range, cache, elements);
                string state = floats == 0 ? "" : Offset(range, states, floats) + ", ";
                using (writer.Open($"for (int layer = {range.First}; layer < {range.First + range.Count}; layer++)"))
                    writer.Line($"{block.Name}Layer(worker, step, _weights.{block.Name}Layers[{Unwrapped(index)}], layer, {offset}, {state}ref observer);");
                used[range.Block] += range.Count;
                cache += (long)elements * range.Count;
                states += floats * range.Count;
            }
        }
    }

    /// <summary>Where the elements of a layer begin, as C#: those of the layers before it, and of those before it in its run.</summary>
    private static string Offset(LayerRange range, long before, long elements)
    {
        if (range.First == 0)
            return $"layer * {elements}L";

        return range.Count == 1
            ? before.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : $"{before} + {Shifted("layer", -range.First)} * {elements}L";
    }

    private static string Shifted(string name, int shift) => shift switch
    {
        0 => name,
        > 0 => $"({name} + {shift})",
        _ => $"({name} - {-shift})",
    };

    private static string Unwrapped(string text) => text[0] == '(' ? text.Substring(1, text.Length - 2) : text;

    private static void Head(SourceWriter writer, CpuShared shared, MoeArchitecture architecture, ModelGraph graph, int panels, int perTile)
    {
        var norm = (Norm)graph.Head.Ops[0];
        string stride = shared.D(CSharp.Stride(architecture.HiddenSize));
        string normedStride = shared.D(HeadStride(architecture));
        string size = shared.D(architecture.HiddenSize);
        string matrix = architecture.TiedHead ? "Embedding" : "Head";
        writer.Line();
        string product = $"{matrix} · norm(hidden){(architecture.HeadBias ? " + HeadBias" : "")}";
        if (architecture.LogitDivisor != 1)
            product = $"{(architecture.HeadBias ? $"({product})" : product)} / {CSharp.Double(architecture.LogitDivisor)}";
        writer.Line($"/// <summary>logits = {product}, for the tokens whose logits the batch asks for    [{architecture.VocabularySize}]</summary>");
        using (writer.Open("private void Head<TObserver>(in Worker worker, CpuStep step, ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
        {
            writer.Line($"RowsOf<{stride}> hidden = step.Rows<{stride}>(0);");
            writer.Line($"RowsOf<{normedStride}> normed = step.Rows<{normedStride}>({CSharp.Stride(architecture.HiddenSize)});");
            writer.Line("if (TObserver.IsEnabled)");
            using (writer.Open(""))
            {
                writer.Line("worker.Slice(step.Tokens, out int from, out int to);");
                writer.Line($"step.ObserveHidden<{size}, TObserver>(from, to, {architecture.LayerCount}, {CSharp.Stride(architecture.HiddenSize)}, ref observer);");
            }

            writer.Line();
            writer.Line("worker.Slice(step.LogitRows, out int begin, out int end);");
            using (writer.Open("for (int row = begin; row < end; row++)"))
            {
                writer.Line("int token = step.LogitTokens[row];");
                CpuRowOps.Statements(writer, norm, size, "_weights", "hidden[token]", "normed[row]");
                writer.Line($"IntegerRows.Write<{size}>(normed[row], _weights.{matrix}.TakesIntegers);");
                writer.Line("if (TObserver.IsEnabled)");
                using (writer.Indent())
                    writer.Line($"observer.FinalNorm(token, new ReadOnlySpan<float>(normed[row], {architecture.HiddenSize}));");
            }

            writer.Line();
            writer.Line($"step.EndPhase(worker, {architecture.LayerCount}, 0);");
            writer.Line();
            using (writer.Open($"for (var tiles = new TileWalk(worker, {panels}, {perTile}, step.LogitRows); tiles.Next();)"))
            {
                writer.Line("float* tile = step.Tile(worker);");
                writer.Line($"_weights.{matrix}.Multiply<{size}>(0, tiles.FirstPanel, tiles.Panels, normed[tiles.FirstRow], {HeadStride(architecture)}, tiles.Rows, tile, tiles.Width);");
                if (architecture.HeadBias)
                    writer.Line("TileMath.AddVector(tile, tiles.Width, tiles.Rows, tiles.Width, _weights.HeadBias.Values + tiles.FirstColumn);");
                if (architecture.LogitDivisor != 1)
                    writer.Line($"TileMath.Scale(tile, tiles.Width, tiles.Rows, tiles.Width, {CSharp.Float(1 / architecture.LogitDivisor)});");
                writer.Line($"TileMath.Copy(tile, tiles.Width, tiles.Rows, Math.Min(tiles.Width, VocabularySize - tiles.FirstColumn), step.Logits + (nint)tiles.FirstRow * VocabularySize + tiles.FirstColumn, VocabularySize);");
            }

            writer.Line();
            writer.Line($"step.EndLastPhase(worker, {architecture.LayerCount}, 1);");
        }
    }

    // The normalised hidden state, with room for its integers.
    private static int HeadStride(MoeArchitecture architecture) =>
        CSharp.Stride(CSharp.Padded(architecture.HiddenSize) + CpuIntegers.Floats(architecture.HiddenSize));

    private static void Job(SourceWriter writer, bool isEmbeddingObserved)
    {
        writer.Line();
        writer.Line("/// <summary>What every worker of the pool runs.</summary>");
        using (writer.Open("private readonly struct Job<TObserver>(CpuForward forward, TObserver observer) : IWorkerJob\n    where TObserver : struct, IStepObserver"))
        {
            writer.Line("/// <summary>Token ids to logits.</summary>");
            using (writer.Open("public void Run(in Worker worker)"))
            {
                writer.Line("TObserver own = observer;");
                writer.Line($"forward.Embed(worker, forward._step{(isEmbeddingObserved ? ", ref own" : "")});");
                writer.Line("forward.Layers(worker, forward._step, ref own);");
                writer.Line("forward.Head(worker, forward._step, ref own);");
            }
        }
    }

    /// <summary>A type for each size.</summary>
    public static void Dimensions(SourceWriter writer, CpuShared shared)
    {
        writer.Line();
        writer.Line("// Constant sizes as types, so that the primitives are compiled for each of them.");
        foreach (int size in shared.Dimensions)
            writer.Line($"private readonly struct {CSharp.Dimension(size)} : IDimension {{ public static int Size => {size}; }}");
    }

    private static int ExpertsOf(BlockArchitecture block) => (block.FeedForward as ExpertFeedForward)?.Experts ?? 0;

    private static int MaxExperts(MoeArchitecture architecture) =>
        architecture.Blocks.Select(block => System.Math.Max(ExpertsOf(block), (block.Attention as AttentionExperts)?.Count ?? 0)).Max();

    private static int MaxTopK(MoeArchitecture architecture) =>
        architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>().Select(experts => experts.Router.Selection.MaxSelected)
            .Concat(architecture.Blocks.Select(block => block.Attention).OfType<AttentionExperts>().Select(attention => attention.TopK)).DefaultIfEmpty(0).Max();
}
