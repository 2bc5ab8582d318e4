using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>The host side: GpuForward with its buffers, weights, loaded kernels and launches.</summary>
internal static class GpuForwardClass
{
    private const string Formats = "<TWeight, TCache>";

    /// <summary>Writes the class.</summary>
    public static void Write(SourceWriter writer, GpuProgram program)
    {
        writer.Line("/// <summary>A step on a GPU. The formats of weights and cache are chosen here, once; all else is compiled for them.</summary>");
        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Moe.Generators\", \"0.1.0\")]");
        using (writer.Open("private sealed class GpuForward : IDisposable"))
        {
            Door(writer);
            writer.Line();
            Model(writer, program);
            writer.Line();
            Buffers(writer, program);
            writer.Line();
            EndSteps(writer, program);
            writer.Line();
            GpuWeightClass.Write(
                writer,
                "EndWeights",
                $"Weights of embedding and head{(program.EndWeights.Any(weight => weight.IsShared) ? ", and those that all layers share," : "")} on the device.",
                program.EndWeights,
                [],
                program.EndPlaces,
                hasLayer: false);
            foreach (GpuScope scope in program.Blocks)
            {
                writer.Line();
                BlockSteps(writer, program, scope);
                writer.Line();
                GpuWeightClass.Write(
                    writer,
                    scope.Graph.Name + "LayerWeights",
                    $"Weights of one layer of {scope.Graph.Name} on the device.",
                    scope.Graph.Weights.ToList(),
                    scope.Graph.Ops.OfType<SparsityLogits>().Select(op => op.Up).ToList(),
                    new WeightPlaces(program.Architecture, scope.Graph),
                    hasLayer: true);
            }
        }
    }

    private static void Door(SourceWriter writer)
    {
        writer.Line("private readonly GpuModel _model;");
        writer.Line();
        writer.Line("/// <summary>Loads the weights onto the device, which this owns from now on, and compiles the kernels for it.</summary>");
        using (writer.Open("internal GpuForward(GpuAccelerator accelerator, TensorSource source, LoadOptions options)"))
        {
            using (writer.Open("try"))
            {
                using (writer.Open("_model = (GpuWeightReader.FormatOf(source, options), options.Cache) switch", close: "};"))
                {
                    writer.Line("(WeightFormat.F32, CacheFormat.F32) => new Model<GpuF32, GpuF32>(accelerator, source, options),");
                    writer.Line("(WeightFormat.F32, CacheFormat.BF16) => new Model<GpuF32, GpuBF16>(accelerator, source, options),");
                    writer.Line("(WeightFormat.BF16, CacheFormat.F32) => new Model<GpuBF16, GpuF32>(accelerator, source, options),");
                    writer.Line("(WeightFormat.BF16, CacheFormat.BF16) => new Model<GpuBF16, GpuBF16>(accelerator, source, options),");
                    writer.Line("_ => throw new ArgumentOutOfRangeException(nameof(options), options, \"GPU kernels exist for weights and caches in F32 and BF16.\"),");
                }
            }

            using (writer.Open("catch"))
            {
                writer.Line("accelerator.Dispose();");
                writer.Line("throw;");
            }
        }

        writer.Line();
        writer.Line("/// <summary>An empty cache for one sequence.</summary>");
        writer.Line("internal SequenceCache NewCache() => _model.NewCache();");
        writer.Line();
        writer.Line("/// <summary>Runs the batch.</summary>");
        writer.Line("internal void Step<TObserver>(StepBatch batch, ref TObserver observer)");
        using (writer.Indent())
            writer.Line("where TObserver : struct, IStepObserver => _model.Step(batch, ref observer);");
        writer.Line();
        writer.Line("/// <summary>Gives the device back.</summary>");
        writer.Line("public void Dispose() => _model.Dispose();");
    }

    private static void Model(SourceWriter writer, GpuProgram program)
    {
        MoeArchitecture architecture = program.Architecture;
        writer.Line("/// <summary>Every weight, kernel and buffer for one choice of formats.</summary>");
        using (writer.Open($"private sealed class Model{Formats} : GpuModel{GpuKernel.Constraints(Formats)}"))
        {
            foreach (GpuRotation rotation in program.Rotations)
                writer.Line($"private readonly GpuRotaryTable {rotation.Field};");
            writer.Line("private readonly Buffers _buffers;");
            writer.Line("private readonly EndSteps<TWeight> _ends;");
            writer.Line("private readonly EndWeights<TWeight> _endWeights;");
            for (int i = 0; i < program.Blocks.Length; i++)
            {
                string block = program.Blocks[i].Graph.Name;
                writer.Line($"private readonly {block}LayerSteps{Formats} {Field(block)};");
                writer.Line($"private readonly {block}LayerWeights<TWeight>[] {Field(block)}Weights = new {block}LayerWeights<TWeight>[{architecture.LayersOf(i)}];");
            }

            writer.Line($"private readonly int[] _cacheElements = new int[{architecture.LayerCount}];");
            writer.Line();
            ModelConstructor(writer, program);
            writer.Line();
            writer.Line("/// <summary>An empty cache for one sequence.</summary>");
            writer.Line("public override SequenceCache NewCache() => new GpuCache<TCache>(Accelerator, _cacheElements);");
            writer.Line();
            if (program.ReadsRequests)
            {
                writer.Line("/// <summary>Tags, seeds or biases of requests matter.</summary>");
                writer.Line("protected override bool ReadsRequests => true;");
                writer.Line();
            }

            writer.Line("/// <summary>Token ids to logits: every launch of a step, in the order of the graph.</summary>");
            using (writer.Open("protected override GpuBuffer<float> Run<TObserver>(GpuBatch batch, ref TObserver observer)"))
            {
                writer.Line("_buffers.Reserve(batch.Tokens, batch.LogitRows);");
                foreach (GpuRotation rotation in program.Rotations)
                    writer.Line($"{rotation.Field}.Reserve(batch.Reach);");
                foreach (Value value in program.Cleared)
                    writer.Line($"_buffers.{CSharp.Pascal(value.Name)}.Clear((long)batch.Tokens * {value.ElementsPerToken});");
                if (program.CountsDropped)
                    writer.Line("_buffers.Dropped.Clear(batch.Tokens);");
                writer.Line($"_ends.Embed(batch, _buffers, _endWeights{(program.Embedding.Graph.Taps.IsEmpty ? "" : ", ref observer")});");
                EachRange(writer, program, (block, index) =>
                    writer.Line($"{Field(block)}.Run(batch, _buffers, {Field(block)}Weights[{index}], layer, ref observer);"));
                writer.Line();
                writer.Line("_ends.Head(batch, _buffers, _endWeights, ref observer);");
                if (program.CountsDropped)
                    writer.Line("batch.CountDropped(_buffers.Dropped);");
                writer.Line($"return _buffers.{program.Head.BufferOf(program.Head.Graph.Outputs[0])};");
            }
        }
    }

    private static void ModelConstructor(SourceWriter writer, GpuProgram program)
    {
        writer.Line("internal Model(GpuAccelerator accelerator, TensorSource source, LoadOptions options)");
        using (writer.Indent())
            writer.Line(": base(accelerator, GpuKernels.VocabularySize)");
        writer.Line("{");
        using (writer.Indent())
        {
            foreach (GpuRotation rotation in program.Rotations)
                rotation.Write(writer);
            writer.Line("_buffers = new Buffers(accelerator);");
            writer.Line("_ends = new EndSteps<TWeight>(accelerator.Accelerator);");
            foreach (GpuScope scope in program.Blocks)
            {
                string rotary = program.RotationOf(scope.Graph) is { } rotation ? ", " + rotation.Field : "";
                writer.Line($"{Field(scope.Graph.Name)} = new {scope.Graph.Name}LayerSteps{Formats}(accelerator.Accelerator{rotary});");
            }

            writer.Line();
            writer.Line("var read = new GpuWeightReader(accelerator, source, options);");
            writer.Line("_endWeights = new EndWeights<TWeight>(read);");
            EachRange(writer, program, (block, index) =>
            {
                writer.Line($"{Field(block)}Weights[{index}] = new {block}LayerWeights<TWeight>(read, layer{Shared(program, block)});");
                writer.Line($"_cacheElements[layer] = GpuKernels.{block}Layer.CacheWidth;");
            });
        }

        writer.Line("}");
    }

    private static void EachRange(SourceWriter writer, GpuProgram program, System.Action<string, string> body)
    {
        var used = new int[program.Blocks.Length];
        foreach (LayerRange range in program.Architecture.Layers)
        {
            int shift = used[range.Block] - range.First;
            string index = shift == 0 ? "layer" : shift < 0 ? $"layer - {-shift}" : $"layer + {shift}";
            writer.Line();
            using (writer.Open($"for (int layer = {range.First}; layer < {range.First + range.Count}; layer++)"))
                body(program.Blocks[range.Block].Graph.Name, index);
            used[range.Block] += range.Count;
        }
    }

    private static void Buffers(SourceWriter writer, GpuProgram program)
    {
        IReadOnlyList<GpuBufferField> fields = program.Buffers.Fields;
        writer.Line("/// <summary>What steps compute, on the device; values of the same name share memory from block to block.</summary>");
        using (writer.Open("private sealed class Buffers(GpuAccelerator accelerator)"))
        {
            foreach (GpuBufferField field in fields)
                writer.Line($"internal readonly GpuBuffer<{field.Type}> {field.Name} = new(accelerator, \"{CSharp.Camel(field.Name)}\");");
            writer.Line();
            writer.Line("/// <summary>Makes room for a batch of <paramref name=\"tokens\"/>, of which <paramref name=\"rows\"/> are asked for logits.</summary>");
            using (writer.Open("internal void Reserve(int tokens, int rows)"))
            {
                foreach (GpuBufferField field in fields)
                    writer.Line($"{field.Name}.Reserve({Length(field, program)});");
            }
        }
    }

    private static string Length(GpuBufferField field, GpuProgram program) => field.Length switch
    {
        null => $"(long){(field.IsOfLogitRows ? "rows" : "tokens")} * {field.PerToken.ToString(CultureInfo.InvariantCulture)}",
        "Bounds" => $"{program.MostExperts} + 1",
        "Tiles" => $"GpuTile.MostExpertTiles(tokens * {program.MostChosen}, {program.MostExperts})",
        _ => field.Length,
    };

    private static void EndSteps(SourceWriter writer, GpuProgram program) => GpuStepClass.Write(
        writer,
        "EndSteps",
        "Before and after the layers: kernels loaded once, launches in the order of the graph.",
        "GpuKernels",
        program.Embedding.Kernels.Concat(program.Head.Kernels).ToList(),
        hasRotary: false,
        "<TWeight>",
        [
            new GpuStepClass.Method(
                "Token ids to the hidden state of layer 0.",
                program.Embedding.Graph.Taps.IsEmpty
                    ? "internal void Embed(GpuBatch batch, Buffers buffers, EndWeights<TWeight> weights)"
                    : "internal void Embed<TObserver>(GpuBatch batch, Buffers buffers, EndWeights<TWeight> weights, ref TObserver observer)\n    where TObserver : struct, IStepObserver",
                inner =>
                {
                    if (!program.Embedding.Graph.Taps.IsEmpty)
                        inner.Line("const int layer = -1;");
                    inner.Line(Trimmed(program.Embedding));
                }),
            new GpuStepClass.Method(
                "What leaves the last layer to logits, for the tokens whose logits are asked for.",
                "internal void Head<TObserver>(GpuBatch batch, Buffers buffers, EndWeights<TWeight> weights, ref TObserver observer)\n    where TObserver : struct, IStepObserver",
                inner => HeadBody(inner, program)),
        ]);

    private static void HeadBody(SourceWriter writer, GpuProgram program)
    {
        string normed = program.Head.BufferOf(program.Head.Graph.Ops.OfType<Norm>().Single().Output);
        writer.Line("if (TObserver.IsEnabled)");
        using (writer.Indent())
            writer.Line($"GpuObservation.HiddenState(batch, buffers.Hidden, GpuKernels.HiddenSize, {program.Architecture.LayerCount}, ref observer);");
        writer.Line("if (batch.LogitRows == 0)");
        using (writer.Indent())
            writer.Line("return;");
        writer.Line();
        writer.Line(Trimmed(program.Head));
        writer.Line("if (TObserver.IsEnabled)");
        using (writer.Indent())
            writer.Line($"GpuObservation.FinalNorm(batch, buffers.{normed}, GpuKernels.HiddenSize, ref observer);");
    }

    private static void BlockSteps(SourceWriter writer, GpuProgram program, GpuScope scope) => GpuStepClass.Write(
        writer,
        scope.Graph.Name + "LayerSteps",
        $"One layer of {scope.Graph.Name}: kernels loaded once, launches in the order of the graph.",
        scope.KernelClass,
        scope.Kernels,
        hasRotary: program.RotationOf(scope.Graph) is not null,
        Formats,
        [
            new GpuStepClass.Method(
                "hidden of one layer to hidden of the next, for all tokens of the batch.",
                $"internal void Run<TObserver>(\n    GpuBatch batch, Buffers buffers, {scope.Graph.Name}LayerWeights<TWeight> weights, int layer, ref TObserver observer)\n    where TObserver : struct, IStepObserver",
                inner =>
                {
                    inner.Line("if (TObserver.IsEnabled)");
                    using (inner.Indent())
                        inner.Line($"GpuObservation.HiddenState(batch, buffers.Hidden, {scope.KernelClass}.HiddenSize, layer, ref observer);");
                    inner.Line();
                    inner.Line(Trimmed(scope));
                }),
        ]);

    // A layer's shared weights are those that were loaded with the ends.
    private static string Shared(GpuProgram program, string block) =>
        program.Blocks.First(scope => scope.Graph.Name == block).Graph.Weights.Any(weight => weight.IsShared) ? ", _endWeights" : "";

    private static string Trimmed(GpuScope scope) => scope.Launches.ToString().Trim('\n');

    private static string Field(string block) => "_" + CSharp.Camel(block) + "Layer";
}
