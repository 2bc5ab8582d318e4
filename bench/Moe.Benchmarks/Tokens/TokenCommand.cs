using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using Moe.Benchmarks.Commands;
using Moe.Benchmarks.Models;
using Moe.Benchmarks.Results;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Tokens;

/// <summary>The command that measures prefill and decode.</summary>
public static class TokenCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="peers">Options of the peers and how they are made from them.</param>
    /// <param name="peerOptions">Options that <paramref name="peers"/> reads.</param>
    public static Command Create(Func<ParseResult, IReadOnlyList<IPeer>> peers, params Option[] peerOptions)
    {
        var models = new Option<string[]>("--models")
        {
            Description = "S (489 million parameters, 32 experts) and M (2.7 billion, 64 experts)",
            DefaultValueFactory = _ => ["S"],
            AllowMultipleArgumentsPerToken = true,
        };
        var formats = new Option<WeightFormat[]>("--formats")
        {
            Description = "Weights in memory",
            DefaultValueFactory = _ => [WeightFormat.F32, WeightFormat.BF16, WeightFormat.Int8, WeightFormat.Int4],
            AllowMultipleArgumentsPerToken = true,
        };
        var sets = new Option<string[]>("--points")
        {
            Description = "Which factors differ from the base point (prompt 512, batch 1): " + string.Join(", ", TokenPoints.Sets),
            DefaultValueFactory = _ => ["base"],
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = CommandLine.Count("--threads", "Worker threads of every contender at the base point", 2);
        var generated = CommandLine.Count("--generated", "Tokens that a sample of decoding generates for each sequence", 64);
        MeasuringOptions common = new();
        var command = new Command("tokens", "Prefill and decode against what the machine gives.") { models, formats, sets, threads, generated };
        common.AddTo(command);
        foreach (Option option in peerOptions)
            command.Add(option);
        command.SetAction(arguments =>
        {
            TokenPoint[] points =
            [
                .. from model in arguments.GetValue(models)!
                   from format in arguments.GetValue(formats)!
                   from set in arguments.GetValue(sets)!
                   from point in TokenPoints.Of(set, ModelCase.Of(model).Name, format, arguments.GetValue(threads), arguments.GetValue(generated))
                   select point,
            ];
            var run = new TokenRun(new ResultFile(arguments.GetValue(common.Out)!), arguments.GetValue(common.Samples), arguments.GetValue(common.Again));
            run.Run(points, peers(arguments));
        });
        return command;
    }
}
