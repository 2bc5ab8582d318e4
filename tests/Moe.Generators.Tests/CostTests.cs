using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;
using Moe.Generators.Validation;

namespace Moe.Generators.Tests;

/// <summary>Static cost against counts made by hand from the papers' sizes.</summary>
public class CostTests
{
    [Fact]
    public void DeepSeekMoe16B_HasThePapersParameters()
    {
        Cost cost = Of("[MoeModel] public partial class Tiny : Moe.Catalog.DeepSeekMoe16B;");
        Assert.Equal(16_375_728_128, cost.TotalParameters);
        Assert.Equal(2_828_650_496, cost.ActiveParameters);
        // 16 full heads of 128: key and value of 2048 each, 28 layers.
        Assert.Equal(28 * 2 * 2048, cost.CacheElementsPerToken);
        // Everything active but norms and the embedding table multiplies once: two operations each.
        const long norms = ((28 * 2) + 1) * 2048;
        Assert.Equal(2 * (2_828_650_496 - norms - (102_400L * 2048)), cost.FlopsPerToken);
    }

    [Fact]
    public void Mixtral8x7B_HasThePapersParameters()
    {
        Cost cost = Of("[MoeModel] public partial class Tiny : Moe.Catalog.Mixtral8x7B;");
        Assert.Equal(46_702_792_704, cost.TotalParameters);
        Assert.Equal(12_879_925_248, cost.ActiveParameters);
        Assert.Equal(32 * 2 * 8 * 128, cost.CacheElementsPerToken);
    }

    [Fact]
    public void TiedHead_CountsItsMatrixOnce_AndMultipliesItStill()
    {
        const string blocks = "[Block] [Attention(Heads = 2)] [FeedForward(IntermediateSize = 24)] public class Plain;\n";
        Cost tied = Of(blocks + "[MoeModel(VocabularySize = 50, HiddenSize = 16, ContextLength = 8)] [Layers(1, typeof(Plain))] [Head(Tied = true)] public partial class Tiny;");
        Cost apart = Of(blocks + "[MoeModel(VocabularySize = 50, HiddenSize = 16, ContextLength = 8)] [Layers(1, typeof(Plain))] public partial class Tiny;");
        const long layer = (4 * 16 * 16) + (3 * 24 * 16) + (2 * 16);
        Assert.Equal((50 * 16) + layer + 16, tied.TotalParameters);
        Assert.Equal(tied.TotalParameters + (50 * 16), apart.TotalParameters);
        Assert.Equal(tied.FlopsPerToken, apart.FlopsPerToken);
        Assert.Equal(2 * ((4 * 16 * 16) + (3 * 24 * 16) + (50 * 16)), tied.FlopsPerToken);
    }

    [Fact]
    public void LatentAttention_CachesRankAndRotaryKey()
    {
        Cost cost = Of(ModelSources.All["LatentExperts"]);
        Assert.Equal(3 * (24 + 8), cost.CacheElementsPerToken);
    }

    private static Cost Of(string source)
    {
        ValidationResult result = Validator.Validate(GeneratorHarness.Declare(source));
        Assert.Empty(result.Findings);
        MoeArchitecture architecture = result.Architecture!;
        return Cost.Of(architecture, GraphBuilder.Build(architecture));
    }
}
