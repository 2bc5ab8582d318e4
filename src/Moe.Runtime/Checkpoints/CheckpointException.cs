using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// A checkpoint (safetensors file, index, config.json, generation_config.json) cannot be used. Lists every problem that
/// was found, not only the first. Missing and unreadable files are reported with this exception too; the exception of
/// the file system is then the <see cref="Exception.InnerException"/>.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates the exception from all problems found in <paramref name="origin"/>.</summary>
    /// <param name="origin">The file, folder or other source that has the problems.</param>
    /// <param name="problems">At least one complete sentence each, with what was expected and what was found.</param>
    /// <param name="innerException">The exception that this one explains, if there is one.</param>
    public CheckpointException(string origin, IReadOnlyList<string> problems, Exception? innerException = null)
        : base(Describe(origin, problems), innerException)
    {
        Origin = origin;
        Problems = problems.ToArray();
    }

    /// <summary>Creates the exception from a single problem.</summary>
    /// <param name="origin">The file, folder or other source that has the problem.</param>
    /// <param name="problem">What was expected and what was found.</param>
    /// <param name="innerException">The exception that this one explains, if there is one.</param>
    public CheckpointException(string origin, string problem, Exception? innerException = null)
        : this(origin, [problem], innerException)
    {
    }

    /// <summary>The file, folder or other source that has the problems.</summary>
    public string Origin { get; }

    /// <summary>Every problem, in the order found; long lists of one kind end with a count of the rest.</summary>
    public IReadOnlyList<string> Problems { get; }

    private static string Describe(string origin, IReadOnlyList<string> problems)
    {
        if (problems.Count == 1)
            return $"{origin}: {problems[0]}";

        var text = new StringBuilder($"{origin}: {problems.Count} problems");
        foreach (string problem in problems)
            text.Append("\n  - ").Append(problem);
        return text.ToString();
    }
}
