using System;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Keys after a group limit.</summary>
/// <param name="Keys">One an expert.</param>
/// <param name="Outside">Whether the expert's group was not kept.</param>
/// <param name="Gap">How close the choice of groups was.</param>
internal sealed record KeptKeys(double[] Keys, bool[] Outside, double Gap);

/// <summary>Scores and choices, for one token.</summary>
internal static class RoutingOps
{
    /// <summary>Softmax over all experts, or a sigmoid of each.</summary>
    public static double[] Score(double[] logits, RouterScore kind)
    {
        switch (kind)
        {
            case RouterScore.None:
                return (double[])logits.Clone();
            case RouterScore.Sigmoid:
                return Array.ConvertAll(logits, z => 1 / (1 + Math.Exp(-z)));
            case RouterScore.Sparsemax:
                return ByThreshold(logits, excess => excess);
            case RouterScore.Entmax15:
                return ByThreshold(Array.ConvertAll(logits, z => z / 2), excess => excess * excess);
            default:
                var scores = (double[])logits.Clone();
                AttentionOps.Softmax(scores);
                return scores;
        }
    }

    /// <summary>share(max(zᵢ − τ, 0)) with the τ that makes the sum 1, found by bisection.</summary>
    private static double[] ByThreshold(double[] logits, Func<double, double> share)
    {
        double low = logits.Max() - 1;
        double high = logits.Max();
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            if (logits.Sum(z => share(Math.Max(z - middle, 0))) > 1)
                low = middle;
            else
                high = middle;
        }

        return Array.ConvertAll(logits, z => share(Math.Max(z - ((low + high) / 2), 0)));
    }

    /// <summary>Indices of the <paramref name="count"/> highest keys, best first; ties go to the lowest index, NaN ranks last.</summary>
    public static int[] BestFirst(double[] keys, int count)
    {
        var chosen = new int[count];
        var isTaken = new bool[keys.Length];
        for (int slot = 0; slot < count; slot++)
        {
            int best = -1;
            for (int i = 0; i < keys.Length; i++)
            {
                if (!isTaken[i] && (best < 0 || RanksAbove(keys[i], keys[best])))
                    best = i;
            }

            isTaken[best] = true;
            chosen[slot] = best;
        }

        return chosen;
    }

    /// <summary>
    /// Smallest winning key minus largest losing key. Two keys that a group limit replaced by the same constant are not
    /// compared: their order is by index on every target.
    /// </summary>
    public static double Gap(double[] keys, int[] chosen, bool[]? replaced = null)
    {
        double gap = double.PositiveInfinity;
        foreach (int winner in chosen)
        {
            for (int loser = 0; loser < keys.Length; loser++)
            {
                if (chosen.Contains(loser) || (replaced is not null && replaced[winner] && replaced[loser]))
                    continue;
                double distance = keys[winner] - keys[loser];
                gap = Math.Min(gap, double.IsNaN(distance) ? 0 : distance);
            }
        }

        return gap;
    }

    /// <summary>Keys outside the best groups become −∞ or 0.</summary>
    public static KeptKeys KeepGroups(double[] keys, KeepGroups op)
    {
        int size = keys.Length / op.Groups;
        var worth = new double[op.Groups];
        for (int group = 0; group < op.Groups; group++)
        {
            double[] members = keys[(group * size)..((group + 1) * size)];
            int counted = op.GroupKey == GroupKey.Maximum ? 1 : Math.Min(2, size);
            worth[group] = BestFirst(members, counted).Sum(member => members[member]);
        }

        int[] kept = BestFirst(worth, op.Kept);
        bool[] outside = Enumerable.Range(0, keys.Length).Select(expert => !kept.Contains(expert / size)).ToArray();
        double replacement = op.Outside == OutsideGroups.Zero ? 0 : double.NegativeInfinity;
        double[] output = keys.Select((key, expert) => outside[expert] ? replacement : key).ToArray();
        return new KeptKeys(output, outside, Gap(worth, kept));
    }

    private static bool RanksAbove(double left, double right) => !double.IsNaN(left) && (double.IsNaN(right) || left > right);
}
