using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>Collects the operations of one graph while it is built.</summary>
internal sealed class GraphWriter(string name)
{
    private readonly ImmutableArray<Value>.Builder _inputs = ImmutableArray.CreateBuilder<Value>();
    private readonly ImmutableArray<Op>.Builder _ops = ImmutableArray.CreateBuilder<Op>();
    private readonly ImmutableArray<Tap>.Builder _taps = ImmutableArray.CreateBuilder<Tap>();
    private readonly ImmutableDictionary<string, TensorRole>.Builder _roles = ImmutableDictionary.CreateBuilder<string, TensorRole>();

    /// <summary>The part of the model that is being built: what the weights of the next operations belong to.</summary>
    public TensorRole Role { get; set; }

    /// <summary>A value that comes from outside; one that is known already is not repeated.</summary>
    public Value Input(Value value)
    {
        if (!_inputs.Contains(value))
            _inputs.Add(value);
        return value;
    }

    /// <summary>A value that an operation is about to write.</summary>
    public Value New(string valueName, int width, int slots = 1, ElementKind kind = ElementKind.Real) =>
        new(valueName, width, slots, kind);

    /// <summary>Appends an operation.</summary>
    public void Add(Op op)
    {
        _ops.Add(op);
        foreach (Weight weight in op.Weights)
        {
            if (!_roles.ContainsKey(weight.Role))
                _roles.Add(weight.Role, Role);
        }
    }

    /// <summary>Appends an operation that writes one value, and gives that.</summary>
    public Value Then(Op op)
    {
        Add(op);
        return op.Outputs.Single();
    }

    /// <summary>Shows observers a value.</summary>
    public void Show(Tap tap) => _taps.Add(tap);

    /// <summary>Normalises whole rows with the weight (and bias) of the given role.</summary>
    public Value Norm(string valueName, Value input, NormArchitecture norm, string role)
    {
        Value output = New(valueName, input.Width);
        Weight weight = new(role, WeightKind.Norm, input.Width);
        Weight? bias = norm.Bias ? new Weight(role + "Bias", WeightKind.Bias, input.Width) : null;
        Add(new Norm(input, output, norm.Kind, input.Width, norm.Epsilon, weight, bias));
        return output;
    }

    /// <summary>output = W input (+ bias), with a matrix of the given role.</summary>
    public Value Linear(string valueName, Value input, string role, int rows, bool hasBias, bool isShared = false)
    {
        Value output = New(valueName, rows);
        Weight? bias = hasBias ? new Weight(role + "Bias", WeightKind.Bias, rows, IsShared: isShared) : null;
        Add(new Linear(input, output, new Weight(role, WeightKind.Matrix, rows, input.Width, IsShared: isShared), bias));
        return output;
    }

    /// <summary>left + right.</summary>
    public Value Sum(string valueName, Value left, Value right)
    {
        Value output = New(valueName, left.Width, left.Slots);
        Add(new Add(left, right, output));
        return output;
    }

    /// <summary>input · factor; the input itself where the factor is 1.</summary>
    public Value Scaled(string valueName, Value input, double factor)
    {
        if (factor == 1)
            return input;

        Value output = New(valueName, input.Width, input.Slots);
        Add(new Scale(input, output, factor));
        return output;
    }

    /// <summary>The finished graph.</summary>
    public Graph Finish(params Value[] outputs) =>
        new(name, _inputs.ToImmutable(), _ops.ToImmutable(), outputs.ToImmutableArray(), _taps.ToImmutable()) { Roles = _roles.ToImmutable() };
}
