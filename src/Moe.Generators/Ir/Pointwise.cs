using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;

namespace Moe.Generators.Ir;

/// <summary>What a fused operation does element by element with its products.</summary>
internal abstract record Pointwise
{
    /// <summary>The activation or function among the parts of a fused operation.</summary>
    public static Pointwise Of(ImmutableArray<Op> parts) => parts.OfType<Apply>().SingleOrDefault() is { } apply
        ? new WrittenFunction(apply.Function)
        : new NamedActivation(parts.OfType<Activate>().Single().Activation);

    /// <summary>Its name in formulas.</summary>
    public abstract string Name { get; }

    /// <summary>Whether it takes gate and up; else it takes one number, and the gate's is multiplied by up.</summary>
    public virtual bool JoinsGateAndUp => false;
}

/// <summary>A nonlinearity that the language names.</summary>
internal sealed record NamedActivation(Activation Activation) : Pointwise
{
    public override string Name => Activation.ToString();
}

/// <summary>A function written out as an expression.</summary>
internal sealed record WrittenFunction(ScalarFunction Function) : Pointwise
{
    public override string Name => Function.Name;

    public override bool JoinsGateAndUp => Function.Parameters.Count == 2;
}
