using System.Collections.Generic;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Gpu;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Conformance.Tests.Properties;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Functions;

/// <summary>A declaration with a function in every place that takes one, through interpreter and emitted code.</summary>
public class DeclaredFunctionTests
{
    private const string Source = """
        using System;
        using Moe;
        namespace Declared;

        static class Functions
        {
            [ActivationFunction]
            public static float Mish(float x) => x * MathF.Tanh(MathF.Log(1f + MathF.Exp(x)));

            [GateFunction]
            public static float Leaning(float gate, float up)
            {
                float slope = gate < 0f ? 0.125f : 1f;
                return slope * gate * MathF.Sin(up);
            }

            [ScoreFunction]
            public static float SquareRootOfSoftplus(float logit) => MathF.Sqrt(MathF.Log(1f + MathF.Exp(logit)));

            [ScoreFunction]
            public static float Capped(float logit) => 3f * MathF.Tanh(logit / 3f);
        }

        [Block]
        [Attention(Heads = 2)]
        [Router(TopK = 2, ScoreFunction = nameof(Functions.SquareRootOfSoftplus), LogitFunction = nameof(Functions.Capped), From = typeof(Functions),
            Weights = RouterWeights.Renormalised)]
        [RoutedExperts(5, IntermediateSize = 21, Limit = 0.03, SwishBeta = 1.702, UpOffset = 1)]
        [SharedExperts(1, IntermediateSize = 13, Gated = false, Function = nameof(Functions.Mish), From = typeof(Functions))]
        class ExpertBlock;

        [Block]
        [Attention(Heads = 2)]
        [FeedForward(IntermediateSize = 37, Function = nameof(Functions.Leaning), From = typeof(Functions))]
        class DenseBlock;

        [MoeModel(VocabularySize = 29, HiddenSize = 20, ContextLength = 64)]
        [Layers(1, typeof(DenseBlock))]
        [Layers(2, typeof(ExpertBlock))]
        public partial class Model;
        """;

    [SkippableTheory]
    [InlineData(Device.Cpu)]
    [InlineData(Device.OpenCl)]
    [InlineData(Device.Cuda)]
    public void Model_WithFunctionsInEveryPlace_AgreesWithTheInterpreter(Device device)
    {
        if (device != Device.Cpu)
            GpuDevice.Require(device);

        var drawn = new DrawnModel(DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Declared.Model"), 5, [[3, 1, 4, 1, 5, 9, 2], [6]]);
        Trace expected = drawn.Interpret(drawn.Graph);
        Dictionary<(int Layer, int Token), int[]> close = Agreement.CloseChoices(expected);
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source], seesGpu: device != Device.Cpu);
        using ICompiledModel model = assembly.Model("Declared.Model").CreateRandom(drawn.Seed, new LoadOptions { Device = device });

        ChoiceCount count = Agreement.Check(expected, EmittedRun.Run(model, drawn.Sequences, EmittedRun.AtOnce, close, drawn.Requests));

        Assert.Equal(16, count.Decisions);
    }
}
