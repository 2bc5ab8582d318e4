using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using CsCheck;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Declarations;
using Moe.Generators.Parsing;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Functions;

/// <summary>
/// Random functions, written as C# methods: what the compiler reads is what was drawn, and what it emits computes what the
/// C# method computes when it is called.
/// </summary>
public class FunctionPropertyTests(ITestOutputHelper output)
{
    private const int Functions = 40;
    private const int Arguments = 512;

    [Fact]
    public void Text_OfAnyFunction_IsReadAsThatFunction() => FunctionGen.Any("F").Sample(
        function => Assert.Equal(function, FunctionText.Read("F", FunctionText.Write(function))),
        iter: 2000);

    [Fact]
    public void Parser_OfAnyFunctionWrittenInCSharp_ReadsThatFunction()
    {
        ScalarFunction[] drawn = Draw(seed: 3, count: 300);
        CSharpCompilation compilation = DeclarationCompilation.Of(["using Moe;\nnamespace Drawn;\n" + FunctionSource.Class("Functions", drawn)]);
        INamedTypeSymbol type = compilation.GetTypeByMetadataName("Drawn.Functions")!;
        foreach (ScalarFunction function in drawn)
        {
            FunctionDeclaration read = FunctionReader.Read(type.GetMembers(function.Name).OfType<IMethodSymbol>().Single(), CancellationToken.None);
            Assert.Null(read.Problem);
            Assert.Equal(FunctionText.Write(function), FunctionText.Write(read.Function!));
            Assert.Equal(function, read.Function);
        }
    }

    [Fact]
    public void EmittedFunctions_OfAnyTree_ComputeWhatTheMethodComputes()
    {
        ScalarFunction[] drawn = Draw(seed: 5, count: Functions);
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source(drawn)]);
        Type model = assembly.Model("Drawn.Model").Type;
        var random = new Random(7);
        long judged = 0;
        foreach (ScalarFunction function in drawn)
        {
            var emitted = new EmittedFunction(model, function.Name, function.Parameters.Count);
            Func<float, float, float> framework = EmittedFunction.Method(model.Assembly, "Drawn.Functions", function.Name, function.Parameters.Count);
            Func<float, float, float> own = EmittedFunction.Method(model.Assembly, "Drawn.Twins", function.Name, function.Parameters.Count);
            float[] x = EmittedFunction.Arguments(random, Arguments);
            float[] y = EmittedFunction.Arguments(random, Arguments);
            float[] one = emitted.RunAtEveryWidth(x, y);

            for (int i = 0; i < x.Length; i++)
            {
                float expected = own(x[i], y[i]);
                Assert.True(EmittedFunction.SameBits(expected, one[i]), Say(function, x[i], y[i], expected, one[i]));

                BoundedValue bound = BoundedValue.Evaluate(function, x[i], y[i]);
                if (!bound.IsUseful)
                    continue;

                judged++;
                float called = framework(x[i], y[i]);
                Assert.True(Math.Abs(one[i] - bound.Value) <= bound.Error, Say(function, x[i], y[i], bound, one[i]));
                Assert.True(Math.Abs(called - bound.Value) <= bound.Error, Say(function, x[i], y[i], bound, called));
            }
        }

        long all = (long)Functions * Arguments;
        output.WriteLine($"{Functions} functions at {Arguments} arguments: all bits equal; {judged} of {all} values within a bound from double precision");
        Assert.True(judged > all / 4, $"only {judged} of {all} values could be bounded");
    }

    private static ScalarFunction[] Draw(ulong seed, int count)
    {
        var draw = new PCG(1, seed);
        return [.. Enumerable.Range(0, count).Select(index => FunctionGen.Any("F" + index).Generate(draw, null, out Size _))];
    }

    private static string Source(ScalarFunction[] functions)
    {
        string blocks = string.Concat(functions.Select((function, index) =>
            $"[Block] [Attention(Heads = 1, HeadSize = 2)] [FeedForward(IntermediateSize = 1, Function = nameof(Functions.{function.Name}), From = typeof(Functions))] public class B{index};\n"));
        string layers = string.Concat(functions.Select((_, index) => $"[Layers(1, typeof(B{index}))]\n"));
        return "using Moe;\nnamespace Drawn;\n" + FunctionSource.Class("Functions", functions) + FunctionSource.Class("Twins", functions, own: true) + blocks
            + "[MoeModel(VocabularySize = 2, HiddenSize = 2, ContextLength = 8)]\n" + layers + "public partial class Model;\n";
    }

    private static string Say(ScalarFunction function, float x, float y, object expected, float found) =>
        $"{FunctionText.Write(function)} at ({x:R}, {y:R}): expected {expected:R}, found {found:R}";
}
