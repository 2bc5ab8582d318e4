using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit;

/// <summary>Layer.g.cs of a feed-forward block alone: constants, Load, Save and the way from rows to rows.</summary>
internal static class LayerSurfaceEmitter
{
    private static readonly string[] Usings =
    [
        "System",
        "Moe.Runtime.Checkpoints",
        "Moe.Runtime.Models",
        "Moe.Runtime.Weights",
    ];

    /// <summary>Emits the file.</summary>
    public static EmittedFile Emit(MoeArchitecture architecture, ModelGraph graph, Cost cost) => FileHead.Write(
        architecture,
        "",
        FileHead.Describe(architecture),
        Usings,
        " : IMoeLayer",
        writer =>
        {
            string hiding = architecture.HidesBase ? "new " : "";
            Constants(writer, architecture, graph, cost, hiding);
            Loading(writer, architecture, hiding);
            Running(writer, hiding);
        });

    /// <summary>Numbers a token that flow from layer to layer.</summary>
    public static int StateSize(ModelGraph graph) => graph.Carried.Sum(value => value.Width);

    private static void Constants(SourceWriter writer, MoeArchitecture architecture, ModelGraph graph, Cost cost, string hiding)
    {
        Constant("int", "HiddenSize", architecture.HiddenSize, "Width of a token's row");
        string state = string.Join(", ", graph.Carried.Select(value => $"{value.Name} [{value.Width}]"));
        Constant("int", "StateSize", StateSize(graph), "Numbers a token that flow from layer to layer" + (state.Length == 0 ? "" : $" ({state}, in this order)"));
        Constant("long", "TotalParameters", cost.TotalParameters, "Learned numbers");
        Constant("long", "ActiveParameters", cost.ActiveParameters, "Learned numbers that take part for one token: of the routed experts, the chosen ones");
        Constant("long", "FlopsPerToken", cost.FlopsPerToken, "Floating-point operations for one token: two for each matrix element that multiplies");
        Constant("long", "MinActiveParameters", cost.MinActiveParameters, "As ActiveParameters, for a token with the fewest and cheapest experts");
        Constant("long", "MinFlopsPerToken", cost.MinFlopsPerToken, "As FlopsPerToken, for a token with the fewest and cheapest experts");

        void Constant(string type, string name, long value, string meaning)
        {
            writer.Line($"/// <summary>{meaning}: {CSharp.Grouped(value)}.</summary>");
            writer.Line($"public {hiding}const {type} {name} = {CSharp.Literal(value)};");
            writer.Line();
        }
    }

    private static void Loading(SourceWriter writer, MoeArchitecture architecture, string hiding)
    {
        string name = architecture.Name;
        bool readsIds = architecture.Blocks[0].FeedForward is ExpertFeedForward { Router.Input: TokenIdInput };
        int experts = (architecture.Blocks[0].FeedForward as ExpertFeedForward)?.Experts ?? 0;
        writer.Line("private readonly CpuForward _cpu = null!;");
        writer.Line("private readonly LayerTensors _tensors = null!;");
        writer.Line();
        FormatsText.Write(writer, architecture);
        if (!architecture.IsSealed)
        {
            writer.Line("/// <summary>For a derived layer, which has a program of its own.</summary>");
            using (writer.Open($"protected {name}()"))
            {
            }

            writer.Line();
        }

        using (writer.Open($"private {name}(LayerTensors tensors, int layer, LoadOptions options)"))
        {
            writer.Line("if (options.Device != Device.Cpu)");
            using (writer.Indent())
                writer.Line($"throw new NotSupportedException($\"{name}, a layer that stands alone, runs on the CPU; {{options.Device}} was asked for.\");");
            writer.Line();
            writer.Line("_tensors = tensors;");
            writer.Line("using TensorSource source = tensors.Open();");
            string formats = FormatsText.IsStated(architecture) ? "options.WeightsOr(DeclaredFormats)" : "options.Weights";
            writer.Line($"using var load = new WeightLoader(source, {formats}, options.Progress);");
            writer.Line("_cpu = new CpuForward(load, options, layer);");
        }

        writer.Line();
        writer.Line("/// <summary>What the declaration fixes.</summary>");
        writer.Line($"public static {hiding}LayerShape Shape {{ get; }} = new({CSharp.Text(name)}, HiddenSize, StateSize, VocabularySize: {(readsIds ? architecture.VocabularySize : 0)}, Experts: {experts}, TotalParameters, ActiveParameters, FlopsPerToken){RoutingShapeText.Of(architecture)};");
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line("LayerShape IMoeLayer.Shape => Shape;");
        writer.Line();
        writer.Line("/// <summary>Loads the layer's weights from a safetensors file or a folder of such files, which may hold other tensors too.</summary>");
        writer.Line("/// <param name=\"path\">File or folder.</param>");
        writer.Line("/// <param name=\"prefix\">What the layer's names begin with, such as \"blocks.3.moe.\".</param>");
        writer.Line("/// <param name=\"layer\">The number that stands for {layer} in names that [TensorName] gives, and that random choices are drawn for.</param>");
        writer.Line("/// <param name=\"options\">Threads and formats.</param>");
        writer.Line("/// <exception cref=\"CheckpointException\">Tensors are missing, malformed or of another shape; all differences in one exception.</exception>");
        using (writer.Open($"public static {hiding}{name} Load(string path, string prefix = \"\", int layer = 0, LoadOptions? options = null)"))
            writer.Line($"return new {name}(LayerTensors.Of(path, prefix, nameof({name}), Requirements(layer)), layer, options ?? new LoadOptions());");
        writer.Line();
        writer.Line("/// <summary>A layer with random weights, the same for a seed everywhere.</summary>");
        using (writer.Open($"public static {hiding}{name} CreateRandom(ulong seed = 0, int layer = 0, LoadOptions? options = null)"))
            writer.Line($"return new {name}(LayerTensors.Random(seed, Requirements(layer)), layer, options ?? new LoadOptions());");
        writer.Line();
    }

    private static void Running(SourceWriter writer, string hiding)
    {
        writer.Line("/// <inheritdoc/>");
        using (writer.Open($"public {hiding}void Forward(ReadOnlySpan<float> input, Span<float> output, LayerCall call = default)"))
        {
            writer.Line("var nobody = default(NoObserver);");
            writer.Line("_cpu.Forward(input, output, call, ref nobody);");
        }

        writer.Line();
        writer.Line("/// <inheritdoc/>");
        using (writer.Open($"public {hiding}void Forward<TObserver>(ReadOnlySpan<float> input, Span<float> output, LayerCall call, ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
            writer.Line("_cpu.Forward(input, output, call, ref observer);");
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        using (writer.Open($"public {hiding}void Save(string path, string prefix = \"\")"))
            writer.Line("_tensors.Save(path, prefix);");
        writer.Line();
        writer.Line("/// <summary>Gives the weights' memory back; no call may be running.</summary>");
        using (writer.Open($"public {hiding}void Dispose()"))
            writer.Line("_cpu.Dispose();");
    }
}
