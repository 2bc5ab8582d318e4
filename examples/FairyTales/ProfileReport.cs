using System;
using System.IO;
using Moe.Runtime.Profiling;
using Moe.Runtime.Workers;

namespace FairyTales;

/// <summary>Where the time of a tale goes: a table on the console and a picture in a file.</summary>
/// <param name="picture">The SVG file.</param>
/// <param name="threads">Worker threads of the model; null for the shared pool.</param>
internal sealed class ProfileReport(FileInfo picture, int? threads)
{
    // Code is compiled in steps while it runs, and the prompt is another kind of work.
    private const int MostWarmTokens = 32;

    /// <summary>What the model is loaded with.</summary>
    public StepProfile Profile { get; } = new();

    /// <summary>Pieces of the tale that are told before the profile begins.</summary>
    /// <param name="tokens">Most tokens of the tale.</param>
    public static int WarmTokens(int tokens) => Math.Min(MostWarmTokens, tokens / 2);

    /// <summary>Refuses a file that cannot be there, before the tale and not after it.</summary>
    /// <exception cref="IOException">Its folder does not exist, or it is a folder itself.</exception>
    public void Check()
    {
        if (picture.Directory is { Exists: false } folder)
            throw new DirectoryNotFoundException($"--profile: the folder {folder.FullName} does not exist; make it first.");
        if (Directory.Exists(picture.FullName))
            throw new IOException($"--profile: {picture.FullName} is a folder; give the name of a file, such as {Path.Combine(picture.FullName, "tale.svg")}.");
    }

    /// <summary>Measures the machine, shows the table and writes the picture.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write()
    {
        using WorkerPool? own = threads is { } count ? new WorkerPool(count) : null;
        MachineRates rates = MachineRates.Measure(own);
        Profile.WriteTable(Console.Out, rates);
        Console.WriteLine();
        using (StreamWriter writer = picture.CreateText())
            Profile.WriteSvg(writer, rates);
        Console.WriteLine($"The picture is in {picture.FullName}.");
    }
}
