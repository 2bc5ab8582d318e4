using System.Collections.Immutable;
using Moe.Generators.Architecture;

namespace Moe.Generators.Ir;

/// <summary>Collects the operations of one graph while it is built.</summary>
internal sealed class GraphWriter(string name)
{
    private readonly ImmutableArray<Value>.Builder _inputs = ImmutableArray.CreateBuilder<Value>();
    private readonly ImmutableArray<Op>.Builder _ops = ImmutableArray.CreateBuilder<Op>();

    /// <summary>A value that comes from outside.</summary>
    public Value Input(Value value)
    {
        _inputs.Add(value);
        return value;
    }

    /// <summary>A value that an operation is about to write.</summary>
    public Value New(string valueName, int width, int slots = 1, ElementKind kind = ElementKind.Real) =>
        new(valueName, width, slots, kind);

    /// <summary>Appends an operation.</summary>
    public void Add(Op op) => _ops.Add(op);

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
    public Value Linear(string valueName, Value input, string role, int rows, bool hasBias)
    {
        Value output = New(valueName, rows);
        Weight? bias = hasBias ? new Weight(role + "Bias", WeightKind.Bias, rows) : null;
        Add(new Linear(input, output, new Weight(role, WeightKind.Matrix, rows, input.Width), bias));
        return output;
    }

    /// <summary>The finished graph.</summary>
    public Graph Finish(Value output) => new(name, _inputs.ToImmutable(), _ops.ToImmutable(), ImmutableArray.Create(output));
}
