using System;
using System.CommandLine;
using System.IO;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Text;

namespace Moe.Benchmarks.Commands;

/// <summary>What the command lines of the benchmarks have in common.</summary>
public static class CommandLine
{
    /// <summary>Runs a command; what is wrong with its input is told in one message, without a stack trace.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(RootCommand root, string[] arguments)
    {
        ArgumentNullException.ThrowIfNull(root);
        try
        {
            return root.Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException
            or CheckpointException or TokenizerException)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    /// <summary>An option that takes a whole number above zero.</summary>
    public static Option<int> Count(string name, string description, int byDefault)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name} takes a whole number above zero.");
        });
        return option;
    }
}
