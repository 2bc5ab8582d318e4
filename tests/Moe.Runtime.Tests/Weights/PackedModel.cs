using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Tests.Checkpoints;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Weights;

/// <summary>A model in small: a weight of each kind that a loader gives, asked for in a fixed order, as an emitted class does.</summary>
internal sealed unsafe class PackedModel : IDisposable
{
    private const int Experts = 3;

    private readonly IReadOnlyList<IDisposable> _packed;

    internal PackedModel(WeightLoader load, int width = 40)
    {
        Embedding = load.Matrix(TensorRole.Embedding, "embedding", 37, width);
        Attention = load.Stack(TensorRole.Attention, width, ("query", 24), ("key", 8));
        Bias = load.StackVectors(("query_bias", 24), (null, 8));
        KeyUp = load.HeadsTransposed(TensorRole.Attention, "latent", 2, 12, 0, 5, width);
        ValueUp = load.Heads(TensorRole.Attention, "latent", 2, 12, 5, 7, width);
        Router = load.Matrix(TensorRole.Router, "router", Experts, width);
        GateUp = load.ExpertGateUp(TensorRole.Experts, Experts, Gate, Up, 20, width);
        Down = load.Experts(TensorRole.Experts, Experts, expert => $"experts.{expert}.down", width, 20);
        Codes = load.ExpertVectorRows(Experts, Gate, 20, width);
        Variances = load.RowVariances(Experts, Gate, 20, width);
        Table = load.Indices("table", 6, 2, Experts);
        _packed = load.Detach();

        TensorPart Gate(int expert) => new("gate_up") { Matrix = expert, MatrixRows = 40, GroupRows = 1, GroupStride = 2 };
        TensorPart Up(int expert) => new("gate_up") { Matrix = expert, MatrixRows = 40, FirstRow = 1, GroupRows = 1, GroupStride = 2 };
    }

    internal PackedMatrix Embedding { get; }

    internal PackedMatrix Attention { get; }

    internal PackedVector Bias { get; }

    internal PackedMatrix KeyUp { get; }

    internal PackedMatrix ValueUp { get; }

    internal PackedMatrix Router { get; }

    internal PackedMatrix GateUp { get; }

    internal PackedMatrix Down { get; }

    internal PackedVector Codes { get; }

    internal PackedVector Variances { get; }

    internal PackedIndices Table { get; }

    /// <summary>The weights in the order in which they are asked for, as their bytes.</summary>
    internal IEnumerable<byte[]> Bytes =>
    [
        Of(Embedding), Of(Attention), Of(Bias), Of(KeyUp), Of(ValueUp), Of(Router), Of(GateUp), Of(Down), Of(Codes), Of(Variances),
        new ReadOnlySpan<byte>(Table.Values, (int)Table.Bytes).ToArray(),
    ];

    /// <summary>Normal numbers under the names that the model asks for; indices that follow from the row.</summary>
    /// <param name="change">Changes a tensor's elements, by its name.</param>
    internal static TensorSource Checkpoint(TemporaryFolder folder, Action<string, float[]>? change = null)
    {
        var random = new Random(5);
        var file = new SafetensorsBuilder();
        foreach ((string name, long[] shape) in Shapes())
        {
            float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size)).Select(_ => (float)(random.NextDouble() - 0.5))];
            change?.Invoke(name, values);
            file.Add(name, "F32", shape, values);
        }

        file.Add("table", "I32", [6, 2], [.. Enumerable.Range(0, 12).Select(index => index % Experts)]);
        return CheckpointTensors.Open(folder.Write("model.safetensors", file.Build()));
    }

    /// <summary>Converts into memory.</summary>
    internal static PackedModel Convert(TensorSource source, WeightFormats? formats)
    {
        using var load = new WeightLoader(source, formats, null);
        return new PackedModel(load);
    }

    /// <summary>Converts into a packed file.</summary>
    internal static void Pack(TensorSource source, string path, WeightFormats? formats, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var writer = new PackedFileWriter(path, "Small");
        using (var load = new WeightLoader(new PackingStore(new TensorReader(source, formats, progress, cancellation), writer, cancellation)))
        using (new PackedModel(load))
        {
        }

        writer.Complete();
        writer.Publish();
    }

    /// <summary>Takes the weights out of a packed file.</summary>
    internal static PackedModel Load(string path, WeightFormats? formats = null)
    {
        using var load = new WeightLoader(new MappedStore(PackedFile.Open(path), "Small", formats));
        return new PackedModel(load);
    }

    /// <summary>The entries of a packed file.</summary>
    internal static PackedEntry[] Entries(string path)
    {
        using PackedFile file = PackedFile.Open(path);
        return [.. file.Table.Entries];
    }

    public void Dispose()
    {
        foreach (IDisposable packed in _packed)
            packed.Dispose();
    }

    private static byte[] Of(PackedMatrix matrix) => new ReadOnlySpan<byte>(matrix.Matrix(0), (int)matrix.Bytes).ToArray();

    private static byte[] Of(PackedVector vector) => new ReadOnlySpan<byte>(vector.Values, (int)vector.Bytes).ToArray();

    private static IEnumerable<(string Name, long[] Shape)> Shapes()
    {
        yield return ("embedding", [37, 40]);
        yield return ("query", [24, 40]);
        yield return ("key", [8, 40]);
        yield return ("query_bias", [24]);
        yield return ("latent", [24, 40]);
        yield return ("router", [Experts, 40]);
        yield return ("gate_up", [Experts, 40, 40]);
        for (int expert = 0; expert < Experts; expert++)
            yield return ($"experts.{expert}.down", [40, 20]);
    }
}
