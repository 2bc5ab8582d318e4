using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Emit;
using Moe.Generators.Ir;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Golden;

/// <summary>Emitted [MoeLayer] code against vectors of the original research codes, as the interpreter is.</summary>
public sealed class EmittedLayerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layers").FullName;

    /// <summary>Every case beside the tests.</summary>
    public static TheoryData<string> Cases() => [.. LayerCase.Names];

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void EmittedLayer_OnALayerOfTheLiterature_AgreesWithTheOriginal(string name)
    {
        LayerCase source = LayerCase.Read(name);
        LayerDeclaration declaration = LayerDeclarations.All[name];
        string path = WriteCheckpoint(source, declaration);
        using CompiledAssembly assembly = CompiledAssembly.Compile([declaration.Source]);
        CompiledLayer compiled = assembly.Layer("Golden.Layer");

        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            var recording = new Recording();
            float[] output = Run(compiled, path, source, new LoadOptions { Threads = threads }, recording);
            if (first is null)
            {
                LayerComparison.Check(
                    source,
                    [.. output.Chunk(LayerCase.HiddenSize).Select(row => Array.ConvertAll(row, element => (double)element))],
                    (layer, token) => new Decision
                    {
                        Logits = Array.ConvertAll(recording.RouterLogits[(layer, token)], element => (double)element),
                        Chosen = recording.Chosen[(layer, token)],
                        Weights = Array.ConvertAll(recording.Weights[(layer, token)], element => (double)element),
                    });
            }

            Assert.Equal(MemoryMarshal.AsBytes((first ??= output).AsSpan()).ToArray(), MemoryMarshal.AsBytes(output.AsSpan()).ToArray());
        }
    }

    [Fact]
    public void EmittedLayer_SavedAndLoaded_GivesTheSameBits()
    {
        LayerDeclaration declaration = LayerDeclarations.All["moe_plus_plus-softmax"];
        using CompiledAssembly assembly = CompiledAssembly.Compile([declaration.Source]);
        CompiledLayer compiled = assembly.Layer("Golden.Layer");
        using IMoeLayer random = compiled.CreateRandom(5);
        string path = Path.Combine(_folder, "saved.safetensors");
        random.Save(path, "blocks.7.");
        using IMoeLayer loaded = compiled.Load(path, "blocks.7.");

        float[] input = [.. Enumerable.Range(0, 3 * LayerCase.HiddenSize).Select(i => MathF.Sin(i))];
        var expected = new float[input.Length];
        random.Forward(input, expected);
        loaded.Forward(input, input);
        Assert.Equal(expected, input);
        Assert.Equal(["saved.safetensors"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void EmittedLayer_OneTokenAtATime_GivesTheSameBitsAndState()
    {
        LayerDeclaration declaration = LayerDeclarations.All["rmoe-gru"];
        using CompiledAssembly assembly = CompiledAssembly.Compile([declaration.Source]);
        using IMoeLayer layer = assembly.Layer("Golden.Layer").CreateRandom(3);
        const int Tokens = 7;
        int hidden = layer.Shape.HiddenSize;
        int size = layer.Shape.StateSize;
        Assert.Equal(20, size);
        float[] input = [.. Enumerable.Range(0, Tokens * hidden).Select(i => MathF.Cos(0.7f * i))];
        float[] state = [.. Enumerable.Range(0, Tokens * size).Select(i => MathF.Sin(0.3f * i))];
        var output = new float[input.Length];
        var newState = new float[state.Length];
        layer.Forward(input, output, new LayerCall { State = state, NewState = newState });

        var row = new float[hidden];
        var rowState = new float[size];
        for (int token = 0; token < Tokens; token++)
        {
            layer.Forward(
                input.AsSpan(token * hidden, hidden), row, new LayerCall { State = state.AsSpan(token * size, size), NewState = rowState });
            Assert.Equal(output.AsSpan(token * hidden, hidden).ToArray(), row);
            Assert.Equal(newState.AsSpan(token * size, size).ToArray(), rowState);
        }

        layer.Forward([], []);
    }

    [Fact]
    public void EmittedLayer_CalledWrongly_SaysWhatIsExpectedAndFound()
    {
        LayerDeclaration declaration = LayerDeclarations.All["rmoe-gru"];
        using CompiledAssembly assembly = CompiledAssembly.Compile([declaration.Source]);
        using IMoeLayer layer = assembly.Layer("Golden.Layer").CreateRandom(3);
        var rows = new float[64];
        Expect("input has 40 numbers, no multiple of the 32", () => layer.Forward(new float[40], new float[40]));
        Expect("output has 32 numbers and input 64", () => layer.Forward(rows, new float[32]));
        Expect("State has 20 numbers; 2 tokens of Layer have 40", () => layer.Forward(rows, rows, new LayerCall { State = new float[20] }));
        Expect("SequenceLengths add up to 1 and there are 2 tokens", () => layer.Forward(rows, rows, new LayerCall { SequenceLengths = [1] }));
        Expect("Tags is 1, and Layer has no tags", () => layer.Forward(rows, rows, new LayerCall { Tags = [0, 1] }));

        static void Expect(string message, Action call) => Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);
    }

    private static float[] Run(CompiledLayer compiled, string path, LayerCase source, LoadOptions options, Recording recording)
    {
        float[] rows = [.. source["x"]];
        int tokens = rows.Length / LayerCase.HiddenSize;
        float[] state = [];
        for (int number = 0; number < source.Layers; number++)
        {
            using IMoeLayer layer = compiled.Load(path, $"layers.{number}.", number, options);
            recording.BeginStep([.. Enumerable.Range(0, tokens)]);
            var observer = new RecordingObserver(recording);
            var next = new float[tokens * layer.Shape.StateSize];
            var output = new float[rows.Length];
            layer.Forward(
                rows, output, new LayerCall { SequenceLengths = [LayerCase.TokensPerSequence, LayerCase.TokensPerSequence], State = state, NewState = next }, ref observer);
            (rows, state) = (output, next);
        }

        return rows;
    }

    // The original's weights under the names that a native layer has, a prefix for each layer of the stack.
    private string WriteCheckpoint(LayerCase source, LayerDeclaration declaration)
    {
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([declaration.Source]), "Golden.Layer");
        Graph graph = GraphBuilder.Build(architecture).Blocks.Single();
        var places = new WeightPlaces(architecture, graph);
        var tensors = new List<(string, long[], float[])>();
        for (int layer = 0; layer < source.Layers; layer++)
        {
            foreach (Weight weight in graph.Weights)
            {
                for (int expert = 0; expert < Math.Max(1, weight.Experts); expert++)
                {
                    string name = places.PlaceOf(weight).Pattern.Replace("{expert}", expert.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    long[] shape = weight.IsVector ? [weight.Rows] : [weight.Rows, weight.Columns];
                    tensors.Add(($"layers.{layer}.{name}", shape, declaration.Weights(source, layer, weight, weight.Experts == 0 ? -1 : expert)));
                }
            }
        }

        string path = Path.Combine(_folder, "layers.safetensors");
        SafetensorsWriter.Write(path, tensors);
        return path;
    }
}
