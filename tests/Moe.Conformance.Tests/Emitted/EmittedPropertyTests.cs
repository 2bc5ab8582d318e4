using Moe.Conformance.Tests.Properties;
using Moe.Runtime.Models;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>The interpreter and emitted CPU code on random models over the whole language.</summary>
public class EmittedPropertyTests(ITestOutputHelper output)
{
    [Fact]
    public void EmittedCpu_OnRandomModels_AgreesWithTheInterpreter() =>
        output.WriteLine(new PropertyRun(new LoadOptions(), seesGpu: false, ModelGen.Model).Check(PropertyRun.Cases(200)));

    [Fact]
    public void EmittedCpu_OnRandomAttention_AgreesWithTheInterpreter() =>
        output.WriteLine(new PropertyRun(new LoadOptions(), seesGpu: false, ModelGen.AttentionModel).Check(PropertyRun.Cases(100)));
}
