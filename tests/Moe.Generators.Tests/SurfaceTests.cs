using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Generators.Architecture;
using Moe.Generators.Emit;

namespace Moe.Generators.Tests;

/// <summary>The surface of a model that breaks rules: the members of a whole one, with bodies that name the rules.</summary>
public sealed class SurfaceTests
{
    private const string Block = "[Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96)] public class B;";
    private const string Whole = Block + "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(2, typeof(B))] public partial class Tiny;";
    private const string Broken = Block + "[MoeModel(VocabularySize = 100, HiddenSize = 66, ContextLength = 0)] [Layers(2, typeof(B))] public partial class Tiny;";

    [Fact]
    public void Surface_OfABrokenModel_HasThePublicMembersOfAWholeOne()
    {
        Assert.Equal(string.Join('\n', PublicMembers(Complete(Whole))), string.Join('\n', PublicMembers(Complete(Broken))));
    }

    [Theory]
    [InlineData(Broken)]
    [InlineData("[MoeModel] public partial class Tiny { public int Layers => 3; }")]
    [InlineData(Whole + "[MoeModel(ContextLength = -1)] public sealed partial class Mine : Tiny;")]
    public void Surface_OfABrokenModel_CompilesWithoutWarnings(string text)
    {
        Compilation compilation = Complete(text);

        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning));
    }

    [Fact]
    public void Surface_OfABrokenModel_ThrowsAndNamesTheRules()
    {
        using var image = new MemoryStream();
        Assert.True(Complete(Broken).Emit(image).Success);
        image.Position = 0;
        System.Type type = new AssemblyLoadContext("broken", isCollectible: true).LoadFromStream(image).GetType("Demo.Tiny")!;

        var thrown = Assert.Throws<TargetInvocationException>(() => type.GetMethod("Load")!.Invoke(null, ["folder", null]));

        var reason = Assert.IsType<System.InvalidOperationException>(thrown.InnerException);
        Assert.Contains("Demo.Tiny", reason.Message);
        Assert.Contains("MOE201: ContextLength of [MoeModel] on Tiny is 0", reason.Message);
        Assert.Equal(0, type.GetField("VocabularySize")!.GetRawConstantValue());
    }

    [Theory]
    [InlineData("class Outer { [MoeModel] public partial class Tiny; }")]
    [InlineData("[MoeModel] public partial class Tiny<T>;")]
    [InlineData("[MoeModel] public static partial class Tiny;")]
    [InlineData("[MoeModel] public partial record Tiny;")]
    [InlineData("[MoeModel] public abstract partial class Tiny;")]
    [InlineData("[MoeModel] file partial class Tiny;")]
    public void Surface_OfAClassThatCannotBeCompleted_IsNotEmitted(string text)
    {
        Assert.Empty(GeneratorHarness.NewDriver().RunGenerators(GeneratorHarness.Compile(text)).GetRunResult().GeneratedTrees);
    }

    [Fact]
    public void ReservedNames_OfWholeAndBrokenModels_AreAllTheirMembers()
    {
        foreach (string text in new[] { Whole, Broken })
        {
            INamedTypeSymbol type = Complete(text).GetTypeByMetadataName("Demo.Tiny")!;
            IEnumerable<string> names = type.GetMembers()
                .Where(member => !member.IsImplicitlyDeclared && member.CanBeReferencedByName)
                .Select(member => member.Name);

            Assert.All(names, name => Assert.True(ReservedNames.Contains(name) || name == "BWeights" || name == "BrokenRules", name));
        }

        Assert.All(SurfaceMembers.All, member => Assert.True(ReservedNames.Contains(member.Name), member.Name));
    }

    private static ImmutableArray<string> PublicMembers(Compilation compilation) => compilation.GetTypeByMetadataName("Demo.Tiny")!
        .GetMembers()
        .Where(member => member.DeclaredAccessibility == Accessibility.Public && member is not IMethodSymbol { MethodKind: not MethodKind.Ordinary })
        .Select(member => member.ToDisplayString())
        .Order(System.StringComparer.Ordinal)
        .ToImmutableArray();

    private static Compilation Complete(string text)
    {
        CSharpCompilation compilation = GeneratorHarness.Compile(text)
            .WithReferences(GeneratorHarness.RuntimeReferences)
            .WithOptions(new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                allowUnsafe: true));
        GeneratorHarness.NewDriver().RunGeneratorsAndUpdateCompilation(compilation, out Compilation completed, out _, CancellationToken.None);
        return completed;
    }
}
