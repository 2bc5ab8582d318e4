using System;
using System.Globalization;
using System.Linq;
using Moe.Benchmarks.Models;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Tokens;

/// <summary>Whether a peer computes the same model: its logits against ours after a short prompt.</summary>
public static class LogitCheck
{
    private const int Prompt = 40;
    private const double MostDifference = 1e-2;
    private const double LeastCorrelation = 0.5;

    /// <summary>Prints the largest difference as a part of the largest logit, and how the logits correlate.</summary>
    /// <exception cref="InvalidOperationException">
    /// In float32 the difference is above 1%. Other formats round in each engine's own way, and a router whose scores are close then chooses
    /// another expert; there the correlation is below one half, where two different models have none.
    /// </exception>
    public static void Run(ModelCase model, WeightFormat format, OwnModel own, IContender peer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(peer);
        float[] ours = Logits(model, own), theirs = Logits(model, peer);
        if (ours.Length != theirs.Length)
            throw new InvalidOperationException($"{peer.Name} gives {theirs.Length} logits and the declaration has {ours.Length}: it is not the same model.");
        (double difference, double correlation) = Compare(ours, theirs);
        string found = $"{model.Name} {format}: logits of {peer.Name} and ours {Text(difference, correlation)}";
        Console.WriteLine(found);
        // Written so that NaN fails too.
        if (!(format == WeightFormat.F32 ? difference <= MostDifference : correlation >= LeastCorrelation))
            throw new InvalidOperationException($"{found}: it does not compute the model that it is compared on.");
    }

    /// <summary>A contender's logits after the prompt of the check.</summary>
    public static float[] Logits(ModelCase model, IContender contender)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(contender);
        return contender.Logits(TokenIds.Prompt(model.Shape.VocabularySize, 0, Prompt));
    }

    /// <summary>How far logits lie from reference logits, in words.</summary>
    public static string Describe(float[] reference, float[] logits)
    {
        (double difference, double correlation) = Compare(reference, logits);
        return Text(difference, correlation);
    }

    private static (double Difference, double Correlation) Compare(float[] reference, float[] logits) => (
        reference.Zip(logits, (a, b) => Math.Abs((double)a - b)).Max() / reference.Max(Math.Abs), Correlation(reference, logits));

    private static string Text(double difference, double correlation) =>
        string.Create(CultureInfo.InvariantCulture, $"differ by at most {difference:0.0e+0} of the largest, correlation {correlation:0.00000}");

    private static double Correlation(float[] a, float[] b)
    {
        double meanA = a.Average(value => (double)value), meanB = b.Average(value => (double)value);
        double both = 0, squareA = 0, squareB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            both += (a[i] - meanA) * (b[i] - meanB);
            squareA += (a[i] - meanA) * (a[i] - meanA);
            squareB += (b[i] - meanB) * (b[i] - meanB);
        }

        return both / Math.Sqrt(squareA * squareB);
    }
}
