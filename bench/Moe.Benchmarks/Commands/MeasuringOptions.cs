using System.CommandLine;

namespace Moe.Benchmarks.Commands;

/// <summary>Options of every command that measures points.</summary>
public sealed class MeasuringOptions
{
    /// <summary>The result file.</summary>
    public Option<string> Out { get; } = CreateOut();

    /// <summary>Turns of a point.</summary>
    public Option<int> Samples { get; } = CommandLine.Count("--samples", "Samples of each point", 7);

    /// <summary>Measure what is there already.</summary>
    public Option<bool> Again { get; } = new("--again") { Description = "Measure points once more that the file already has" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Out);
        command.Add(Samples);
        command.Add(Again);
    }

    /// <summary>The option for a result file.</summary>
    public static Option<string> CreateOut() => new("--out")
    {
        Description = "File that results are appended to, one JSON object a line",
        DefaultValueFactory = _ => "bench/results/results.jsonl",
    };
}
