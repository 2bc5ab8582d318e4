using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;

namespace Moe.Benchmarks.Processes;

/// <summary>One start of the storyteller.</summary>
/// <param name="FirstToken">Seconds from before the start to the first byte behind the prompt.</param>
/// <param name="End">Seconds to the end of its output.</param>
/// <param name="PeakBytes">Largest resident memory; 0 where the system does not tell.</param>
internal sealed record StoryProcess(double FirstToken, double End, long PeakBytes)
{
    private const string Prompt = "Once upon a time";

    /// <summary>Starts it, reads what it writes as it comes, and waits for its end.</summary>
    /// <exception cref="InvalidOperationException">It failed, or wrote something else than a tale.</exception>
    public static StoryProcess Run(string program, int tokens)
    {
        bool isManaged = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isManaged ? "dotnet" : program) { RedirectStandardOutput = true };
        if (isManaged)
            start.ArgumentList.Add(program);
        foreach (string argument in new[] { "tell", Prompt, "--temperature", "0", "--tokens", tokens.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);

        long begin = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Peak peak = new(process.Id);
        using var watch = new Timer(_ => peak.Look(), null, 0, 5);
        Stream output = process.StandardOutput.BaseStream;
        var text = new MemoryStream();
        var buffer = new byte[4096];
        double first = 0;
        for (int read = output.Read(buffer); read > 0; read = output.Read(buffer))
        {
            text.Write(buffer, 0, read);
            if (first == 0 && text.Length > Prompt.Length)
                first = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        }

        double end = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        process.WaitForExit();
        string told = Encoding.UTF8.GetString(text.ToArray());
        if (process.ExitCode != 0 || !told.StartsWith(Prompt, StringComparison.Ordinal))
            throw new InvalidOperationException($"{program} ended with {process.ExitCode} and wrote \"{told[..Math.Min(told.Length, 200)]}\".");
        return new StoryProcess(first, end, peak.Bytes);
    }

    /// <summary>The high-water mark of a process, which only grows: the last look before its end counts.</summary>
    private sealed class Peak(int process)
    {
        private readonly string _status = $"/proc/{process}/status";
        private long _bytes;

        public long Bytes => Volatile.Read(ref _bytes);

        public void Look()
        {
            try
            {
                foreach (string line in File.ReadLines(_status))
                {
                    if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                        Volatile.Write(ref _bytes, Math.Max(Bytes, long.Parse(line.AsSpan(6, line.Length - 9).Trim(), CultureInfo.InvariantCulture) * 1024));
                }
            }
            catch (IOException)
            {
                // It has ended, or the system has no such file.
            }
        }
    }
}
