using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>How often emitted code had to be told whom to choose.</summary>
/// <param name="Decisions">All decisions.</param>
/// <param name="Close">Those closer than <see cref="Agreement.DecidedGap"/>: the interpreter's choice was forced.</param>
/// <param name="Overruled">Those of the close ones where the emitted code's own choice was another one.</param>
internal sealed record ChoiceCount(int Decisions, int Close, int Overruled)
{
    /// <summary>Both together.</summary>
    public static ChoiceCount operator +(ChoiceCount left, ChoiceCount right) =>
        new(left.Decisions + right.Decisions, left.Close + right.Close, left.Overruled + right.Overruled);

    /// <summary>Of nothing.</summary>
    public static ChoiceCount None { get; } = new(0, 0, 0);
}

/// <summary>
/// Emitted float32 code against the interpreter: max|a − b| ≤ tolerance · max(1, max|b|) for each token's row. Rounding
/// grows with depth, so hidden states may differ by 1e-5 a layer; the head sums once more and may differ by 1e-4.
/// </summary>
internal static class Agreement
{
    /// <summary>Decisions with this gap or more must be the same on every target.</summary>
    public const double DecidedGap = 1e-3;

    /// <summary>Where products round their inputs to 8 bits, rows that differ by more than this many times what float32 may are held against movements.</summary>
    public const double EightBits = 20;

    /// <summary>The largest of four random movements is about 1.5 standard deviations: this allows 6.</summary>
    public const double Sensitivity = 4;

    private const double PerLayer = 1e-5;
    private const double Logits = 1e-4;

    /// <summary>The choices that are too close to expect of float32.</summary>
    public static Dictionary<(int Layer, int Token), int[]> CloseChoices(Trace expected) => expected.Decisions
        .Where(pair => pair.Value.Gap < DecidedGap && pair.Value.Selected.Length > 0)
        .ToDictionary(pair => pair.Key, pair => pair.Value.Selected);

    /// <summary>Whether a decision that cannot be forced is too close to expect of float32.</summary>
    public static bool IsUndecided(Trace expected) => expected.UnforcedGap < DecidedGap;

    /// <summary>Compares everything; the recording must have been made with <see cref="CloseChoices"/> forced.</summary>
    /// <param name="expected">The interpreter's run.</param>
    /// <param name="actual">The emitted code's.</param>
    /// <param name="moved">For random models: a few times what moving the weights by a rounding moves is allowed too.</param>
    /// <param name="scale">How much more than float32's rounding is allowed.</param>
    public static ChoiceCount Check(Trace expected, Recording actual, MovedRuns? moved = null, double scale = 1)
    {
        int layers = expected.Hidden.Count - 1;
        Assert.Equal((layers + 1) * expected.Logits.Length, actual.Hidden.Count);
        // Where a decision differs, that is what to report, and not the hidden state that follows from it.
        Assert.Equal(expected.Decisions.Count, actual.Chosen.Count);
        ChoiceCount count = ChoiceCount.None;
        for (int layer = -1; layer <= layers; layer++)
        {
            for (int token = 0; layer >= 0 && token < expected.Logits.Length; token++)
                Row($"hidden {layer}, token {token}", expected.Hidden[layer][token], actual.Hidden[(layer, token)], scale * PerLayer * Math.Max(1, layer), Hidden(layer, token));
            foreach (((int Layer, int Token) at, Decision decision) in expected.Decisions.Where(pair => pair.Key.Layer == layer).OrderBy(pair => pair.Key))
                count += CheckDecision(at, decision, actual, moved, scale);
        }

        for (int token = 0; token < expected.Logits.Length; token++)
        {
            int row = token;
            Row($"final norm, token {token}", expected.FinalNorm[token], actual.FinalNorm[token], scale * Logits, Moved(run => run.FinalNorm[row]));
            Row($"logits, token {token}", expected.Logits[token], actual.Logits[token], scale * Logits, Moved(run => run.Logits[row]));
        }

        return count;

        Func<double[], double>? Hidden(int layer, int token) => Moved(run => run.Hidden[layer][token]);
        Func<double[], double>? Moved(Func<Trace, double[]?> part) => moved is null ? null : row => moved.Of(row, part);
    }

    private static ChoiceCount CheckDecision((int Layer, int Token) at, Decision decision, Recording actual, MovedRuns? moved, double scale)
    {
        double tolerance = scale * PerLayer * Math.Max(1, at.Layer + 1);
        if (decision.Logits.Length > 0)
            Row($"router logits {at}", decision.Logits, actual.RouterLogits[at], tolerance, moved is null ? null : row => moved.Of(row, run => run.Decisions[at].Logits));

        bool isSame = true;
        bool isClose = decision.Gap < DecidedGap;
        if (decision.Selected.Length > 0)
        {
            int[] own = actual.OwnChoice[at];
            isSame = own.Order().SequenceEqual(decision.Selected.Order());
            Assert.True(isSame || isClose, $"choice {at}: expected [{string.Join(", ", decision.Selected)}], found [{string.Join(", ", own)}] though the gap is {decision.Gap:0.0e0}");
        }

        // Two chosen experts that almost tie may change places; each keeps its weight.
        int[] used = [.. actual.Chosen[at].Where(expert => expert >= 0)];
        Assert.True(used.Order().SequenceEqual(decision.Chosen.Where(expert => expert >= 0).Order()),
            $"choice {at}: used [{string.Join(", ", actual.Chosen[at])}] instead of [{string.Join(", ", decision.Chosen)}]");
        Row($"weights {at}", [.. used.Select(expert => decision.Weights[Array.IndexOf(decision.Chosen, expert)])],
            [.. used.Select(expert => actual.Weights[at][Array.IndexOf(actual.Chosen[at], expert)])], tolerance,
            moved is null ? null : row => moved.Of(row, run => WeightsOf(run.Decisions[at])));
        return new ChoiceCount(1, isClose ? 1 : 0, isSame ? 0 : 1);

        double[]? WeightsOf(Decision run) => used.Any(expert => !run.Chosen.Contains(expert)) ? null : [.. used.Select(expert => run.Weights[Array.IndexOf(run.Chosen, expert)])];
    }

    private static void Row(string what, double[] expected, float[] actual, double tolerance, Func<double[], double>? moved)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} elements, found {actual.Length}");
        double limit = tolerance * Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max());
        if (moved is not null && !expected.Zip(actual, (x, y) => Math.Abs(x - y) <= limit).All(isNear => isNear))
            limit += Sensitivity * moved(expected);
        for (int i = 0; i < expected.Length; i++)
        {
            // Written so that NaN fails.
            Assert.True(Math.Abs(expected[i] - actual[i]) <= limit, $"{what}, element {i}: expected {expected[i]:R}, found {actual[i]:R}, more than {limit:0.0e0} apart");
        }
    }
}
