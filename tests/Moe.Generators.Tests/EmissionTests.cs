using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Moe.Generators.Emit;
using Moe.Generators.Emit.Cpu;

namespace Moe.Generators.Tests;

/// <summary>
/// Whole generated files against Baselines/CASE/FILE.txt, which reviewers read as users would. Set MOE_UPDATE_BASELINES=1 to
/// write them anew, and read the difference.
/// </summary>
public class EmissionTests
{
    private static readonly CompilerOptions _all = new(Gpu: true, DumpIr: true);

    public static TheoryData<string> Cases => new(ModelSources.All.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Model_Compiled_IsItsBaseline(string model)
    {
        ImmutableArray<EmittedFile> files = Emit(model);
        string folder = Path.Combine(Repository.Root, "tests", "Moe.Generators.Tests", "Baselines", model);
        if (Environment.GetEnvironmentVariable("MOE_UPDATE_BASELINES") == "1")
            Write(folder, files);

        Assert.Equal(
            files.Select(file => file.Name + ".txt").Order(StringComparer.Ordinal),
            Directory.GetFiles(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        foreach (EmittedFile file in files)
            Assert.Equal(File.ReadAllText(Path.Combine(folder, file.Name + ".txt")), file.Text);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Model_CompiledTwice_IsTheSameText(string model) => Assert.Equal(Emit(model).AsEnumerable(), Emit(model));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Text_EndsLinesWithNewlineOnly_AndCarriesNoTrailingSpaces(string model)
    {
        foreach (EmittedFile file in Emit(model))
        {
            Assert.DoesNotContain('\r', file.Text);
            Assert.DoesNotContain(file.Text.Split('\n'), line => line.EndsWith(' '));
            Assert.EndsWith("\n", file.Text);
        }
    }

    /// <summary>
    /// Static means static: no choice that the declaration has made is left to run time. What may be left: the observer
    /// (a type argument), the cache's format and the number of tokens.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void CpuStep_HasNoDispatchLeft(string model)
    {
        string text = WithoutComments(Emit(model).Single(file => file.Name.EndsWith(".Cpu.g.cs", StringComparison.Ordinal)).Text);
        string[] forbidden =
        [
            @"\bvirtual\b", @"\babstract\b", @"\boverride\b", @"\bdelegate\b", @"\bFunc<", @"\bAction<", @"\bDictionary<", @"\bswitch\b",
            @"\btypeof\b", @"\bReflection\b", @"\bdynamic\b", @"\bobject\b", @"\bActivator\b", @"\bLinq\b", @"\bIEnumerable\b", @"\byield\b", @"\bforeach\b",
            @"\?\s*[^:;]+:[^:]", // no conditional expression
        ];
        foreach (string pattern in forbidden)
            Assert.False(Regex.IsMatch(text, pattern), $"{model} holds {pattern}: {Regex.Match(text, ".*" + pattern + ".*").Value}");

        // Every branch is one of these: what a caller chose at load (the format of the cache, a profile) or with a request
        // (other experts than declared, which may leave slots empty), and who does what.
        IEnumerable<string> conditions = Regex.Matches(text, @"\bif \((?<condition>[^\n]*)\)\n").Select(match => match.Groups["condition"].Value)
            .Distinct();
        Assert.Empty(conditions.Except(["TObserver.IsEnabled", "_step.IsProfiled", "step.CacheFormat == CacheFormat.F32", "worker.Index == 0", "step.ChangesSelection", "row < 0"]));

        // The pool is entered once a step, and nothing is locked elsewhere.
        Assert.Single(Regex.Matches(text, @"_step\.Run\("));
        Assert.Single(Regex.Matches(text, @"\block\b"));
    }

    /// <summary>Emitted code makes room for tiles that the runtime cuts.</summary>
    [Fact]
    public void Tiles_HaveTheRowsThatTheRuntimeCuts()
    {
        Assert.Equal(Runtime.Workers.TileWalk.RowsPerTile, CpuTiles.TokensPerTile);
        Assert.Equal(Runtime.Memory.ExpertGroups.RowsPerBlock, CpuTiles.RowsPerBlock);
        for (int panels = 1; panels <= 8; panels++)
        {
            int perTile = Runtime.Workers.IntegerWork.PanelsPerTile(panels, asIntegers: true);
            Assert.Equal(0, perTile % 4);
            Assert.InRange(perTile, 4, CpuTiles.PanelsPerTileOfIntegers(panels));
        }
    }

    /// <summary>Shapes, k and factors stand in the text as numbers.</summary>
    [Fact]
    public void CpuStep_HoldsTheDeclarationsConstants()
    {
        string text = Emit("LatentExperts").Single(file => file.Name.EndsWith(".Cpu.g.cs", StringComparison.Ordinal)).Text;
        Assert.Contains("Routing.TopK<D8, D3>", text);
        Assert.Matches(@"Rows\.Scale<D3>\(2\.5f, ", text);
        Assert.Contains("Routing.KeepGroups<GroupBestTwo, D8, D4, D2>", text);
        Assert.Contains("TileMath.Gated<SiLU, D40>", text);
        Assert.DoesNotContain("TopK)", WithoutComments(text));
    }

    /// <summary>A block that repeats is emitted once, whatever the number of layers.</summary>
    [Fact]
    public void Block_Repeated_IsEmittedOnce()
    {
        string few = CpuText(ModelSources.All["Qwen"]);
        string many = CpuText(ModelSources.All["Qwen"].Replace("[Layers(3,", "[Layers(30,"));
        Assert.Equal(few.Split('\n').Length, many.Split('\n').Length);
    }

    private static string CpuText(string source) =>
        MoeCompiler.Compile(GeneratorHarness.Declare(source), _all).Single(file => file.Name.EndsWith(".Cpu.g.cs", StringComparison.Ordinal)).Text;

    private static ImmutableArray<EmittedFile> Emit(string model) =>
        MoeCompiler.Compile(GeneratorHarness.Declare(ModelSources.All[model]), _all);

    private static string WithoutComments(string text) => Regex.Replace(text, @"//[^\n]*", "");

    private static void Write(string folder, ImmutableArray<EmittedFile> files)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, true);
        Directory.CreateDirectory(folder);
        foreach (EmittedFile file in files)
            File.WriteAllText(Path.Combine(folder, file.Name + ".txt"), file.Text);
    }
}
