using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Golden;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>Experts that are slices of one dense network (UoE, SPT), read from a checkpoint that stores the network.</summary>
public sealed partial class SlicedExpertTests : IClassFixture<SlicedExpertTests.Compiled>, IDisposable
{
    private const int Hidden = 10;
    private const int Slices = 4;
    private const int Width = 6;
    private const double Tolerance = 1e-5;

    private static readonly int[][] _sequences = [[1, 7, 29, 3, 3], [0]];

    private readonly Compiled _compiled;
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-sliced-").FullName;

    /// <summary>Tests of one assembly.</summary>
    public SlicedExpertTests(Compiled compiled) => _compiled = compiled;

    /// <summary>The declarations, compiled once.</summary>
    public sealed class Compiled : IDisposable
    {
        internal CompiledAssembly Assembly { get; } = CompiledAssembly.Compile([Source]);

        /// <inheritdoc/>
        public void Dispose() => Assembly.Dispose();
    }

    private string File => Path.Combine(_folder, "model.safetensors");

    [Theory]
    [InlineData("DenseModel", "AllModel", "model.layers.1.mlp.down_proj.weight 12x24")]
    [InlineData("NamedDenseModel", "NamedAllModel", "outer.1 24x12")]
    [InlineData("FusedDenseModel", "FusedAllModel", "inner.1 48x12")]
    public void AllSlicesWithWeightOne_OfADenseModelsFile_GiveTheDenseModelsLogits(string dense, string sliced, string tensor)
    {
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Sliced." + sliced);
        ModelGraph graph = GraphBuilder.Build(architecture);
        using var random = new RandomTensors(5, CheckpointWeights.Required(architecture, graph));
        string[] shapes = [.. random.Tensors.Select(own => $"{own.Name} {string.Join("x", own.Shape)}")];
        Assert.Contains(tensor, shapes);
        Assert.DoesNotContain(shapes, shape => shape.Contains("expert", StringComparison.Ordinal));
        SafetensorsWriter.Write(File, random, (_, values) => values);

        // The dense model's file is that one without the router.
        string denseFolder = Directory.CreateDirectory(Path.Combine(_folder, "dense")).FullName;
        SafetensorsWriter.Write(Path.Combine(denseFolder, "model.safetensors"), random.Tensors.Where(own => !own.Name.EndsWith("mlp.gate.weight", StringComparison.Ordinal)).Select(own =>
        {
            var elements = new float[own.ElementCount];
            random.Read(own.Name, 0, elements);
            return (own.Name, own.Shape.ToArray(), elements);
        }));
        using ICompiledModel whole = _compiled.Assembly.Model("Sliced." + dense).Load(denseFolder);
        using ICompiledModel slices = _compiled.Assembly.Model("Sliced." + sliced).Load(_folder);
        Recording expected = EmittedRun.Run(whole, _sequences, EmittedRun.AtOnce);
        Recording actual = EmittedRun.Run(slices, _sequences, EmittedRun.AtOnce);
        for (int token = 0; token < expected.Logits.Length; token++)
            Numbers.Near(Array.ConvertAll(expected.Logits[token], logit => (double)logit), actual.Logits[token], Tolerance, $"logits of token {token}");

        // And the interpreter, which reads the file by itself.
        using CheckpointTensors tensors = CheckpointTensors.Open(_folder);
        Trace trace = new GraphInterpreter(architecture, graph, CheckpointWeights.Of(tensors, architecture, graph)).Run(_sequences);
        Agreement.Check(trace, actual);

        // Invented weights are those of the same tensors.
        using ICompiledModel invented = _compiled.Assembly.Model("Sliced." + sliced).CreateRandom(5);
        SameBits.Check("invented", actual, EmittedRun.Run(invented, _sequences, EmittedRun.AtOnce));
    }

    [Fact]
    public void AllSlicesWithWeightOne_OfALayerWithBiases_GiveTheDenseLayer()
    {
        Write("AllLayer");
        float[] rows = Rows(7);
        float[] expected = Run("DenseLayer", File, rows, out _);
        Near(expected, Run("AllLayer", File, rows, out _));

        // What is saved is the dense network again.
        string copy = Path.Combine(_folder, "copy.safetensors");
        using (IMoeLayer layer = _compiled.Assembly.Layer("Sliced.AllLayer").Load(File))
            layer.Save(copy);
        Assert.Equal(expected, Run("DenseLayer", copy, rows, out _));
    }

    [Fact]
    public void ChosenSlices_AreThoseRowsAndColumnsOfTheNetwork()
    {
        Dictionary<string, double[]> file = Write("SomeLayer");
        float[] rows = Rows(9);
        float[] actual = Run("SomeLayer", File, rows, out Recording recording);
        for (int token = 0; token < 9; token++)
        {
            double[] x = [.. rows.AsSpan(token * Hidden, Hidden).ToArray().Select(element => (double)element)];
            double[] expected = [.. file["down_proj.bias"]];
            for (int slot = 0; slot < 2; slot++)
            {
                int expert = recording.Chosen[(0, token)][slot];
                Assert.InRange(expert, 0, Slices - 1);
                for (int unit = expert * Width; unit < (expert + 1) * Width; unit++)
                {
                    double gate = file["gate_proj.bias"][unit];
                    double up = file["up_proj.bias"][unit];
                    for (int i = 0; i < Hidden; i++)
                    {
                        gate += file["gate_proj.weight"][(unit * Hidden) + i] * x[i];
                        up += file["up_proj.weight"][(unit * Hidden) + i] * x[i];
                    }

                    for (int i = 0; i < Hidden; i++)
                        expected[i] += recording.Weights[(0, token)][slot] * file["down_proj.weight"][(i * Slices * Width) + unit] * Numbers.SiLU(gate) * up;
                }
            }

            Numbers.Near(expected, actual.AsSpan(token * Hidden, Hidden).ToArray(), Tolerance, $"token {token}");
        }
    }

    [Fact]
    public void TwoSlicedNetworksOfOneLayer_AreTwoTensorsEach()
    {
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Sliced.TwoNetworks");
        string[] shapes = [.. CheckpointWeights.Required(architecture, GraphBuilder.Build(architecture)).Select(tensor => $"{tensor.Name} {string.Join("x", tensor.Shape)}").Order(StringComparer.Ordinal)];
        Assert.Equal(["down_proj.weight 10x24", "gate.weight 7x10", "up_proj.weight 24x10", "wide.down_proj.weight 10x18", "wide.gate_proj.weight 18x10", "wide.up_proj.weight 18x10"], shapes);

        AgreesWithTheInterpreter("TwoNetworks", architecture);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(7)]
    [InlineData(1)]
    public void SlicesThatChooseHalfOfTheTokens_GiveTheirPartOfTheDenseNetwork(int tokens)
    {
        Dictionary<string, double[]> file = Write("UnionLayer");
        float[] rows = Rows(tokens);
        float[] actual = Run("UnionLayer", File, rows, out Recording recording);
        int[] taken = new int[Slices];
        for (int token = 0; token < tokens; token++)
        {
            var expected = new double[Hidden];
            foreach (int expert in recording.Chosen[(0, token)].Where(expert => expert >= 0))
            {
                taken[expert]++;
                for (int unit = expert * Width; unit < (expert + 1) * Width; unit++)
                {
                    double up = 0;
                    for (int i = 0; i < Hidden; i++)
                        up += file["up_proj.weight"][(unit * Hidden) + i] * rows[(token * Hidden) + i];
                    for (int i = 0; i < Hidden; i++)
                        expected[i] += file["down_proj.weight"][(i * Slices * Width) + unit] * Math.Max(0, up);
                }
            }

            Numbers.Near(expected, actual.AsSpan(token * Hidden, Hidden).ToArray(), Tolerance, $"token {token}");
        }

        // An expert takes at least one.
        Assert.All(taken, count => Assert.Equal(Math.Max(1, tokens / 2), count));
    }

    [Fact]
    public void GroupsNamedLikeOtherParts_KeepTheirTensorsApart()
    {
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Sliced.NamesOfOthers");
        string[] shapes = [.. CheckpointWeights.Required(architecture, GraphBuilder.Build(architecture)).Select(tensor => $"{tensor.Name} {string.Join("x", tensor.Shape)}")];
        Assert.Equal(shapes.Length, shapes.Distinct().Count());
        Assert.Superset(
            new HashSet<string>(["expert.up_proj.weight 6x8", "expert.up_proj.bias 6", "expert.down_proj.bias 8", "router.down_proj.weight 8x10", "dispatch.up_proj.weight 12x8", "dispatch_up.weight 10x8", "experts.1.up_proj.weight 4x8"]),
            new HashSet<string>(shapes));

        AgreesWithTheInterpreter("NamesOfOthers", architecture);
    }

    [Fact]
    public void ADenseNetworkOfAnotherWidth_IsRefusedWithItsTensor()
    {
        SafetensorsWriter.Write(File, Write("SomeLayer").Select(tensor =>
        {
            // One unit more than the slices make up.
            long[] shape = tensor.Key switch
            {
                "down_proj.weight" => [Hidden, (Slices * Width) + 1],
                "gate.weight" => [Slices, Hidden],
                "down_proj.bias" => [Hidden],
                _ when tensor.Key.EndsWith("bias", StringComparison.Ordinal) => [Slices * Width],
                _ => [Slices * Width, Hidden],
            };
            return (tensor.Key, shape, new float[shape.Aggregate(1L, (product, size) => product * size)]);
        }));
        CheckpointException refused = Assert.Throws<CheckpointException>(() => _compiled.Assembly.Layer("Sliced.SomeLayer").Load(File));
        Assert.Contains("down_proj.weight", refused.Message, StringComparison.Ordinal);
        Assert.Contains("25", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Costs_OfSlices_CountTheNetworkOnceAndOfATokenWhatItsSlicesHold()
    {
        // Up and gate with biases, down, its bias and the router.
        const int Once = Hidden + (Slices * Hidden);
        const int Slice = (3 * Width * Hidden) + (2 * Width);
        Assert.Equal(Once + (Slices * Slice), Constant("TotalParameters"));
        Assert.Equal(Once + (2 * Slice), Constant("ActiveParameters"));

        long Constant(string name) => Convert.ToInt64(_compiled.Assembly.Layer("Sliced.SomeLayer").Type.GetField(name)!.GetRawConstantValue(), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Writes random tensors of a layer, and gives them.
    private Dictionary<string, double[]> Write(string name)
    {
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Sliced." + name);
        var elements = new Dictionary<string, double[]>();
        using var random = new RandomTensors(9, CheckpointWeights.Required(architecture, GraphBuilder.Build(architecture)));
        var draw = new Random(4);
        SafetensorsWriter.Write(File, random, (tensor, values) =>
        {
            // Biases too are to differ from 0.
            float[] drawn = [.. values.Select(_ => (float)(draw.NextDouble() - 0.5))];
            elements[tensor] = Array.ConvertAll(drawn, element => (double)element);
            return drawn;
        });
        return elements;
    }

    // Which finds every element of the file by itself.
    private void AgreesWithTheInterpreter(string name, MoeArchitecture architecture)
    {
        Write(name);
        float[] rows = Rows(5);
        ModelGraph graph = GraphBuilder.Build(architecture);
        using CheckpointTensors tensors = CheckpointTensors.Open(_folder);
        double[][] expected = LayerRun.Interpret(
            graph, [.. rows.Chunk(Hidden).Select(row => Array.ConvertAll(row, element => (double)element))], LayerRun.Places(5, 5), 1, CheckpointWeights.Of(tensors, architecture, graph), new Trace());
        Assert.Contains(expected, row => row.Any(element => Math.Abs(element) > 0.01));
        Numbers.Near([.. expected.SelectMany(row => row)], Run(name, File, rows, out _), Tolerance);
    }

    private float[] Run(string name, string path, float[] rows, out Recording recording)
    {
        using IMoeLayer layer = _compiled.Assembly.Layer("Sliced." + name).Load(path);
        var answers = new float[rows.Length];
        recording = new Recording();
        recording.BeginStep([.. Enumerable.Range(0, rows.Length / Hidden)]);
        var observer = new RecordingObserver(recording);
        layer.Forward(rows, answers, new LayerCall(), ref observer);
        return answers;
    }

    private static float[] Rows(int count)
    {
        var random = new Random(8);
        return [.. Enumerable.Range(0, count * Hidden).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    private static void Near(float[] expected, float[] actual) =>
        Numbers.Near(Array.ConvertAll(expected, element => (double)element), actual, Tolerance);
}
