using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Families;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit;

/// <summary>Model.g.cs: what the author's program sees: constants, Load, sessions and generation.</summary>
internal static class SurfaceEmitter
{
    private static readonly string[] Usings =
    [
        "System",
        "System.Collections.Generic",
        "System.Threading",
        "Moe.Runtime.Checkpoints",
        "Moe.Runtime.Generation",
        "Moe.Runtime.Memory",
        "Moe.Runtime.Models",
        "Moe.Runtime.Text",
        "Moe.Runtime.Weights",
    ];

    /// <summary>Emits the file.</summary>
    public static EmittedFile Emit(MoeArchitecture architecture, Cost cost, bool hasGpu) => FileHead.Write(
        architecture,
        "",
        FileHead.Describe(architecture),
        hasGpu ? Usings.Append("Moe.Runtime.Gpu").Append("Moe.Runtime.Gpu.Devices") : Usings,
        $" : IMoeModel<{architecture.Name}>",
        writer =>
        {
            string hiding = architecture.HidesBase ? "new " : "";
            Constants(writer, architecture, cost, hiding);
            Fields(writer, architecture, hasGpu);
            Constructors(writer, architecture, hasGpu);
            Loading(writer, architecture, hiding);
            Running(writer, architecture, hiding, hasGpu);
        });

    private static void Constants(SourceWriter writer, MoeArchitecture architecture, Cost cost, string hiding)
    {
        Constant("int", "VocabularySize", architecture.VocabularySize, "Number of token ids");
        Constant("int", "HiddenSize", architecture.HiddenSize, "Width of the residual stream");
        Constant("int", "ContextLength", architecture.ContextLength, "Most tokens of one sequence");
        Constant("int", "Layers", architecture.LayerCount, "Number of layers");
        Constant("long", "TotalParameters", cost.TotalParameters, "Learned numbers");
        Constant("long", "ActiveParameters", cost.ActiveParameters, "Learned numbers that take part for one token: of the routed experts, the chosen ones");
        Constant("long", "FlopsPerToken", cost.FlopsPerToken, "Floating-point operations for one token: two for each matrix element that multiplies, attention over the cache not counted");
        Constant("long", "MinActiveParameters", cost.MinActiveParameters, "As ActiveParameters, for a token with the fewest and cheapest experts");
        Constant("long", "MinFlopsPerToken", cost.MinFlopsPerToken, "As FlopsPerToken, for a token with the fewest and cheapest experts");
        Constant("long", "CacheElementsPerToken", cost.CacheElementsPerToken, "Elements that one token adds to the key/value cache, over all layers");
        Constant("long", "CacheBytesPerToken", cost.CacheElementsPerToken * 4, "Bytes that one token adds to a float32 key/value cache; half of it in bfloat16");

        void Constant(string type, string name, long value, string meaning)
        {
            writer.Line($"/// <summary>{meaning}: {CSharp.Grouped(value)}.</summary>");
            writer.Line($"public {hiding}const {type} {name} = {CSharp.Literal(value)};");
            writer.Line();
        }
    }

    private static void Fields(SourceWriter writer, MoeArchitecture architecture, bool hasGpu)
    {
        writer.Line(hasGpu ? "private readonly CpuForward? _cpu;" : "private readonly CpuForward _cpu = null!;");
        if (hasGpu)
            writer.Line("private readonly GpuForward? _gpu;");
        writer.Line("private readonly CacheFormat _cacheFormat;");
        writer.Line();
        FormatsText.Write(writer, architecture);
    }

    private static void Constructors(SourceWriter writer, MoeArchitecture architecture, bool hasGpu)
    {
        string name = architecture.Name;
        if (!architecture.IsSealed)
        {
            writer.Line("/// <summary>For a derived model, which has a program of its own.</summary>");
            using (writer.Open($"protected {name}()"))
                writer.Line("GenerationDefaults = GenerationDefaults.None;");
            writer.Line();
        }

        using (writer.Open($"private {name}(ModelFolder folder, LoadOptions options)"))
        {
            writer.Line("GenerationDefaults = folder.Defaults;");
            writer.Line("_cacheFormat = options.Cache;");
            if (hasGpu)
            {
                using (writer.Open("if (options.Device != Device.Cpu)"))
                {
                    using (writer.Open("if (!GpuSupport.IsSupported)"))
                        writer.Line($"throw new NotSupportedException($\"This program was published without GPU code, so that {name} cannot run on {{options.Device}}.\");");
                    writer.Line();
                    writer.Line("Tokenizer = folder.Tokenizer;");
                    writer.Line("_gpu = new GpuForward(GpuAccelerator.Open(options.Device), folder.Tensors, options);");
                    writer.Line("return;");
                }
            }
            else
            {
                writer.Line("if (options.Device != Device.Cpu)");
                using (writer.Indent())
                    writer.Line($"throw new NotSupportedException($\"{name} was compiled for the CPU only; reference Moe.Runtime.Gpu to run it on {{options.Device}}.\");");
            }

            writer.Line();
            writer.Line($"using WeightLoader load = folder.OpenWeights(options{(FormatsText.IsStated(architecture) ? ", DeclaredFormats" : "")});");
            writer.Line("_cpu = new CpuForward(load, options);");
            writer.Line("Tokenizer = folder.Tokenizer;");
        }

        writer.Line();
    }

    private static void Loading(SourceWriter writer, MoeArchitecture architecture, string hiding)
    {
        string name = architecture.Name;
        string ignored = string.Concat(FamilyList.Of(architecture.Layout).IgnoredTensors(architecture).Select(pattern => ", " + CSharp.Text(pattern)));
        string needsConfig = architecture.Layout == CheckpointLayout.Native ? "false" : "true";
        writer.Line("/// <summary>What the declaration fixes.</summary>");
        writer.Line($"public static {hiding}ModelShape Shape {{ get; }} = new({CSharp.Text(name)}, VocabularySize, HiddenSize, ContextLength, Layers, MaxExperts: {MaxExperts(architecture)}, TotalParameters, ActiveParameters, FlopsPerToken, CacheElementsPerToken){RoutingShapeText.Of(architecture)};");
        writer.Line();
        writer.Line("/// <summary>The tokenizer of the checkpoint folder; null where it has none, and for random weights.</summary>");
        writer.Line($"public {hiding}Tokenizer? Tokenizer {{ get; }}");
        writer.Line();
        writer.Line("/// <summary>End tokens and sampling defaults of the checkpoint.</summary>");
        writer.Line($"public {hiding}GenerationDefaults GenerationDefaults {{ get; }}");
        writer.Line();
        string Open(string path) => $"using ModelFolder opened = ModelFolder.Open({path}, nameof({name}), Requirements(), ConfigKeys, needsConfig: {needsConfig}{ignored});";
        writer.Line($"/// <summary>Loads a checkpoint folder in the {architecture.Layout} layout (config.json, safetensors, tokenizer.json), or a packed file.</summary>");
        writer.Line("/// <param name=\"path\">The folder, or a file that Pack wrote, with the JSON files beside it. A folder without safetensors stands for the one packed file in it.</param>");
        writer.Line("/// <param name=\"options\">Device, threads, formats.</param>");
        writer.Line("/// <exception cref=\"CheckpointException\">Something is missing, malformed or not what the declaration says; all differences in one exception.</exception>");
        using (writer.Open($"public static {hiding}{name} Load(string path, LoadOptions? options = null)"))
        {
            writer.Line(Open("path"));
            writer.Line($"return new {name}(opened, options ?? new LoadOptions());");
        }

        writer.Line();
        writer.Line("/// <summary>Converts a checkpoint into a packed file, which loads without conversion. All of it is written, or nothing.</summary>");
        writer.Line("/// <param name=\"folder\">The checkpoint folder.</param>");
        writer.Line("/// <param name=\"packedFile\">The file to write, for example \"int8.moe\". In another folder, the JSON files are copied beside it.</param>");
        writer.Line("/// <param name=\"options\">Formats and progress.</param>");
        writer.Line("/// <param name=\"cancellation\">Ends the writing.</param>");
        writer.Line("/// <exception cref=\"CheckpointException\">The checkpoint is not what the declaration says, or files are in the way at the target.</exception>");
        using (writer.Open($"public static {hiding}void Pack(string folder, string packedFile, LoadOptions? options = null, CancellationToken cancellation = default)"))
        {
            writer.Line(Open("folder"));
            writer.Line($"opened.Pack(packedFile, options ?? new LoadOptions(), {(FormatsText.IsStated(architecture) ? "DeclaredFormats" : "declared: null")}, load => new Weights(load), cancellation);");
        }

        writer.Line();
        writer.Line("/// <summary>A model with random weights, the same for a seed everywhere.</summary>");
        using (writer.Open($"public static {hiding}{name} CreateRandom(ulong seed = 0, LoadOptions? options = null)"))
        {
            writer.Line("using ModelFolder random = ModelFolder.Random(seed, Requirements());");
            writer.Line($"return new {name}(random, options ?? new LoadOptions());");
        }

        writer.Line();
    }

    private static void Running(SourceWriter writer, MoeArchitecture architecture, string hiding, bool hasGpu)
    {
        string name = architecture.Name;
        writer.Line("/// <summary>Continues a text, piece by piece; never half a character.</summary>");
        writer.Line("/// <exception cref=\"InvalidOperationException\">The model has no tokenizer.</exception>");
        using (writer.Open($"public {hiding}IAsyncEnumerable<string> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default)"))
        {
            writer.Line("Tokenizer tokenizer = Tokenizer ?? throw new InvalidOperationException(");
            using (writer.Indent())
                writer.Line($"\"{name} has no tokenizer: its folder had no tokenizer.json, or its weights are random. Use NewSession with token ids.\");");
            writer.Line("return TextGenerator.GenerateAsync(this, tokenizer, GenerationDefaults, prompt, options, cancellation);");
        }

        writer.Line();
        writer.Line("/// <summary>An empty session: one sequence of token ids.</summary>");
        writer.Line($"public {hiding}Session<{name}> NewSession() => new(this);");
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        writer.Line(hasGpu
            ? $"public {hiding}SequenceCache NewCache() => _gpu is {{ }} gpu ? gpu.NewCache() : new KeyValueCache(CacheElementsPerToken, _cacheFormat, ContextLength{StateFloats(architecture)});"
            : $"public {hiding}SequenceCache NewCache() => new KeyValueCache(CacheElementsPerToken, _cacheFormat, ContextLength{StateFloats(architecture)});");
        writer.Line();
        writer.Line("/// <inheritdoc/>");
        using (writer.Open($"public {hiding}void Step<TObserver>(StepBatch batch, ref TObserver observer)\n    where TObserver : struct, IStepObserver"))
        {
            if (hasGpu)
            {
                writer.Line("if (_gpu is { } gpu)");
                using (writer.Indent())
                    writer.Line("gpu.Step(batch, ref observer);");
                writer.Line("else");
                using (writer.Indent())
                    writer.Line("_cpu!.Step(batch, ref observer);");
            }
            else
            {
                writer.Line("_cpu.Step(batch, ref observer);");
            }
        }

        writer.Line();
        writer.Line("/// <summary>Gives the weights' memory back; no session may be running.</summary>");
        using (writer.Open($"public {hiding}void Dispose()"))
        {
            writer.Line(hasGpu ? "_cpu?.Dispose();" : "_cpu.Dispose();");
            if (hasGpu)
                writer.Line("_gpu?.Dispose();");
        }
    }

    /// <summary>The states of a block of the cache, where layers carry one from token to token.</summary>
    private static string StateFloats(MoeArchitecture architecture)
    {
        long floats = architecture.Layers.Sum(range => architecture.Blocks[range.Block].Attention.StateFloats * range.Count);
        return floats == 0 ? "" : $", stateFloats: {CSharp.Literal(floats)}";
    }

    private static int MaxExperts(MoeArchitecture architecture) => architecture.Blocks
        .Select(block => block.FeedForward)
        .OfType<ExpertFeedForward>()
        .Select(experts => experts.Experts)
        .DefaultIfEmpty(0)
        .Max();
}
