using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Moe.Runtime.Generation;
using Moe.Runtime.Models;
using Moe.Runtime.Numerics;
using Moe.Runtime.Profiling;
using Spectre.Console;

namespace FairyTales;

/// <summary>A tale as it is told, then how fast it was told and who told it.</summary>
internal sealed class Tale(FairyTales model, Device device, float temperature, int topK, ulong? seed, int tokens, StepProfile? profile = null)
{
    private const int BarWidth = 3;
    private const string Partial = " ▏▎▍▌▋▊▉";

    public async Task TellAsync(string prompt, CancellationToken cancellation)
    {
        var use = new ExpertUse(FairyTales.Layers, FairyTales.Shape.MaxExperts);
        GenerationStatistics? statistics = null;
        var options = new GenerationOptions
        {
            Temperature = temperature,
            TopK = topK,
            Seed = seed,
            MaxNewTokens = tokens,
            OnFinished = finished => statistics = finished,
        };

        await using IAsyncEnumerator<string> pieces = TextGenerator
            .GenerateAsync(model, model.Tokenizer!, model.GenerationDefaults, prompt, options, use, cancellation)
            .GetAsyncEnumerator(cancellation);

        // The prompt is shown while the model reads it: plainly, since what draws tables takes 20 ms to be ready.
        ValueTask<bool> next = pieces.MoveNextAsync();
        Console.Write(prompt);
        int told = 0;
        for (; await next.ConfigureAwait(false); next = pieces.MoveNextAsync())
        {
            Console.Write(pieces.Current);
            if (++told == ProfileReport.WarmTokens(tokens))
                profile?.Clear();
        }

        Console.WriteLine();
        Summarise(statistics, use);
    }

    /// <summary>Apart from the tale, because the library that draws tables is loaded when a method that names it begins.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Summarise(GenerationStatistics? statistics, ExpertUse use)
    {
        if (statistics is { } speed)
            AnsiConsole.Write(new Text("\n" + Speed(speed) + "\n\n", new Style(decoration: Decoration.Dim)));
        AnsiConsole.Write(Experts(use));
    }

    private string Speed(GenerationStatistics told) => string.Create(
        CultureInfo.InvariantCulture,
        $"prompt {told.PromptTokens} tokens at {told.PromptTokensPerSecond:N0}/s, tale {told.GeneratedTokens} tokens at {told.GenerationTokensPerSecond:N0}/s, on {(device == Device.Cpu ? CpuInstructions.Describe() : device.ToString())}");

    /// <summary>A row a layer, a column an expert: its share of the layer's choices in percent. A full bar is four times the fair share.</summary>
    private static Table Experts(ExpertUse use)
    {
        var table = new Table().Border(TableBorder.Simple).Title("experts (columns) in the choices of each layer (rows), %").AddColumn("");
        for (int expert = 0; expert < FairyTales.Shape.MaxExperts; expert++)
            table.AddColumn(expert.ToString(CultureInfo.InvariantCulture));

        for (int layer = 0; layer < use.Layers; layer++)
        {
            int[] counts = use.Of(layer).ToArray();
            double total = Math.Max(1, counts.Sum());
            table.AddRow(counts.Select(count => Bar(count / total, counts.Length)).Prepend(layer.ToString(CultureInfo.InvariantCulture)).ToArray());
        }

        return table;
    }

    private static string Bar(double share, int experts)
    {
        int eighths = (int)Math.Round(Math.Min(1, share * experts / 4) * BarWidth * 8);
        string bar = new string('█', eighths / 8) + (eighths % 8 == 0 ? "" : Partial[eighths % 8].ToString());
        return bar.PadRight(BarWidth) + string.Create(CultureInfo.InvariantCulture, $"{share * 100,3:N0}");
    }
}
