using System;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>Router stages 2 to 4 as operations: from the input to logits, adjusted, and to scores on demand.</summary>
internal static class RouterLogitsGraph
{
    /// <summary>Adjusted logits, and scores made of them once they are asked for.</summary>
    internal sealed class Scores
    {
        private Value? _scores;

        /// <summary>Logits that a score is still to be taken of.</summary>
        public static Scores OfLogits(Value logits) => new() { Logits = logits };

        /// <summary>Scores that came without logits.</summary>
        public static Scores Given(Value scores) => new() { _scores = scores };

        /// <summary>The logits after adjustment, or null where scores came without.</summary>
        public Value? Logits { get; private set; }

        /// <summary>The scores.</summary>
        public Value Of(GraphWriter graph, ScoreStage stage)
        {
            if (_scores is not null)
                return _scores;

            _scores = stage switch
            {
                NamedScore { Kind: RouterScore.None } => Logits!,
                FunctionScore score => graph.Then(new Apply(Logits!, null, graph.New("scores", Logits!.Width), score.Function)),
                NamedScore named => graph.Then(new Score(Logits!, graph.New("scores", Logits!.Width), named.Kind)),
                _ => throw new NotSupportedException($"No operation says {stage}."),
            };
            return _scores;
        }
    }

    /// <summary>Stages 2 and 3.</summary>
    public static Scores Build(GraphWriter graph, Value input, ExpertFeedForward part, CarriedState? state)
    {
        RouterArchitecture router = part.Router;
        int experts = part.Experts;
        switch (router.Logits)
        {
            case TreeLogits tree:
                return Scores.Given(Tree(graph, input, tree, experts));
            case SelectorLogits selectors:
                return Scores.Given(Selectors(graph, input, selectors, experts));
        }

        Value logits = Logits(graph, input, part, state);
        if (router.Adjustments.Count > 0 && router.Adjustments[0] is LogitResidualAdjustment)
        {
            Value residual = graph.Linear("logitResidual", state![CarriedState.PreviousLogits], "RouterResidual", experts, false);
            logits = graph.Sum("routerLogits", logits, residual);
        }

        if (state is not null && state.Has(CarriedState.PreviousLogits) && logits.Width == state[CarriedState.PreviousLogits].Width)
            state[CarriedState.PreviousLogits] = logits;
        graph.Show(new Tap(TapKind.RouterLogits, logits));
        foreach (AdjustmentStage adjustment in router.Adjustments)
            logits = Adjust(graph, adjustment, logits);

        return Scores.OfLogits(logits);
    }

    private static Value Logits(GraphWriter graph, Value input, ExpertFeedForward part, CarriedState? state)
    {
        int experts = part.Experts;
        string name = part.Router.Adjustments.Count > 0 && part.Router.Adjustments[0] is LogitResidualAdjustment ? "ownLogits" : "routerLogits";
        switch (part.Router.Logits)
        {
            case LinearLogits linear when part.Router.Input is TagInput tag:
                Weight? bias = linear.Bias ? new Weight("RouterBias", WeightKind.Vector, experts, 1, tag.Tags) : null;
                return graph.Then(new TaggedLinear(
                    input, graph.Input(StepValues.Tags), graph.New(name, experts), new Weight("Router", WeightKind.Vector, experts, input.Width, tag.Tags), bias));

            case LinearLogits linear:
                return graph.Linear(name, input, "Router", experts, linear.Bias);

            case MlpLogits mlp:
                Value inner = graph.Linear("routerUp", input, "RouterUp", mlp.Size, mlp.Bias);
                Value bent = graph.Then(new Activate(inner, graph.New("routerInner", mlp.Size), Activation.Tanh));
                return graph.Linear(name, bent, "Router", experts, mlp.Bias);

            case RecurrentLogits recurrent:
                return graph.Linear(name, Recur(graph, input, recurrent, state!), "Router", experts, false);

            case CosineLogits cosine:
                Value projected = graph.Linear("routerProjected", input, "RouterDown", cosine.Size, cosine.Bias);
                return graph.Then(new Similarity(
                    projected, graph.New(name, experts), SimilarityKind.Cosine,
                    new Weight("RouterVectors", WeightKind.Vector, experts, cosine.Size), new Weight("RouterTemperature", WeightKind.Vector, 1)));

            case ScaledDotLogits:
                return graph.Then(new Similarity(
                    input, graph.New(name, experts), SimilarityKind.ScaledDot, new Weight("RouterVectors", WeightKind.Vector, experts, input.Width), null));

            case DistanceLogits distance:
                SimilarityKind kind = distance.Order == CentroidOrder.Nearest ? SimilarityKind.NegativeDistance : SimilarityKind.Distance;
                return graph.Then(new Similarity(
                    input, graph.New(name, experts), kind, new Weight("RouterVectors", WeightKind.Vector, experts, input.Width), null));

            case SparsityAwareLogits:
                FeedForwardExperts routed = part.Routed!;
                return graph.Then(new SparsityLogits(
                    input, graph.New(name, experts), ExpertGraph.WeightOf(routed, "Up", routed.Shape.IntermediateSize, input.Width)));

            default:
                throw new NotSupportedException($"No operation says {part.Router.Logits}.");
        }
    }

    // h = cell(P x, h): the cell's two halves are matrix products, its gates one operation.
    private static Value Recur(GraphWriter graph, Value input, RecurrentLogits cell, CarriedState state)
    {
        int gates = cell.IsGru ? 3 : 1;
        Value reduced = graph.Linear("routerReduced", input, "RouterDown", cell.Size, false);
        Value before = state[CarriedState.RouterState];
        Value fromInput = graph.Linear("cellFromInput", reduced, "RouterCellInput", gates * cell.Size, true, isShared: true);
        Value fromState = graph.Linear("cellFromState", before, "RouterCellState", gates * cell.Size, true, isShared: true);
        Value after = graph.New("newRouterState", cell.Size);
        if (cell.IsGru)
            graph.Add(new GruCell(fromInput, fromState, before, after));
        else
            graph.Add(new Activate(graph.Sum("cellSum", fromInput, fromState), after, Activation.Tanh));

        state[CarriedState.RouterState] = after;
        return after;
    }

    private static Value Adjust(GraphWriter graph, AdjustmentStage stage, Value logits)
    {
        switch (stage)
        {
            case LogitResidualAdjustment:
                return logits;
            case StandardiseAdjustment standardise:
                return graph.Then(new Standardise(logits, graph.New("standardisedLogits", logits.Width), standardise.Target));
            case RequestBiasAdjustment bias:
                return graph.Then(new AddRequestBias(logits, graph.New("biasedLogits", logits.Width), bias.Scale));
            case ActivationAdjustment activation:
                return graph.Then(new Activate(logits, graph.New("bentLogits", logits.Width), activation.Activation));
            case FunctionAdjustment adjustment:
                return graph.Then(new Apply(logits, null, graph.New("shapedLogits", logits.Width), adjustment.Function));
            case TemperatureAdjustment temperature:
                return graph.Scaled("cooledLogits", logits, 1 / temperature.Temperature);
            case LearnedTemperatureAdjustment:
                return graph.Then(new DivideByTemperature(
                    logits, graph.New("temperedLogits", logits.Width), new Weight("RouterTemperature", WeightKind.Vector, 1)));
            default:
                throw new NotSupportedException($"No operation says {stage}.");
        }
    }

    private static Value Tree(GraphWriter graph, Value input, TreeLogits tree, int experts)
    {
        Value nodes = graph.Linear("treeNodes", input, "RouterNodes", tree.Trees * Math.Max(1, experts - 1), true);
        Value leaves = graph.Linear("treeLeaves", input, "RouterLeaves", tree.Trees * experts, true);
        Weight? table = tree.Permuted ? new Weight("RouterTable", WeightKind.Indices, tree.Trees, experts, Bound: experts) : null;
        Value scores = graph.Then(new TreeScore(nodes, leaves, graph.New("scores", experts), tree.Trees, tree.Gamma, table));
        graph.Show(new Tap(TapKind.RouterLogits, scores));
        return scores;
    }

    private static Value Selectors(GraphWriter graph, Value input, SelectorLogits selectors, int experts)
    {
        int codes = selectors.Selectors * CodeBits(experts);
        Value code;
        Value mix;
        if (selectors.IsStatic)
        {
            code = graph.Then(new Constant(input, graph.New("selectorCodes", codes), new Weight("RouterCodes", WeightKind.Vector, codes)));
            mix = graph.Then(new Constant(input, graph.New("selectorMix", selectors.Selectors), new Weight("RouterMix", WeightKind.Vector, selectors.Selectors)));
        }
        else
        {
            code = graph.Linear("selectorCodes", input, "RouterCodes", codes, false);
            mix = graph.Linear("selectorMix", input, "RouterMix", selectors.Selectors, false);
        }

        Value scores = graph.Then(new SelectorScore(code, mix, graph.New("scores", experts), selectors.Selectors, selectors.Gamma));
        graph.Show(new Tap(TapKind.RouterLogits, scores));
        return scores;
    }

    /// <summary>Bits of an expert's code: max(1, ⌈log₂ experts⌉).</summary>
    public static int CodeBits(int experts)
    {
        int bits = 1;
        while (1 << bits < experts)
            bits++;
        return bits;
    }
}
