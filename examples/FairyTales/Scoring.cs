using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace FairyTales;

/// <summary>The mean loss on a text: windows one after another, each begun anew.</summary>
internal static class Scoring
{
    public static void Run(FairyTales model, string path, int window, int tokens, CancellationToken cancellation)
    {
        (int[] ids, int windows) = Cut(model, path, window, tokens);
        var clock = Stopwatch.StartNew();
        using Session<FairyTales> session = model.NewSession();
        double sum = 0;
        long scored = 0;
        for (int i = 0; i < windows; i++)
        {
            session.Truncate(0);
            // The window's tokens predict the one after each: the first follows nothing, one behind the window is the last.
            double[] scores = session.Score(ids.AsSpan(i * window, window + 1), cancellation);
            sum -= scores.Skip(1).Sum();
            scored += window;
        }

        double loss = sum / scored;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{loss:F4} nats per token (perplexity {Math.Exp(loss):F2}) over {scored:N0} predictions in {windows:N0} windows of {window}, {windows * window / clock.Elapsed.TotalSeconds:N0} tokens/s"));
    }

    /// <summary>The distance of two models' logits at the end of each window.</summary>
    public static void Compare(FairyTales model, FairyTales other, WeightFormat format, string path, int window, int tokens, CancellationToken cancellation)
    {
        (int[] ids, int windows) = Cut(model, path, window, tokens);
        using Session<FairyTales> session = model.NewSession();
        using Session<FairyTales> otherSession = other.NewSession();
        double squares = 0, largest = 0;
        for (int i = 0; i < windows; i++)
        {
            session.Truncate(0);
            otherSession.Truncate(0);
            ReadOnlySpan<float> logits = session.Append(ids.AsSpan(i * window, window), cancellation);
            ReadOnlySpan<float> others = otherSession.Append(ids.AsSpan(i * window, window), cancellation);
            for (int id = 0; id < logits.Length; id++)
            {
                double difference = Math.Abs((double)logits[id] - others[id]);
                squares += difference * difference;
                largest = Math.Max(largest, difference);
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"logits against {format}: root mean square {Math.Sqrt(squares / windows / FairyTales.VocabularySize):F5}, largest {largest:F4}, at the end of {windows:N0} windows"));
    }

    private static (int[] Ids, int Windows) Cut(FairyTales model, string path, int window, int tokens)
    {
        if (window < 1 || window >= FairyTales.ContextLength)
            throw new ArgumentException($"--window is {window}; it must be between 1 and {FairyTales.ContextLength - 1}, one less than the context length.");

        if (tokens < 0)
            throw new ArgumentException($"--tokens is {tokens}; it must be how many tokens to score, or 0 for all.");

        int[] ids = model.Tokenizer!.Encode(File.ReadAllText(path));
        int windows = (tokens == 0 ? ids.Length - 1 : Math.Min(tokens, ids.Length - 1)) / window;
        return windows > 0
            ? (ids, windows)
            : throw new ArgumentException($"{path} has {ids.Length} tokens, fewer than one window of {window} and the token after it.");
    }
}
