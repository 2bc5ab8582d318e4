using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Moe.Benchmarks.Results;

/// <summary>The processor's name where the system tells it.</summary>
internal static class ProcessorName
{
    /// <summary>"AMD EPYC, 2 processors", or the architecture alone.</summary>
    public static string Find()
    {
        const string Information = "/proc/cpuinfo";
        string? line = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        string name = line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return $"{name}, {Environment.ProcessorCount} processors";
    }
}
