using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Moe.Generators.Ir;

/// <summary>
/// An operation on the values of every token. Its record names what it reads, writes and learns; its documentation is
/// its equation; the interpreter in the tests is its definition.
/// </summary>
internal abstract record Op
{
    /// <summary>Values read, in the order of the equation.</summary>
    public abstract ImmutableArray<Value> Inputs { get; }

    /// <summary>Values written.</summary>
    public abstract ImmutableArray<Value> Outputs { get; }

    /// <summary>Learned tensors.</summary>
    public virtual ImmutableArray<Weight> Weights => ImmutableArray<Weight>.Empty;

    /// <summary>The operation's name in printed graphs.</summary>
    public string Mnemonic => GetType().Name;

    /// <summary>Builds an array of the values that are present.</summary>
    protected static ImmutableArray<T> Present<T>(params T?[] items)
        where T : class => items.Where(item => item is not null).Select(item => item!).ToImmutableArray();
}

/// <summary>
/// Several operations done as one. Its meaning is its parts, run in order: a back end may do it any way that gives the
/// same numbers, and the interpreter just runs the parts.
/// </summary>
/// <param name="Parts">The operations it stands for.</param>
internal abstract record FusedOp(ImmutableArray<Op> Parts) : Op
{
    /// <summary>What the parts read and do not write themselves.</summary>
    public override ImmutableArray<Value> Inputs
    {
        get
        {
            var written = new HashSet<Value>(Parts.SelectMany(part => part.Outputs));
            return Parts.SelectMany(part => part.Inputs).Where(value => !written.Contains(value)).Distinct().ToImmutableArray();
        }
    }

    public override ImmutableArray<Weight> Weights => Parts.SelectMany(part => part.Weights).Distinct().ToImmutableArray();

    /// <summary>The one part of the given type.</summary>
    protected T Part<T>()
        where T : Op => Parts.OfType<T>().Single();
}
