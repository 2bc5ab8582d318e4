using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using Moe.Generators.Declarations;
using Moe.Runtime.Checkpoints;

namespace Moe.Scaffold;

/// <summary>The command line.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var path = new Argument<FileInfo>("config") { Description = "config.json, or the folder that holds it" };
        var output = new Option<FileInfo?>("--output", "-o") { Description = "File to write; the terminal where it is missing" };
        var name = new Option<string?>("--name", "-n") { Description = "Name of the class; that of the folder where it is missing" };
        var space = new Option<string>("--namespace") { Description = "Namespace of the class", DefaultValueFactory = _ => "" };
        name.Validators.Add(given => CheckNames(given, "--name", [given.GetValueOrDefault<string?>()]));
        space.Validators.Add(given => CheckNames(given, "--namespace", given.GetValueOrDefault<string>() is { Length: > 0 } names ? names.Split('.') : []));
        var command = new RootCommand("Writes the C# declaration of the model that a Hugging Face config.json describes.") { path, output, name, space };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(path), parsed.GetValue(output), parsed.GetValue(name), parsed.GetRequiredValue(space)));
        return command.Parse(arguments).Invoke();
    }

    private static void CheckNames(OptionResult given, string option, string?[] names)
    {
        foreach (string? name in names)
        {
            if (!Scaffolding.IsName(name))
                given.AddError($"{option}: '{name}' is no name in C#; it needs letters, digits and underscores, no digit first, and no keyword.");
        }
    }

    private static int Run(FileInfo path, FileInfo? output, string? name, string space)
    {
        string file = Directory.Exists(path.FullName) ? Path.Combine(path.FullName, "config.json") : path.FullName;
        try
        {
            string json = File.ReadAllText(file);
            ModelText text = Scaffolding.Read(json, name ?? Scaffolding.ClassName(Path.GetFileName(Path.GetDirectoryName(file)) ?? ""), file);
            Scaffolding.Verify(file, text);
            string source = Scaffolding.File(text, space, file);
            if (output is null)
                Console.Out.Write(source);
            else
                File.WriteAllText(output.FullName, source);
            return 0;
        }
        catch (Exception failure) when (failure is FormatException or CheckpointException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }
}
