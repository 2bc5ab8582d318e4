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

    /// <summary>Prints the largest difference as a part of the largest logit.</summary>
    /// <exception cref="InvalidOperationException">
    /// In float32 it is above 1%. Other formats round in each engine's own way, and a router whose scores are close then chooses another
    /// expert: above half of the largest logit, which is nearer to another model than to this one.
    /// </exception>
    public static void Run(ModelCase model, WeightFormat format, OwnModel own, IContender peer)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(peer);
        int[] tokens = TokenIds.Prompt(model.Shape.VocabularySize, 0, Prompt);
        float[] ours = own.Logits(tokens), theirs = peer.Logits(tokens);
        if (ours.Length != theirs.Length)
            throw new InvalidOperationException($"{peer.Name} gives {theirs.Length} logits and the declaration has {ours.Length}: it is not the same model.");
        double scale = ours.Max(Math.Abs);
        double difference = ours.Zip(theirs, (a, b) => Math.Abs((double)a - b)).Max() / scale;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{model.Name} {format}: logits of {peer.Name} differ from ours by at most {difference:0.0e+0} of the largest ({scale:0.00})"));
        double most = format == WeightFormat.F32 ? 1e-2 : 0.5;
        // Written so that NaN fails too.
        if (!(difference <= most))
            throw new InvalidOperationException($"{peer.Name} does not compute the model that it is compared on: logits differ by {difference:P1}, more than {most:P0}.");
    }
}
