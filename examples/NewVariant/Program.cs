using System;
using System.Globalization;
using Moe.Runtime.Models;
using Spectre.Console;

namespace NewVariant;

internal static class Program
{
    private static void Main()
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("model", "parameters", "active", "FLOPs/token", "cache bytes/token");
        string first = Run(table, Patchwork.CreateRandom(seed: 1));
        string second = Run(table, TiedPatchwork.CreateRandom(seed: 1));
        AnsiConsole.Write(table);
        Console.WriteLine("12 greedy tokens from random weights");
        Console.WriteLine(first);
        Console.WriteLine(second);
    }

    /// <summary>Adds the model's cost to the table; then prefill of a prompt, and one token after another.</summary>
    private static string Run<TModel>(Table table, TModel model)
        where TModel : class, IMoeModel<TModel>
    {
        using (model)
        using (var session = new Session<TModel>(model))
        {
            ReadOnlySpan<float> logits = session.Append([1, 2, 3, 5, 8, 13]);
            string told = "";
            for (int i = 0; i < 12; i++)
            {
                int best = Best(logits);
                told += best.ToString(CultureInfo.InvariantCulture) + " ";
                logits = session.Append(best);
            }

            ModelShape shape = TModel.Shape;
            table.AddRow(shape.Name, Number(shape.TotalParameters), Number(shape.ActiveParameters), Number(shape.FlopsPerToken), Number(shape.CacheElementsPerToken * 4));
            return $"  {shape.Name}: {told.TrimEnd()}";
        }
    }

    private static int Best(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int token = 1; token < logits.Length; token++)
        {
            if (logits[token] > logits[best])
                best = token;
        }

        return best;
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
