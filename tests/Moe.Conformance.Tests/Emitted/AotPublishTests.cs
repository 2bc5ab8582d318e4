using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>FairyTales published ahead of time: no warning, and the same tale as the original implementation tells.</summary>
public class AotPublishTests
{
    [SkippableFact]
    public async Task FairyTales_PublishedAhead_HasNoWarningAndTellsItsTale()
    {
        bool isRequired = Environment.GetEnvironmentVariable("MOE_REQUIRE_AOT") == "1";
        bool hasLinker = new[] { "clang", "gcc" }.Any(IsOnPath);
        Skip.IfNot(isRequired || hasLinker, "A native publish needs a linker: install clang (or gcc) and zlib1g-dev.");

        string root = Root();
        string output = Directory.CreateTempSubdirectory("moe-aot-").FullName;
        try
        {
            (int publish, string log) = await Run(
                "dotnet",
                root,
                "publish", "examples/FairyTales", "-c", "Release", "--nologo", "-o", output, "-p:TrimmerSingleWarn=false", "-p:UseSharedCompilation=false", "-nodeReuse:false");
            Assert.True(publish == 0, log);
            Assert.False(Regex.IsMatch(log, @"\b(warning|error) [A-Z]{2,}\d+"), log);

            (int exit, string tale) = await Run(Path.Combine(output, "FairyTales"), output, "tell", "Once upon a time", "--temperature", "0", "--tokens", "24");
            Assert.True(exit == 0, tale);
            Assert.StartsWith("Once upon a time, and then a little while, who was sitting on a tree, and a little boy", tale, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(output, true);
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MoeDsl.sln")))
            folder = folder.Parent;

        return folder?.FullName ?? throw new DirectoryNotFoundException("No folder above the tests holds MoeDsl.sln.");
    }

    private static async Task<(int ExitCode, string Output)> Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // A test host sets variables that a build of its own must not inherit.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
