using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using Moe.Generators.Declarations;

namespace Moe.Generators.Tests;

/// <summary>The arrows between rooms, the names that join generator and runtime, and the size of files.</summary>
public sealed class LayeringTests
{
    private const int MaxLines = 300;

    // Room → the rooms it may use. "Roslyn" stands for Microsoft.CodeAnalysis.
    private static readonly Dictionary<string, string[]> _generatorRooms = new()
    {
        ["Declarations"] = [],
        ["Diagnostics"] = [],
        ["Parsing"] = ["Declarations", "Roslyn"],
        ["Architecture"] = ["Declarations"],
        ["Families"] = ["Declarations", "Architecture"],

        // Of the graph, Validation asks only which weights a model has (MOE402).
        ["Validation"] = ["Declarations", "Diagnostics", "Architecture", "Families", "Ir"],
        ["Ir"] = ["Declarations", "Architecture"],
        ["Passes"] = ["Architecture", "Ir"],
        ["Emit"] = ["Declarations", "Diagnostics", "Architecture", "Families", "Ir", "Passes"],
        ["Analyzers"] = ["Declarations", "Diagnostics", "Parsing", "Validation", "Roslyn"],
    };

    private static readonly Dictionary<string, string[]> _runtimeRooms = new()
    {
        ["MachineCode"] = [],
        ["Numerics"] = ["MachineCode"],
        ["Json"] = [],
        ["Checkpoints"] = ["Json"],
        ["Text"] = ["Json"],
        ["Memory"] = ["Numerics"],
        ["Workers"] = ["Numerics", "Memory"],
        ["Weights"] = ["Checkpoints", "Memory", "Numerics"],
        ["Profiling"] = ["Weights", "Memory", "Workers", "Numerics"],
        ["Models"] = ["Text", "Checkpoints", "Profiling", "Weights", "Memory", "Workers", "Numerics"],
        ["Generation"] = ["Text", "Checkpoints", "Models", "Memory"],
    };

    // WorkerPoolTests.cs holds the pool's whole contract, with its timing helpers.
    private static readonly string[] _longFiles = ["WorkerPoolTests.cs"];

    [Fact]
    public void Generator_Rooms_UseOnlyWhatTheyMay() => AssertArrows("src/Moe.Generators", "Moe.Generators", _generatorRooms);

    [Fact]
    public void Runtime_Rooms_UseOnlyWhatTheyMay() => AssertArrows("src/Moe.Runtime", "Moe.Runtime", _runtimeRooms);

    [Fact]
    public void Compiler_BetweenTheDoors_KnowsNoRoslyn()
    {
        string[] doors = ["Parsing", "Analyzers"];
        IEnumerable<string> guilty = SourcesOf("src/Moe.Generators")
            .Where(file => !doors.Contains(file.Room) && Path.GetFileName(file.Path) != "MoeGenerator.cs")
            .Where(file => File.ReadAllText(file.Path).Contains("Microsoft.CodeAnalysis", StringComparison.Ordinal))
            .Select(file => file.Path);

        Assert.Empty(guilty);
    }

    [Fact]
    public void Workspaces_AreUsedByCodeFixesOnly()
    {
        string[] projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("CSharp.Workspaces", StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path)!)
            .ToArray();

        Assert.Equal(["Moe.CodeFixes"], projects);
    }

    [Fact]
    public void Runtime_NeverUsesRoslynOrIlgpu()
    {
        string[] forbidden = ["using Microsoft.CodeAnalysis", "using ILGPU"];
        Assert.Empty(SourcesOf("src/Moe.Runtime")
            .Where(file => forbidden.Any(name => File.ReadAllText(file.Path).Contains(name, StringComparison.Ordinal)))
            .Select(file => file.Path));
    }

    [Fact]
    public void KnownNames_OfLanguageAndRuntime_Resolve()
    {
        Assembly[] assemblies = [LanguageAttributes.Assembly, typeof(Runtime.Models.ModelShape).Assembly];
        foreach (FieldInfo field in typeof(KnownNames).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var name = (string)field.GetValue(null)!;
            bool isGpu = name.StartsWith("Moe.Runtime.Gpu.", StringComparison.Ordinal);
            if (field.Name != nameof(KnownNames.Language) && !isGpu)
                Assert.True(assemblies.Any(assembly => assembly.GetType(name) is not null), name);
        }
    }

    [Fact]
    public void KnownNames_OfTheGpuRuntime_IsDeclaredInItsSources()
    {
        string[] sources = SourcesOf("src/Moe.Runtime.Gpu").Select(file => File.ReadAllText(file.Path)).ToArray();
        int dot = KnownNames.GpuAccelerator.LastIndexOf('.');
        string space = $"namespace {KnownNames.GpuAccelerator[..dot]};";
        string type = $"class {KnownNames.GpuAccelerator[(dot + 1)..]} ";

        // This project does not reference the assembly, which brings ILGPU with it; its sources are read instead.
        Assert.True(sources.Length == 0 || sources.Any(text => text.Contains(space) && text.Contains(type)), KnownNames.GpuAccelerator);
    }

    [Fact]
    public void Words_AllOfThem_AreTheAttributesOfTheLanguage()
    {
        IEnumerable<string> words = typeof(Words).GetFields().Select(field => (string)field.GetValue(null)! + "Attribute");

        Assert.Equal(LanguageAttributes.All.Select(type => type.Name), words.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Attributes_PositionalArguments_AreNamedLikeTheirProperty()
    {
        foreach (Type attribute in LanguageAttributes.All)
        {
            foreach (ParameterInfo parameter in attribute.GetConstructors().SelectMany(constructor => constructor.GetParameters()))
                Assert.NotNull(attribute.GetProperty(char.ToUpperInvariant(parameter.Name![0]) + parameter.Name[1..]));
        }
    }

    [Fact]
    public void Files_AllSources_AreShort()
    {
        IEnumerable<string> tooLong = new[] { "src", "tests" }
            .SelectMany(SourcesOf)
            .Where(file => !_longFiles.Contains(Path.GetFileName(file.Path)))
            .Where(file => File.ReadLines(file.Path).Count() > MaxLines)
            .Select(file => file.Path);

        Assert.Empty(tooLong);
    }

    private static void AssertArrows(string project, string rootNamespace, Dictionary<string, string[]> rooms)
    {
        var wrong = new List<string>();
        foreach ((string room, string path) in SourcesOf(project).Where(file => file.Room.Length > 0))
        {
            if (!rooms.TryGetValue(room, out string[]? allowed))
            {
                wrong.Add($"{room} is not a room of {project}");
                continue;
            }

            foreach (Match use in Regex.Matches(File.ReadAllText(path), @"^using (?:static )?([\w.]+);", RegexOptions.Multiline))
            {
                string? used = RoomOf(use.Groups[1].Value, rootNamespace);
                if (used is not null && used != room && !allowed.Contains(used))
                    wrong.Add($"{Path.GetFileName(path)} in {room} uses {used}");
            }
        }

        Assert.Empty(wrong.Distinct());
    }

    private static string? RoomOf(string name, string rootNamespace)
    {
        if (name.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal))
            return "Roslyn";

        return name.StartsWith(rootNamespace + ".", StringComparison.Ordinal) ? name[(rootNamespace.Length + 1)..].Split('.')[0] : null;
    }

    /// <summary>The C# files of a folder, each with its first folder below it ("" for files at the root).</summary>
    private static IEnumerable<(string Room, string Path)> SourcesOf(string folder)
    {
        string root = Path.Combine(Repository.Root, folder);
        foreach (string path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string[] steps = Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar);
            if (!steps.Contains("obj") && !steps.Contains("bin"))
                yield return (steps.Length > 1 ? steps[0] : "", path);
        }
    }
}
