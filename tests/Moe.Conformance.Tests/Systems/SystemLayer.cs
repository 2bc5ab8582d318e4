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
using Moe.Generators.Emit;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>What a layer computed, by the interpreter in double precision and by emitted code in float32.</summary>
/// <param name="Rows">The interpreter's output, [token][HiddenSize].</param>
/// <param name="Emitted">The emitted code's.</param>
/// <param name="Trace">What the interpreter's routers decided.</param>
/// <param name="Recording">What the emitted ones did.</param>
internal sealed record LayerAnswer(double[][] Rows, float[][] Emitted, Trace Trace, Recording Recording)
{
    /// <summary>Experts and weights of a token, empty slots left out.</summary>
    public (int Expert, double Weight)[] Choice(int token, int layer = 0)
    {
        Decision decision = Trace.Decisions[(layer, token)];
        return [.. decision.Chosen.Zip(decision.Weights).Where(slot => slot.First >= 0)];
    }

    /// <summary>Experts of a token, in ascending order.</summary>
    public int[] Experts(int token, int layer = 0) => [.. Choice(token, layer).Select(slot => slot.Expert).Order()];
}

/// <summary>A declared layer with weights of its test, run by the interpreter and by emitted code at once.</summary>
internal sealed class SystemLayer
{
    private readonly string _name;
    private readonly Dictionary<(string Role, int Layer, int Expert), float[]> _set = [];

    /// <summary>The layer of that class name.</summary>
    public SystemLayer(string name)
    {
        _name = name;
        Architecture = SystemAssembly.Architecture(name);
        Graph = GraphBuilder.Build(Architecture);
    }

    /// <summary>What the class declares.</summary>
    public MoeArchitecture Architecture { get; }

    /// <summary>Its graphs.</summary>
    public ModelGraph Graph { get; }

    /// <summary>Width of a row.</summary>
    public int HiddenSize => Architecture.HiddenSize;

    /// <summary>A constant of the emitted class.</summary>
    public long Constant(string name) => SystemAssembly.Constant(_name, name);

    /// <summary>Sets a weight, of all layers and experts unless they are named.</summary>
    public SystemLayer Set(string role, IEnumerable<double> elements, int layer = -1, int expert = -1)
    {
        if (!Graph.Blocks.Single().Weights.Any(weight => weight.Role == role))
            throw new ArgumentException($"{_name} has no {role}, but {string.Join(", ", Graph.Blocks.Single().Weights.Select(weight => weight.Role))}.");
        _set[(role, layer, expert)] = [.. elements.Select(element => (float)element)];
        return this;
    }

    /// <summary>Sets every weight of a role to one number.</summary>
    public SystemLayer Fill(string role, double element, int layer = -1, int expert = -1)
    {
        Weight weight = Graph.Blocks.Single().Weights.Single(weight => weight.Role == role);
        return Set(role, Enumerable.Repeat(element, weight.Rows * weight.Columns), layer, expert);
    }

    /// <summary>Sets a linear router such that a row whose first element is 1 and whose others are 0 has these logits; see <see cref="FirstUnit"/>.</summary>
    public SystemLayer Logits(params double[] logits) => Set("Router", logits.SelectMany(z => Enumerable.Range(0, HiddenSize).Select(column => column == 0 ? z : 0)));

    /// <summary>So many rows of (1, 0, 0, …).</summary>
    public double[][] FirstUnit(int tokens = 1) => [.. Enumerable.Range(0, tokens).Select(_ => Enumerable.Range(0, HiddenSize).Select(i => i == 0 ? 1.0 : 0.0).ToArray())];

    /// <summary>Random rows that are float32 numbers.</summary>
    public double[][] Tokens(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, HiddenSize).Select(_ => (double)(float)((random.NextDouble() * 2) - 1)).ToArray())];
    }

    /// <summary>Elements of a weight: what was set, else random ones that depend on role, layer and expert.</summary>
    public double[] Weight(string role, int expert = -1, int layer = 0)
    {
        Weight weight = Graph.Blocks.Single().Weights.Single(weight => weight.Role == role);
        return Array.ConvertAll(Elements(layer, weight, weight.Experts == 0 ? -1 : expert), element => (double)element);
    }

    /// <summary>Runs a stack of layers and requires that emitted code agrees with the interpreter.</summary>
    /// <param name="input">[token][HiddenSize].</param>
    /// <param name="layers">Depth of the stack.</param>
    /// <param name="routing">What the request says; the same for every layer.</param>
    /// <param name="tags">A tag for all tokens.</param>
    /// <param name="ids">Token ids.</param>
    public LayerAnswer Run(double[][] input, int layers = 1, RoutingOptions? routing = null, int tags = 0, int[]? ids = null)
    {
        var settings = new RequestSettings();
        settings.Tags[0] = tags;
        if (routing is not null)
        {
            settings.Seeds[0] = routing.Seed;
            settings.Ranks[0] = (routing.FirstRank, routing.TopK);
            if (routing.Bias is { } bias)
                settings.Bias[0] = [.. bias.Select(number => (double)number)];
        }

        var trace = new Trace();
        double[][] rows = LayerRun.Interpret(
            Graph, input, LayerRun.Places(input.Length, input.Length), layers,
            (layer, weight, expert) => Array.ConvertAll(Elements(layer, weight, expert), element => (double)element), trace, settings, ids);

        var recording = new Recording();
        float[][] emitted = Emit(input, layers, (routing ?? new RoutingOptions()) with { Tag = tags }, ids ?? [], recording);
        var answer = new LayerAnswer(rows, emitted, trace, recording);
        Compare(answer, layers);
        return answer;
    }

    /// <summary>Loads one layer of the emitted class, with the weights of this one.</summary>
    public IMoeLayer Load(int layer = 0, LoadOptions? options = null)
    {
        string folder = Directory.CreateTempSubdirectory("system").FullName;
        try
        {
            string path = Path.Combine(folder, "layer.safetensors");
            SafetensorsWriter.Write(path, Tensors(layer));
            return SystemAssembly.Layer(_name).Load(path, "", layer, options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private float[][] Emit(double[][] input, int layers, RoutingOptions routing, int[] ids, Recording recording)
    {
        float[] rows = [.. input.SelectMany(row => row).Select(element => (float)element)];
        float[] state = [];
        recording.BeginStep([.. Enumerable.Range(0, input.Length)]);
        for (int number = 0; number < layers; number++)
        {
            using IMoeLayer layer = Load(number);
            var observer = new RecordingObserver(recording);
            var next = new float[input.Length * layer.Shape.StateSize];
            layer.Forward(rows, rows, new LayerCall { State = state, NewState = next, Routing = routing, TokenIds = layer.Shape.VocabularySize > 0 ? ids : [] }, ref observer);
            state = next;
        }

        return [.. rows.Chunk(HiddenSize)];
    }

    private static void Compare(LayerAnswer answer, int layers)
    {
        for (int token = 0; token < answer.Rows.Length; token++)
            Numbers.Near(answer.Rows[token], answer.Emitted[token], 1e-5 * layers, $"emitted row {token}");
        foreach (((int Layer, int Token) at, Decision decision) in answer.Trace.Decisions)
        {
            int[] used = [.. answer.Recording.Chosen[at].Where(expert => expert >= 0).Order()];
            Assert.Equal(decision.Chosen.Where(expert => expert >= 0).Order(), used);
            Numbers.Near(
                [.. used.Select(expert => decision.Weights[Array.IndexOf(decision.Chosen, expert)])],
                [.. used.Select(expert => answer.Recording.Weights[at][Array.IndexOf(answer.Recording.Chosen[at], expert)])], 1e-5 * layers, $"emitted weights {at}");
        }
    }

    private IEnumerable<(string Name, long[] Shape, float[] Elements, bool AreIndices)> Tensors(int layer)
    {
        Graph graph = Graph.Blocks.Single();
        var places = new WeightPlaces(Architecture, graph);
        foreach (Weight weight in graph.Weights)
        {
            for (int expert = 0; expert < Math.Max(1, weight.Experts); expert++)
            {
                string name = places.PlaceOf(weight).Pattern.Replace("{expert}", expert.ToString(CultureInfo.InvariantCulture));
                yield return (name, weight.IsVector ? [weight.Rows] : [weight.Rows, weight.Columns], Elements(layer, weight, weight.Experts == 0 ? -1 : expert), weight.Kind == WeightKind.Indices);
            }
        }
    }

    private float[] Elements(int layer, Weight weight, int expert)
    {
        if (weight.IsShared)
            layer = 0;
        foreach ((string, int, int) key in new[] { (weight.Role, layer, expert), (weight.Role, -1, expert), (weight.Role, layer, -1), (weight.Role, -1, -1) })
        {
            if (_set.TryGetValue(key, out float[]? elements))
                return elements;
        }

        // Not string.GetHashCode, which changes from run to run.
        int seed = weight.Role.Aggregate(17, (sum, letter) => (sum * 31) + letter);
        var random = new Random(seed + (layer * 1009) + (expert * 9176));
        double around = weight.Kind == WeightKind.Norm ? 1 : 0;
        return weight.Kind == WeightKind.Indices
            ? [.. Enumerable.Range(0, weight.Rows * weight.Columns).Select(_ => (float)random.Next(weight.Bound))]
            : [.. Enumerable.Range(0, weight.Rows * weight.Columns).Select(_ => (float)(around + random.NextDouble() - 0.5))];
    }
}
