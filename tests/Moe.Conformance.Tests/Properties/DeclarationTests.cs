using System;
using System.Linq;
using CsCheck;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Properties;

/// <summary>Every architecture of the language can be written as a declaration and read back.</summary>
public class DeclarationTests
{
    [Fact]
    public void Declaration_OfARandomArchitecture_IsReadAsThatArchitecture() => ModelGen.Model.Array[20].Sample(
        models =>
        {
            CSharpCompilation compilation = DeclarationCompilation.Of(models.Select((model, index) => model.Source("Drawn" + index)));
            for (int index = 0; index < models.Length; index++)
            {
                MoeArchitecture read = DeclarationCompilation.Architecture(compilation, $"Drawn{index}.Model");
                Assert.Equal(Print(models[index].Architecture), Print(read));
            }
        },
        iter: 5,
        threads: 1);

    // Graphs hold every choice but those about the class; layers and layout stand beside them.
    private static string Print(MoeArchitecture architecture) =>
        string.Join("\n", architecture.Layers.Select(range => range.ToString())) + "\n"
        + $"{architecture.Layout} {architecture.ContextLength} {architecture.TiedHead}\n"
        + GraphPrinter.Print(GraphBuilder.Build(architecture));
}
