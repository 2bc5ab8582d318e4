using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Moe.CodeFixes;
using Moe.Generators.Analyzers;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Tests;

/// <summary>The rule book is whole: every rule has a release row, a page and a test; ids are unique and in their band.</summary>
public sealed class DiagnosticsTests
{
    private static readonly Dictionary<char, string> _bands = new()
    {
        ['1'] = "Moe.Form",
        ['2'] = "Moe.Shapes",
        ['3'] = "Moe.Routing",
        ['4'] = "Moe.Weights",
        ['5'] = "Moe.Targets",
        ['6'] = "Moe.Functions",
    };

    public static TheoryData<string> Ids => new(Rules.All.Select(rule => rule.Id));

    [Fact]
    public void Ids_AllRules_AreUniqueAndAscending()
    {
        string[] ids = Rules.All.Select(rule => rule.Id).ToArray();

        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.Matches("^MOE[1-6][0-9]{2}$", id));
    }

    [Fact]
    public void Descriptors_EveryRule_IsSupportedByTheAnalyzer()
    {
        Assert.Equal(Rules.All.Select(rule => rule.Id), new DeclarationAnalyzer().SupportedDiagnostics.Select(descriptor => descriptor.Id));
        Assert.All(Descriptors.All, descriptor =>
        {
            Assert.Equal(DiagnosticSeverity.Error, descriptor.DefaultSeverity);
            Assert.Equal(_bands[descriptor.Id[3]], descriptor.Category);
            Assert.EndsWith($"/docs/diagnostics/{descriptor.Id}.md", descriptor.HelpLinkUri);
        });
    }

    [Fact]
    public void Rules_EveryField_IsInTheList()
    {
        IEnumerable<Rule> fields = typeof(Rules).GetFields().Select(field => (Rule)field.GetValue(null)!);

        Assert.Equal(Rules.All, fields);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Release_EveryRule_HasARow(string id)
    {
        Rule rule = Rules.All.Single(rule => rule.Id == id);
        string rows = Read("src/Moe.Generators/AnalyzerReleases.Unshipped.md") + Read("src/Moe.Generators/AnalyzerReleases.Shipped.md");

        Assert.Contains($"{id} | {_bands[id[3]]} | Error | {rule.Title}\n", rows);
    }

    [Fact]
    public void Release_Rows_AreRules()
    {
        string rows = Read("src/Moe.Generators/AnalyzerReleases.Unshipped.md") + Read("src/Moe.Generators/AnalyzerReleases.Shipped.md");

        Assert.Equal(Rules.All.Select(rule => rule.Id), Regex.Matches(rows, @"^MOE\d+", RegexOptions.Multiline).Select(match => match.Value));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Page_EveryRule_HasMeaningBrokenFixedAndWhy(string id)
    {
        Rule rule = Rules.All.Single(rule => rule.Id == id);
        string page = Read($"docs/diagnostics/{id}.md");

        Assert.StartsWith($"# {id}: {rule.Title}\n", page);
        int broken = page.IndexOf("\n## Broken\n", StringComparison.Ordinal);
        int mended = page.IndexOf("\n## Fixed\n", StringComparison.Ordinal);
        int why = page.IndexOf("\n## Why\n", StringComparison.Ordinal);
        Assert.True(0 < broken && broken < mended && mended < why, "Broken, Fixed and Why follow one another.");
        Assert.Contains("```csharp\n", page[broken..mended]);
        Assert.Contains("```csharp\n", page[mended..why]);
        Assert.Contains($"| [{id}]({id}.md) | {rule.Title} |", Read("docs/diagnostics/README.md"));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async System.Threading.Tasks.Task Page_EveryRule_BreaksAndMendsWhatItSays(string id)
    {
        string page = Read($"docs/diagnostics/{id}.md");
        string[] examples = Regex.Matches(page, "```csharp\n(.*?)```", RegexOptions.Singleline).Select(match => match.Groups[1].Value).ToArray();

        Assert.Equal(2, examples.Length);
        Assert.Equal([id], (await GeneratorHarness.AnalyzeAll(GeneratorHarness.Compile(examples[0]))).Select(diagnostic => diagnostic.Id).Distinct());
        Assert.Empty(await GeneratorHarness.AnalyzeAll(GeneratorHarness.Compile(examples[1])));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Test_EveryRule_HasACase(string id) => Assert.Contains(RuleCases.All, rule => rule.Id == id);

    [Fact]
    public void Pages_EveryFile_IsARule()
    {
        IEnumerable<string> pages = Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "diagnostics"), "MOE*.md")
            .Select(path => Path.GetFileNameWithoutExtension(path)!)
            .Order(StringComparer.Ordinal);

        Assert.Equal(Rules.All.Select(rule => rule.Id), pages);
    }

    [Fact]
    public void CodeFixes_Ids_AreRules()
    {
        string[] fixable = [.. new MakePartialFix().FixableDiagnosticIds, .. new NearestValueFix().FixableDiagnosticIds];

        Assert.Subset(Rules.All.Select(rule => rule.Id).ToHashSet(), fixable.ToHashSet());
    }

    [Fact]
    public void Language_RuleIdsInItsDocumentation_AreRules()
    {
        string[] ids = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Moe.Dsl"), "*.cs")
            .SelectMany(path => Regex.Matches(File.ReadAllText(path), @"MOE\d+").Select(match => match.Value))
            .ToArray();

        Assert.NotEmpty(ids);
        Assert.Subset(Rules.All.Select(rule => rule.Id).ToHashSet(), ids.ToHashSet());
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));
}
