using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;
using Moe.Generators.Validation;

namespace Moe.Generators.Tests;

/// <summary>The ready architectures against the sizes that their authors publish.</summary>
public class CatalogTests
{
    // Exact where the count is published or follows from the checkpoint's own total; else in billions as the release says.
    [Theory]
    [InlineData("Mixtral8x7B", 46_702_792_704, 12_879_925_248)]
    [InlineData("DeepSeekMoe16B", 16_375_728_128, 2_828_650_496)]
    [InlineData("Llama3_8B", 8_030_261_248, 8_030_261_248)]
    [InlineData("Qwen3_8B", 8_190_735_360, 8_190_735_360)]
    [InlineData("Olmoe1B7B", 6_919_161_856, 0)]
    [InlineData("Dbrx", 131_596_523_520, 0)]
    [InlineData("Qwen2MoeA2_7B", 14_315_784_192, 0)]
    public void Model_HasThePublishedParameters(string name, long total, long active)
    {
        Cost cost = Of(name);
        Assert.Equal(total, cost.TotalParameters);
        if (active > 0)
            Assert.Equal(active, cost.ActiveParameters);
    }

    [Theory]
    [InlineData("Qwen3Moe30B", 30.5, 3.3)]
    [InlineData("DeepSeekV2", 236, 21)]
    [InlineData("DeepSeekV2Lite", 15.7, 2.7)]
    [InlineData("DeepSeekV3", 671, 37)]
    [InlineData("JetMoe8B", 8.5, 2.2)]
    [InlineData("GraniteMoe3B", 3.3, 0.88)]
    [InlineData("PhiMoe", 41.9, 6.6)]
    [InlineData("GptOss20B", 20.9, 4.2)]
    [InlineData("GptOss120B", 116.8, 5.7)]
    [InlineData("Llama4Scout", 107.8, 17.2)]
    [InlineData("Glm45Air", 106, 13)]
    [InlineData("Ernie45Moe21B", 21.8, 3.3)]
    [InlineData("HunyuanMoeA13B", 80, 13)]
    [InlineData("Dots1", 142, 14)]
    [InlineData("MiniMaxText01", 456, 45.9)]
    [InlineData("Llama3_1_8B", 8.0, 8.0)]
    [InlineData("Llama2_7B", 6.7, 6.7)]
    public void Model_HasThePublishedSize(string name, double billions, double active)
    {
        Cost cost = Of(name);
        Assert.InRange(cost.TotalParameters / 1e9, billions * 0.985, billions * 1.015);
        Assert.InRange(cost.ActiveParameters / 1e9, active * 0.93, active * 1.07);
    }

    private static Cost Of(string name)
    {
        ValidationResult result = Validator.Validate(GeneratorHarness.Declare($"[MoeModel] public partial class Tiny : Moe.Catalog.{name};"));
        Assert.Empty(result.Findings);
        MoeArchitecture architecture = result.Architecture!;
        return Cost.Of(architecture, GraphBuilder.Build(architecture));
    }
}
