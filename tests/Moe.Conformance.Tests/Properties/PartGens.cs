using System.Linq;
using CsCheck;
using Moe.Conformance.Tests.Functions;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Properties;

/// <summary>Random parts of blocks, over every word and choice of the language.</summary>
internal static class PartGens
{
    /// <summary>Sizes with odd ones, one, and some above a vector's and a tile's width.</summary>
    public static readonly Gen<int> Size = Gen.Frequency((6, Gen.Int[1, 9]), (3, Gen.Int[10, 24]), (1, Gen.Int[25, 40]));

    /// <summary>
    /// ε of a norm over so many elements. Over a few it is large: they may all be near 0 (or, for LayerNorm, near their
    /// mean), where a small ε multiplies rounding errors by 1/√ε.
    /// </summary>
    public static Gen<double> Epsilon(int elements) => elements < 4 ? Gen.Const(0.5) : Gen.OneOf(1e-6, 1e-5, 1e-3, 0.5);

    /// <summary>A norm of the hidden state.</summary>
    public static Gen<NormArchitecture> Norm(int hiddenSize) =>
        from kind in Gen.Enum<NormKind>()
        from epsilon in Epsilon(hiddenSize)
        from bias in Gen.Bool
        select new NormArchitecture(kind, epsilon, bias);

    /// <summary>Dense or expert feed-forward part.</summary>
    public static readonly Gen<FeedForwardArchitecture> FeedForward = Gen.Frequency(
        (1, Shape().Select(shape => (FeedForwardArchitecture)new DenseFeedForward(shape))),
        (4, RouterGens.Experts.Select(experts => (FeedForwardArchitecture)experts)));

    /// <summary>A feed-forward network.</summary>
    public static Gen<ExpertShape> Shape() =>
        from size in Size
        from activation in Gen.Enum<Activation>()
        from gated in Gen.Bool
        from bias in Gen.Bool
        from function in Function(gated)
        select new ExpertShape(size, function is null ? activation : Activation.SiLU, gated, bias, function);

    // One in three networks applies a function of the author's; the name tells functions of a model apart.
    private static Gen<ScalarFunction?> Function(bool gated) =>
        from number in Gen.Int[0, 1_000_000]
        from parameters in Gen.Int[1, gated ? 2 : 1]
        from function in Gen.Frequency(
            (2, Gen.Const((ScalarFunction?)null)),
            (1, FunctionGen.Tame("F" + number, parameters).Select(function => (ScalarFunction?)function)))
        select function;
}
