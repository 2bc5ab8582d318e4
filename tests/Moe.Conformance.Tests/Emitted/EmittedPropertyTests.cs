using Moe.Conformance.Tests.Properties;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>The interpreter and emitted CPU code on random models over the whole language.</summary>
public class EmittedPropertyTests(ITestOutputHelper output)
{
    [Fact]
    public void EmittedCpu_OnRandomModels_AgreesWithTheInterpreter() =>
        output.WriteLine(new PropertyRun(new LoadOptions(), seesGpu: false, ModelGen.Model).Check(PropertyRun.Cases(200)));

    /// <summary>
    /// The interpreter multiplies with the weights that the format holds, in double precision. Since products in these formats round their inputs to
    /// 8 bits, fewer models decide.
    /// </summary>
    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.MXFP4)]
    public void EmittedCpu_OnRandomModelsInGroups_AgreesWithTheInterpreter(WeightFormat format) =>
        output.WriteLine(new PropertyRun(new LoadOptions { Weights = format }, seesGpu: false, ModelGen.WithoutSteps).Check(PropertyRun.Cases(25)));

    [Fact]
    public void EmittedCpu_OnRandomAttention_AgreesWithTheInterpreter() =>
        output.WriteLine(new PropertyRun(new LoadOptions(), seesGpu: false, ModelGen.AttentionModel).Check(PropertyRun.Cases(100)));
}
