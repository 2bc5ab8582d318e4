using System;
using System.IO;

namespace Moe.Generators.Tests;

/// <summary>Where the sources of the repository lie.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution file.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MoeDsl.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("No folder above the tests holds MoeDsl.sln.");
    }
}
