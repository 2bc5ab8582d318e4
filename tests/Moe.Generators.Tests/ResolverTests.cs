using System;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Validation;

namespace Moe.Generators.Tests;

/// <summary>What holds after inheritance, reset, slots and defaults.</summary>
public sealed class ResolverTests
{
    private const string Model = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)]";

    [Fact]
    public void Defaults_MinimalModel_AreAllInPlace()
    {
        MoeArchitecture model = Resolve(
            """
            [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class Dense;
            [Block] [Attention(Heads = 4)] [Router(TopK = 2)] [RoutedExperts(8, IntermediateSize = 32)] class Expert;
            """,
            Model + "[Layers(1, typeof(Dense))] [Layers(2, typeof(Expert))] public partial class Tiny;");

        Assert.Equal("Demo", model.Namespace);
        Assert.Equal("Tiny", model.Name);
        Assert.Equal("public", model.Accessibility);
        Assert.Equal((100, 64, 128), (model.VocabularySize, model.HiddenSize, model.ContextLength));
        Assert.False(model.TiedHead);
        Assert.Equal(CheckpointLayout.Native, model.Layout);
        Assert.Equal(new NormArchitecture(NormKind.Rms, 1e-6, false), model.FinalNorm);
        Assert.Equal([new LayerRange(0, 1, 0), new LayerRange(1, 2, 1)], model.Layers.ToArray());
        Assert.Equal(["Dense", "Expert"], model.Blocks.Select(block => block.Name));
        Assert.Equal(
            new MultiHeadAttention(4, 4, 16, false, false, false, false, null, new RotaryArchitecture(10_000, 16, RotaryLayout.HalfSplit)),
            model.Blocks[0].Attention);
        Assert.Equal(new DenseFeedForward(new ExpertShape(96, Activation.SiLU, Gated: true, Bias: false)), model.Blocks[0].FeedForward);
        var experts = (ExpertFeedForward)model.Blocks[1].FeedForward;
        Assert.Equal(new FeedForwardExperts(8, "", new ExpertShape(32, Activation.SiLU, true, false)), experts.Routed);
        Assert.Null(experts.Shared);
        Assert.IsType<HiddenStateInput>(experts.Router.Input);
        Assert.Equal(new LinearLogits(false), experts.Router.Logits);
        Assert.Empty(experts.Router.Adjustments);
        Assert.Equal(new NamedScore(RouterScore.Softmax), experts.Router.Score);
        Assert.Equal(new TopKSelection(2, 0, 2, false, null), experts.Router.Selection);
        Assert.Equal(new RawWeights(1), experts.Router.Weights);
        Assert.IsType<DroplessLimit>(experts.Router.Limit);
    }

    [Fact]
    public void Words_EveryArgument_ReachesTheArchitecture()
    {
        MoeArchitecture model = Resolve(
            """
            [Block]
            [Norm(Kind = NormKind.Layer, Epsilon = 1e-4)]
            [Rotary(Base = 500, Size = 8, Layout = RotaryLayout.Interleaved)]
            [Attention(Heads = 6, KeyValueHeads = 2, HeadSize = 12, QueryBias = true, ValueBias = true, QueryKeyNorm = true)]
            [Router(TopK = 3, LogitBias = true, Score = RouterScore.Sigmoid, SelectionBias = true, Groups = 4, KeptGroups = 2,
                GroupKey = GroupKey.SumOfBestTwo, OutsideGroups = OutsideGroups.Zero, Weights = RouterWeights.Renormalised,
                RenormaliseEpsilon = 1e-20, WeightScale = 2.5)]
            [RoutedExperts(8, IntermediateSize = 24, Activation = Activation.Gelu, Gated = false, Bias = true)]
            [SharedExperts(2, IntermediateSize = 20, Activation = Activation.ReLU)]
            class Expert;
            [Block]
            [LatentAttention(Heads = 4, QueryRank = 36, KeyValueRank = 24, HeadSize = 16, RotarySize = 8, ValueHeadSize = 20,
                QueryBias = true, OutputBias = true, NormEpsilon = 1e-5)]
            [FeedForward(IntermediateSize = 96, Activation = Activation.GeluTanh, Bias = true)]
            class Latent;
            """,
            Model + "[Head(Tied = true)] [Layers(1, typeof(Expert))] [Layers(1, typeof(Latent))] internal sealed partial class Tiny;");

        Assert.True(model.TiedHead && model.IsSealed);
        BlockArchitecture expert = model.Blocks[0];
        Assert.Equal(new NormArchitecture(NormKind.Layer, 1e-4, Bias: true), expert.AttentionNorm);
        Assert.Equal(expert.AttentionNorm, expert.FeedForwardNorm);
        Assert.Equal(
            new MultiHeadAttention(6, 2, 12, true, false, true, false, 1e-4, new RotaryArchitecture(500, 8, RotaryLayout.Interleaved)),
            expert.Attention);
        var parts = (ExpertFeedForward)expert.FeedForward;
        Assert.Equal(new FeedForwardExperts(8, "", new ExpertShape(24, Activation.Gelu, false, true)), parts.Routed);
        Assert.Equal(new SharedExpertGroup(2, new ExpertShape(20, Activation.ReLU, true, false)), parts.Shared);
        Assert.Equal(new LinearLogits(true), parts.Router.Logits);
        Assert.Equal(new NamedScore(RouterScore.Sigmoid), parts.Router.Score);
        Assert.Equal(new TopKSelection(3, 0, 3, true, new GroupLimit(4, 2, GroupKey.SumOfBestTwo, OutsideGroups.Zero)), parts.Router.Selection);
        Assert.Equal(new RenormalisedWeights(1e-20, 0, false, false, 2.5), parts.Router.Weights);
        Assert.Equal(
            new LatentAttention(4, 36, 24, 16, 8, 20, true, false, true, 1e-5, new RotaryArchitecture(10_000, 8, RotaryLayout.HalfSplit)),
            model.Blocks[1].Attention);
        Assert.Equal(new DenseFeedForward(new ExpertShape(96, Activation.GeluTanh, true, true)), model.Blocks[1].FeedForward);
    }

    [Fact]
    public void Inheritance_NewTopK_KeepsSigmoidBiasAndGroups()
    {
        RouterArchitecture router = Router(
            """
            [Block] [Attention(Heads = 4)] [RoutedExperts(8, IntermediateSize = 32)]
            [Router(TopK = 4, Score = RouterScore.Sigmoid, SelectionBias = true, Groups = 4, KeptGroups = 2)] class Base;
            [Router(TopK = 1)] class Top1 : Base;
            """, "Top1");

        Assert.Equal(new TopKSelection(1, 0, 1, true, new GroupLimit(4, 2, GroupKey.Maximum, OutsideGroups.NegativeInfinity)), router.Selection);
        Assert.Equal(new NamedScore(RouterScore.Sigmoid), router.Score);
    }

    [Fact]
    public void Inheritance_Reset_CutsOffWhatIsAbove()
    {
        RouterArchitecture router = Router(
            """
            [Block] [Attention(Heads = 4)] [RoutedExperts(8, IntermediateSize = 32)]
            [Router(TopK = 4, Score = RouterScore.Sigmoid, SelectionBias = true)] class Far;
            [Router(WeightScale = 3, Reset = true)] class Middle : Far;
            [Router(TopK = 1)] class Near : Middle;
            """, "Near");

        Assert.Equal(new TopKSelection(1, 0, 1, false, null), router.Selection);
        Assert.Equal(new NamedScore(RouterScore.Softmax), router.Score);
        Assert.Equal(new RawWeights(3), router.Weights);
    }

    [Fact]
    public void Slots_LatentAttentionOnDerivedBlock_DropsInheritedAttention()
    {
        BlockArchitecture block = Block(
            """
            [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class Base;
            [LatentAttention(Heads = 2, KeyValueRank = 8, HeadSize = 4, RotarySize = 2)] class Near : Base;
            """, "Near");

        Assert.Equal(4, Assert.IsType<LatentAttention>(block.Attention).ValueHeadSize);
    }

    [Fact]
    public void Slots_FeedForwardBetween_CutsOffExpertsAbove()
    {
        const string Chain =
            """
            [Block] [Attention(Heads = 4)] [Router(TopK = 4)] [RoutedExperts(8, IntermediateSize = 32)] class Far;
            [FeedForward(IntermediateSize = 96)] class Middle : Far;
            """;

        Assert.IsType<DenseFeedForward>(Block(Chain, "Middle").FeedForward);
        var near = (ExpertFeedForward)Block(
            Chain + "[Router(TopK = 1, Weights = RouterWeights.Renormalised)] [RoutedExperts(2, IntermediateSize = 16, Bias = true)] class Near : Middle;",
            "Near").FeedForward;
        Assert.Equal(2, near.Routed!.Count);
        Assert.Equal(new RenormalisedWeights(0, 0, false, false, 1), near.Router.Weights);
        ValidationResult incomplete = Validate(Chain + "[Router(TopK = 1)] class Near : Middle;", Model + "[Layers(1, typeof(Near))] partial class Tiny;");
        Assert.Equal("MOE107", Assert.Single(incomplete.Findings).Rule.Id);
    }

    [Fact]
    public void Slots_SharedExpertsOfCountZero_AreRemoved()
    {
        const string Base =
            """
            [Block] [Attention(Heads = 4)] [Router(TopK = 2)] [RoutedExperts(8, IntermediateSize = 32)]
            [SharedExperts(1, IntermediateSize = 32)] class Base;
            """;

        Assert.NotNull(((ExpertFeedForward)Block(Base, "Base").FeedForward).Shared);
        Assert.Null(((ExpertFeedForward)Block(Base + "[SharedExperts(0)] class Near : Base;", "Near").FeedForward).Shared);
    }

    [Fact]
    public void Constructors_WithoutCount_KeepTheInheritedOne()
    {
        var experts = (ExpertFeedForward)Block(
            """
            [Block] [Attention(Heads = 4)] [Router(TopK = 2)] [RoutedExperts(8, IntermediateSize = 32)] class Base;
            [RoutedExperts(IntermediateSize = 16)] class Near : Base;
            """, "Near").FeedForward;

        Assert.Equal(new FeedForwardExperts(8, "", new ExpertShape(16, Activation.SiLU, true, false)), experts.Routed);
    }

    [Fact]
    public void ModelDefaults_NormAndRotary_YieldPerArgumentToTheBlocks()
    {
        MoeArchitecture model = Resolve(
            """
            [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class Plain;
            [Norm(Kind = NormKind.Layer)] [Rotary(Size = 4)] class Own : Plain;
            [Norm(Bias = false)] class Further : Own;
            """,
            """
            [Norm(Epsilon = 1e-3)] [Rotary(Base = 77, Layout = RotaryLayout.Interleaved)] abstract class Base;
            [MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Norm(Epsilon = 1e-2)]
            [Layers(1, typeof(Plain))] [Layers(1, typeof(Own))] [Layers(1, typeof(Further))] partial class Tiny : Base;
            """);

        Assert.Equal(new NormArchitecture(NormKind.Rms, 1e-2, false), model.FinalNorm);
        Assert.Equal(model.FinalNorm, model.Blocks[0].AttentionNorm);
        Assert.Equal(new NormArchitecture(NormKind.Layer, 1e-2, true), model.Blocks[1].AttentionNorm);
        Assert.Equal(new NormArchitecture(NormKind.Layer, 1e-2, false), model.Blocks[2].AttentionNorm);
        Assert.Equal(new RotaryArchitecture(77, 16, RotaryLayout.Interleaved), model.Blocks[0].Attention.Rotary);
        Assert.Equal(new RotaryArchitecture(77, 4, RotaryLayout.Interleaved), model.Blocks[1].Attention.Rotary);
    }

    [Fact]
    public void Attention_WithoutPositions_HasNoRotation()
    {
        BlockArchitecture block = Block(
            "[Block] [Attention(Heads = 4, Position = PositionEncoding.None)] [FeedForward(IntermediateSize = 96)] class B;", "B");

        Assert.Null(block.Attention.Rotary);
    }

    [Theory]
    [InlineData("[Layers(1, typeof(B))] [Layers(3, typeof(C))]", "", "0+1 B, 1+3 C")]
    [InlineData("[Layers(1, typeof(B))] [Layers(3, typeof(C))]", "[Layers(1, typeof(D))]", "0+1 D, 1+3 C")]
    [InlineData("[Layers(1, typeof(B))] [Layers(3, typeof(C))]", "[Layers(3, typeof(D), First = 1)]", "0+1 B, 1+3 D")]
    [InlineData("[Layers(1, typeof(B))] [Layers(3, typeof(C))]", "[Layers(2, typeof(D), First = 4)]", "0+1 B, 1+3 C, 4+2 D")]
    [InlineData("[Layers(1, typeof(B))] [Layers(3, typeof(C))]", "[Layers(2, typeof(D), Reset = true)]", "0+2 D")]
    [InlineData("[Layers(1, typeof(B))] [Layers(3, typeof(C))]", "[Layers(1, typeof(D))] [Layers(3, typeof(B))]", "0+1 D, 1+3 B")]
    [InlineData("[Layers(3, typeof(C), First = 1)] [Layers(1, typeof(B), First = 0)]", "", "0+1 B, 1+3 C")]
    public void Layers_KeyedByRange_ReplaceOrJoinThoseOfTheBase(string ofBase, string ofDerived, string expected)
    {
        const string Word = " [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] ";
        MoeArchitecture model = Resolve(
            $"[Block]{Word}class B; [Block]{Word}class C; [Block]{Word}class D;",
            $"{Model} {ofBase} abstract class Base; [MoeModel] {ofDerived} partial class Tiny : Base;");

        Assert.Equal(expected, string.Join(", ", model.Layers.Select(range => $"{range.First}+{range.Count} {model.Blocks[range.Block].Name}")));
    }

    [Fact]
    public void BlockNames_EqualOrReserved_BecomeUnique()
    {
        const string Word = " [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] ";
        MoeArchitecture model = Resolve(
            $$"""
            class First { [Block]{{Word}}public class Dense; }
            class Second { [Block]{{Word}}public class Dense; }
            [Block]{{Word}}class Head;
            [Block]{{Word}}class @base;
            [Block]{{Word}}class Wide<T>;
            """,
            Model + """
            [Layers(1, typeof(First.Dense))] [Layers(1, typeof(Second.Dense))] [Layers(1, typeof(Head))] [Layers(1, typeof(@base))]
            [Layers(1, typeof(Wide<int>))] [Layers(1, typeof(Wide<long>))] partial class Tiny;
            """);

        string[] names = model.Blocks.Select(block => block.Name).ToArray();
        Assert.Equal("Dense", names[0]);
        Assert.Equal("SecondDense", names[1]);
        Assert.Equal("Base", names[3]);
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.DoesNotContain("Head", names);
        Assert.All(names, name => Assert.Matches("^[A-Z][A-Za-z0-9_]*$", name));
    }

    [Fact]
    public void Model_DerivedFromEmittedModel_HidesItsMembers()
    {
        MoeArchitecture model = Resolve(
            "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] class B;",
            Model + "[Layers(1, typeof(B))] public partial class Base; [MoeModel(HiddenSize = 32)] public partial class Tiny : Base;");

        Assert.True(model.HidesBase);
        Assert.Equal(32, model.HiddenSize);
        Assert.Equal(8, ((MultiHeadAttention)model.Blocks[0].Attention).HeadSize);
    }

    private static ValidationResult Validate(string blocks, string model) => Validator.Validate(GeneratorHarness.Declare(blocks + "\n" + model));

    private static MoeArchitecture Resolve(string blocks, string model)
    {
        ValidationResult result = Validate(blocks, model);
        Assert.Empty(result.Findings.Select(finding => finding.Rule.Id + " " + finding.Message));
        return result.Architecture ?? throw new InvalidOperationException("No architecture.");
    }

    private static BlockArchitecture Block(string blocks, string name) =>
        Resolve(blocks, Model + $"[Layers(1, typeof({name}))] partial class Tiny;").Blocks[0];

    private static RouterArchitecture Router(string blocks, string name) => ((ExpertFeedForward)Block(blocks, name).FeedForward).Router;
}
