using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Text.Json;
using Moe.Benchmarks.Commands;
using Moe.Benchmarks.Results;

namespace Moe.Benchmarks.Processes;

/// <summary>The command that measures a storyteller from process start: its first token, and its peak memory.</summary>
public static class StartCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        var program = new Option<FileInfo>("--program")
        {
            Description = "FairyTales as published: FairyTales.dll, which the dotnet host runs, or the executable",
            Required = true,
        };
        var tokens = CommandLine.Count("--tokens", "Tokens that it tells", 200);
        var runs = CommandLine.Count("--runs", "How often it is started; the first start, with cold files, is left out", 11);
        var command = new Command("start", "First token and peak memory of the example FairyTales from process start.") { program, tokens, runs };
        command.SetAction(arguments => Run(arguments.GetValue(program)!, arguments.GetValue(tokens), arguments.GetValue(runs)));
        return command;
    }

    private static void Run(FileInfo program, int tokens, int runs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 2);
        if (!program.Exists)
            throw new FileNotFoundException($"There is no {program.FullName}; publish it with: dotnet publish examples/FairyTales -c Release -p:PublishAot=false -o FOLDER");
        List<double> firsts = [], lasts = [];
        long peak = 0;
        for (int run = 0; run < runs; run++)
        {
            StoryProcess story = StoryProcess.Run(program.FullName, tokens);
            if (run == 0)
                continue;
            firsts.Add(story.FirstToken);
            lasts.Add(story.End);
            peak = Math.Max(peak, story.PeakBytes);
        }

        (long weights, long cache) = Model(program.DirectoryName!, tokens);
        Spread first = Spread.Of(firsts), last = Spread.Of(lasts);
        double allowed = ((weights + cache) * 1.1) + 60e6;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first token after {first.Median * 1e3:0} ms ({first.Least * 1e3:0}–{first.Most * 1e3:0}), {tokens} tokens and exit after {last.Median * 1e3:0} ms; {firsts.Count} starts"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"peak memory {peak / 1e6:0.0} MB; weights {weights / 1e6:0.0} + cache {cache / 1e6:0.0} MB, with 10% and 60 MB on top {allowed / 1e6:0.0} MB"));
    }

    /// <summary>Bytes of the weights and of the cache of one sequence, from the model's files.</summary>
    private static (long Weights, long Cache) Model(string folder, int tokens)
    {
        string model = Path.Combine(folder, "model");
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "config.json")));
        JsonElement root = config.RootElement;
        long elements = 2L * root.GetProperty("num_hidden_layers").GetInt32() * root.GetProperty("num_key_value_heads").GetInt32() * root.GetProperty("head_dim").GetInt32();
        return (new FileInfo(Path.Combine(model, "model.safetensors")).Length, elements * sizeof(float) * tokens);
    }
}
