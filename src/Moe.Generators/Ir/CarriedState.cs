using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>
/// What flows from layer to layer beside the hidden state, while one block's graph is built: each value as it came in, and
/// as it leaves.
/// </summary>
internal sealed class CarriedState
{
    private readonly ImmutableArray<Value> _values;
    private readonly Dictionary<string, Value> _current;

    /// <summary>The state as a block takes it.</summary>
    public CarriedState(GraphWriter graph, ImmutableArray<Value> values)
    {
        _values = values;
        _current = values.ToDictionary(value => value.Name, graph.Input);
    }

    /// <summary>Name of a recurrent router's state, [RouterSize].</summary>
    public const string RouterState = "routerState";

    /// <summary>Name of the logits with which the expert layer before ended, [Experts].</summary>
    public const string PreviousLogits = "previousLogits";

    /// <summary>Name of what the experts of the layer before saw, [HiddenSize].</summary>
    public const string PreviousInput = "previousInput";

    /// <summary>Name of the model router's choice, [MaxSelected].</summary>
    public const string ModelChosen = "modelChosen";

    /// <summary>Name of the weights of the model router's choice, [MaxSelected].</summary>
    public const string ModelWeights = "modelWeights";

    /// <summary>Name of the momentum, [HiddenSize].</summary>
    public const string Momentum = "momentum";

    /// <summary>Names of Adam's averages, [HiddenSize].</summary>
    public const string FirstMoment = "firstMoment";

    /// <inheritdoc cref="FirstMoment"/>
    public const string SecondMoment = "secondMoment";

    /// <summary>The state as the block leaves it, in order.</summary>
    public IEnumerable<Value> Outputs => _values.Select(value => _current[value.Name]);

    /// <summary>Whether the model carries a value of the name.</summary>
    public bool Has(string name) => _current.ContainsKey(name);

    /// <summary>The value as it stands, or as the block sets it.</summary>
    public Value this[string name]
    {
        get => _current[name];
        set => _current[name] = value;
    }

    /// <summary>What a model carries, in a fixed order.</summary>
    public static ImmutableArray<Value> Of(MoeArchitecture architecture)
    {
        var values = ImmutableArray.CreateBuilder<Value>();
        ExpertFeedForward[] experts = architecture.Blocks.Select(block => block.FeedForward).OfType<ExpertFeedForward>().ToArray();
        if (experts.Select(part => part.Router.Logits).OfType<RecurrentLogits>().FirstOrDefault() is { } cell)
            values.Add(new Value(RouterState, cell.Size));
        if (experts.FirstOrDefault(part => part.Router.Adjustments.Any(item => item is LogitResidualAdjustment)) is { } residual)
            values.Add(new Value(PreviousLogits, residual.Experts));
        if (experts.Any(part => part.Router.Input is PreviousHiddenStateInput))
            values.Add(new Value(PreviousInput, architecture.HiddenSize));
        if (experts.FirstOrDefault(part => part.Router.Input is EmbeddingInput) is { } model)
        {
            values.Add(new Value(ModelChosen, model.Router.Selection.MaxSelected, 1, ElementKind.Index));
            values.Add(new Value(ModelWeights, model.Router.Selection.MaxSelected));
        }

        if (architecture.Blocks.Any(block => block.Momentum is not null))
            values.Add(new Value(Momentum, architecture.HiddenSize));
        if (architecture.Blocks.Any(block => block.Momentum is { IsAdam: true }))
        {
            values.Add(new Value(FirstMoment, architecture.HiddenSize));
            values.Add(new Value(SecondMoment, architecture.HiddenSize));
        }

        return values.ToImmutable();
    }
}
