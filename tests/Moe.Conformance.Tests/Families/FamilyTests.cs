using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Passes;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Families;

/// <summary>
/// config.json of each family → declaration → interpreter, against the family's own equations; and → emitted code that loads
/// the family's layout, against the interpreter.
/// </summary>
public class FamilyTests
{
    /// <summary>Every family, and its variants.</summary>
    public static TheoryData<string> Names => [.. FamilyConfigs.All.Keys, .. VariantConfigs.All.Keys];

    // Both sides are doubles; frequencies of rotations and constants are rounded to float on one of them.
    private const double Tolerance = 2e-6;

    [Theory]
    [MemberData(nameof(Names))]
    public void Interpreter_OnAFamily_AgreesWithItsEquations(string name)
    {
        using var family = new FamilyCase(name);
        using TensorSource tensors = CheckpointTensors.OpenText(family.Folder);
        Trace trace = new GraphInterpreter(family.Architecture, family.Graph, CheckpointWeights.Of(tensors, family.Architecture, family.Graph)).Run(FamilyCase.Sequences);
        double[][] expected = family.Reference(tensors);
        Assert.Equal(expected.Length, trace.Logits.Length);
        for (int token = 0; token < expected.Length; token++)
        {
            double limit = Tolerance * Math.Max(1, expected[token].Max(Math.Abs));
            Assert.Equal(expected[token].Length, trace.Logits[token].Length);
            for (int id = 0; id < expected[token].Length; id++)
                Assert.True(Math.Abs(expected[token][id] - trace.Logits[token][id]) <= limit, $"{name}, token {token}, id {id}: equations {expected[token][id]:R}, interpreter {trace.Logits[token][id]:R}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EmittedCpu_LoadingAFamily_AgreesWithTheInterpreter(string name)
    {
        using var family = new FamilyCase(name);
        using TensorSource tensors = CheckpointTensors.OpenText(family.Folder);
        Trace trace = new GraphInterpreter(family.Architecture, PassList.Run(family.Graph), CheckpointWeights.Of(tensors, family.Architecture, family.Graph)).Run(FamilyCase.Sequences);
        using CompiledAssembly assembly = CompiledAssembly.Compile([family.Declaration.File("Families")]);
        using ICompiledModel model = assembly.Model("Families." + family.ClassName).Load(family.Folder);
        Dictionary<(int Layer, int Token), int[]> close = Agreement.CloseChoices(trace);
        Recording atOnce = EmittedRun.Run(model, FamilyCase.Sequences, EmittedRun.AtOnce, close);
        Agreement.Check(trace, atOnce);
        if (CutPrompts.AreTheSame(family.Architecture, FamilyCase.Sequences))
            SameBits.Check("uneven chunks", atOnce, EmittedRun.Run(model, FamilyCase.Sequences, EmittedRun.Uneven, close));
    }

    [Theory]
    [InlineData(", Limit = 7", "", "swiglu_limit")]
    [InlineData("SwishBeta = 1.702", "SwishBeta = 1.5", "swiglu_alpha")]
    public void EmittedCpu_OfAnotherGateThanTheFilesOne_RefusesTheFileByItsKey(string said, string instead, string key)
    {
        using var family = new FamilyCase("gpt_oss");
        string source = family.Declaration.File("Families");
        Assert.Contains(said, source, StringComparison.Ordinal);
        using CompiledAssembly assembly = CompiledAssembly.Compile([source.Replace(said, instead, StringComparison.Ordinal)]);
        CheckpointException refused = Assert.Throws<CheckpointException>(() => assembly.Model("Families." + family.ClassName).Load(family.Folder));
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
    }
}
