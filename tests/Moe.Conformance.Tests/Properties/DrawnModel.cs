using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Declarations;
using Moe.Conformance.Tests.Functions;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Ir;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Properties;

/// <summary>A random small model and what it is run on.</summary>
/// <param name="Architecture">The model.</param>
/// <param name="Seed">Of its weights.</param>
/// <param name="Sequences">Token ids of each sequence.</param>
internal sealed record DrawnModel(MoeArchitecture Architecture, ulong Seed, IReadOnlyList<int[]> Sequences)
{
    /// <summary>The formats in groups that emitted code holds the weights in, so that products round their inputs to 8 bits; null: exactly.</summary>
    public WeightFormats? Formats { get; init; }

    /// <summary>Its declaration as a source file.</summary>
    public string Source(string space)
    {
        ScalarFunction[] functions = Architecture.Blocks.SelectMany(FunctionsOf).DistinctBy(function => function.Name).ToArray();
        string text = DeclarationFromArchitecture.Write(Architecture).File(space);
        return functions.Length == 0 ? text : text + "\n" + FunctionSource.Class("Functions", functions);
    }

    private static IEnumerable<ScalarFunction> FunctionsOf(BlockArchitecture block)
    {
        ExpertShape?[] shapes = block.FeedForward is ExpertFeedForward experts
            ? [.. experts.Groups.OfType<FeedForwardExperts>().Select(group => group.Shape), .. experts.Groups.OfType<LoraExperts>().Select(group => group.Frozen), experts.Shared?.Shape]
            : [((DenseFeedForward)block.FeedForward).Shape];
        return shapes.Select(shape => shape?.Function).OfType<ScalarFunction>();
    }

    /// <summary>Its unfused graph.</summary>
    public ModelGraph Graph => GraphBuilder.Build(Architecture);

    /// <summary>Runs a graph of it through the interpreter, with the weights that CreateRandom(Seed) gives.</summary>
    public Trace Interpret(ModelGraph graph) => Interpret(graph, weights => weights, null);

    /// <summary>
    /// The same with every weight moved up or down, as a seed draws, the given choices forced: by 2⁻²³ of itself, and where products round their inputs
    /// to 8 bits by what a step is of the largest input: 1/127, 1.28 times that in the mean over groups of normal numbers, whose neighbours share a bound.
    /// </summary>
    public Trace InterpretMoved(ModelGraph graph, IReadOnlyDictionary<(int Layer, int Token), int[]> forced, int seed)
    {
        var random = new Random(seed);
        double step = Formats is null ? 1.2e-7 : 1.0e-2;
        return Interpret(graph, weights => Array.ConvertAll(weights, weight => weight * (1 + (random.Next(2) == 0 ? step : -step))), forced);
    }

    private Trace Interpret(ModelGraph graph, Func<double[], double[]> change, IReadOnlyDictionary<(int Layer, int Token), int[]>? forced)
    {
        using var tensors = new RandomTensors(Seed, CheckpointWeights.Required(Architecture, GraphBuilder.Build(Architecture)));
        WeightSource read = CheckpointWeights.Of(tensors, Architecture, graph);
        if (Formats is not null)
            read = RoundedWeights.Of(read, Architecture, graph, Formats);
        var changed = new Dictionary<(int, string, int), double[]>();
        WeightSource weights = (layer, weight, expert) =>
        {
            // A shared or a tied weight is one weight, and indices stay what they are.
            (int, string, int) key = (weight.IsShared || weight.Kind == WeightKind.Embedding ? -1 : layer, weight.Role, expert);
            if (!changed.TryGetValue(key, out double[]? elements))
                changed[key] = elements = weight.Kind == WeightKind.Indices ? read(layer, weight, expert) : change(read(layer, weight, expert));
            return elements;
        };
        return new GraphInterpreter(Architecture, graph, weights).Run(Sequences, forced: forced, settings: Settings());
    }

    /// <summary>Whether a token's output depends on others of its call.</summary>
    public bool CouplesTokens => Parts.Any(part => part.Router.CouplesTokens) || Architecture.Blocks.Any(block => block.Attention.CouplesTokens);

    /// <summary>What each sequence says about routing: the first nothing, the others what the model allows.</summary>
    public IReadOnlyList<RoutingOptions> Requests => [.. Sequences.Select((_, sequence) => new RoutingOptions
    {
        TopK = sequence == 1 && Parts.Any(part => part.Router.Selection is TopKSelection) ? 1 : 0,
        Bias = sequence > 0 && BiasedExperts > 0 ? [.. Enumerable.Range(0, BiasedExperts).Select(expert => BiasOf(sequence, expert))] : null,
        Seed = 7 * sequence,
        Tag = Architecture.Tags > 0 ? sequence % Architecture.Tags : 0,
    })];

    private IEnumerable<ExpertFeedForward> Parts => Architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>();

    private int BiasedExperts => Parts.Where(part => part.Router.Adjustments.Any(stage => stage is RequestBiasAdjustment)).Select(part => part.Experts).FirstOrDefault();

    private static float BiasOf(int sequence, int expert) => ((sequence * 5) + (expert * 3)) % 7 / 4f - 0.75f;

    private RequestSettings Settings()
    {
        var settings = new RequestSettings();
        for (int sequence = 0; sequence < Sequences.Count; sequence++)
        {
            RoutingOptions request = Requests[sequence];
            settings.Ranks[sequence] = (-1, request.TopK);
            settings.Seeds[sequence] = request.Seed;
            settings.Tags[sequence] = request.Tag;
            if (request.Bias is { } bias)
                settings.Bias[sequence] = [.. bias.Select(number => (double)number)];
        }

        return settings;
    }

    /// <summary>Everything needed to see what was drawn.</summary>
    public override string ToString() =>
        $"{Source("Drawn")}\n// seed {Seed}, tokens {string.Join(" | ", Sequences.Select(ids => string.Join(",", ids)))}";
}
