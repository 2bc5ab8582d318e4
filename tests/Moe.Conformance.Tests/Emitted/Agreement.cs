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

    private const double PerLayer = 1e-5;
    private const double Logits = 1e-4;
    private const double Sensitivity = 8;

    /// <summary>The choices that are too close to expect of float32.</summary>
    public static Dictionary<(int Layer, int Token), int[]> CloseChoices(Trace expected) => expected.Decisions
        .Where(pair => pair.Value.Gap < DecidedGap && pair.Value.Selected.Length > 0)
        .ToDictionary(pair => pair.Key, pair => pair.Value.Selected);

    /// <summary>Whether a decision that cannot be forced is too close to expect of float32.</summary>
    public static bool IsUndecided(Trace expected) => expected.UnforcedGap < DecidedGap;

    /// <summary>Compares everything; the recording must have been made with <see cref="CloseChoices"/> forced.</summary>
    /// <param name="expected">The interpreter's run.</param>
    /// <param name="actual">The emitted code's.</param>
    /// <param name="moved">
    /// The interpreter's run with every weight moved by a rounding. A random model may divide by a small spread or a small norm,
    /// and float32 then differs by as much as its own weights' last bits move the result; a few times that is allowed.
    /// </param>
    public static ChoiceCount Check(Trace expected, Recording actual, Trace? moved = null)
    {
        int layers = expected.Hidden.Count - 1;
        Assert.Equal((layers + 1) * expected.Logits.Length, actual.Hidden.Count);
        // Where a decision differs, that is what to report, and not the hidden state that follows from it.
        Assert.Equal(expected.Decisions.Count, actual.Chosen.Count);
        ChoiceCount count = ChoiceCount.None;
        for (int layer = -1; layer <= layers; layer++)
        {
            for (int token = 0; layer >= 0 && token < expected.Logits.Length; token++)
                Row($"hidden {layer}, token {token}", expected.Hidden[layer][token], actual.Hidden[(layer, token)], PerLayer * Math.Max(1, layer), moved?.Hidden[layer][token]);
            foreach (((int Layer, int Token) at, Decision decision) in expected.Decisions.Where(pair => pair.Key.Layer == layer).OrderBy(pair => pair.Key))
                count += CheckDecision(at, decision, actual, moved?.Decisions[at]);
        }

        for (int token = 0; token < expected.Logits.Length; token++)
        {
            Row($"final norm, token {token}", expected.FinalNorm[token], actual.FinalNorm[token], Logits, moved?.FinalNorm[token]);
            Row($"logits, token {token}", expected.Logits[token], actual.Logits[token], Logits, moved?.Logits[token]);
        }

        return count;
    }

    private static ChoiceCount CheckDecision((int Layer, int Token) at, Decision decision, Recording actual, Decision? moved)
    {
        double tolerance = PerLayer * Math.Max(1, at.Layer + 1);
        if (decision.Logits.Length > 0)
            Row($"router logits {at}", decision.Logits, actual.RouterLogits[at], tolerance, moved?.Logits);

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
            moved is null || used.Any(expert => !moved.Chosen.Contains(expert)) ? null : [.. used.Select(expert => moved.Weights[Array.IndexOf(moved.Chosen, expert)])]);
        return new ChoiceCount(1, isClose ? 1 : 0, isSame ? 0 : 1);
    }

    private static void Row(string what, double[] expected, float[] actual, double tolerance, double[]? moved = null)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} elements, found {actual.Length}");
        double sensitivity = moved is null ? 0 : expected.Zip(moved, (x, y) => Math.Abs(x - y)).DefaultIfEmpty(0).Max();
        double limit = (tolerance * Math.Max(1, expected.Select(Math.Abs).DefaultIfEmpty(0).Max())) + (Sensitivity * sensitivity);
        for (int i = 0; i < expected.Length; i++)
        {
            // Written so that NaN fails.
            Assert.True(Math.Abs(expected[i] - actual[i]) <= limit, $"{what}, element {i}: expected {expected[i]:R}, found {actual[i]:R}, more than {limit:0.0e0} apart");
        }
    }
}
