using System;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>A choice.</summary>
/// <param name="Chosen">Experts, best first.</param>
/// <param name="Gap">How far the nearest other choice was.</param>
internal sealed record Picked(int[] Chosen, double Gap);

/// <summary>Choices of one token.</summary>
internal static class ChoiceOps
{
    /// <summary>The experts of some ranks.</summary>
    public static Picked Ranks(double[] keys, int first, int count, bool[]? replaced = null)
    {
        int[] best = RoutingOps.BestFirst(keys, first + count);
        double gap = RoutingOps.Gap(keys, best, replaced);
        int[] skipped = best[..first];
        return new Picked(best[first..], first == 0 ? gap : Math.Min(gap, RoutingOps.Gap([.. keys.Select((key, i) =>
            best.Contains(i) ? key : double.NegativeInfinity)], skipped, replaced)));
    }

    /// <summary>A prefix by running sum.</summary>
    public static Picked TopP(double[] keys, double p, TopPRule rule, int minimum, int most)
    {
        int[] order = RoutingOps.BestFirst(keys, keys.Length);
        double sum = 0;
        double gap = double.PositiveInfinity;
        int count = 0;
        bool isOpen = true;
        foreach (int expert in order)
        {
            double before = sum;
            sum += keys[expert];
            // Once closed it stays so: keys below 0 may bring the sum back.
            if (isOpen && count < most)
                gap = Math.Min(gap, Math.Abs((rule == TopPRule.FirstExceeding ? before : sum) - p));
            isOpen = isOpen && (rule == TopPRule.FirstExceeding ? !(before > p) : sum <= p);
            if (count >= most || (!isOpen && count >= minimum))
                break;
            count++;
        }

        int[] chosen = order[..count];
        return new Picked(chosen, Math.Min(gap, RoutingOps.Gap(keys, chosen)));
    }

    /// <summary>Keys above a threshold.</summary>
    public static Picked Above(double[] keys, double threshold, int minimum, int most)
    {
        int[] order = RoutingOps.BestFirst(keys, keys.Length);
        int count = Math.Min(most, Math.Max(minimum, order.Count(expert => keys[expert] > threshold)));
        int[] chosen = order[..count];
        double gap = threshold == 0 && keys.All(key => key >= 0) ? double.PositiveInfinity : keys.Min(key => Math.Abs(key - threshold));
        return new Picked(chosen, count == keys.Length || count == most || count == minimum ? Math.Min(gap, RoutingOps.Gap(keys, chosen)) : gap);
    }

    /// <summary>All experts under high entropy, else a prefix.</summary>
    public static Picked ByEntropy(double[] keys, SelectByEntropy op)
    {
        double entropy = Entropy(keys, op.Order, op.Epsilon);
        if (op.Normalised)
            entropy /= Entropy([.. keys.Select(_ => 1.0 / keys.Length)], op.Order, 0);
        Picked picked = entropy > op.Threshold
            ? Ranks(keys, 0, keys.Length)
            : TopP(keys, op.P, op.Rule, op.Minimum, op.Chosen.Width);
        return picked with { Gap = Math.Min(picked.Gap, Math.Abs(entropy - op.Threshold)) };
    }

    /// <summary>Tsallis entropy; Shannon's for order 1.</summary>
    public static double Entropy(double[] p, double order, double epsilon) => order == 1
        ? -p.Sum(x => x + epsilon > 0 ? (x + epsilon) * Math.Log(x + epsilon) : 0)
        : (1 - p.Sum(x => Math.Pow(x + epsilon, order))) / (order - 1);

    /// <summary>PhiMoE's choice of two and their weights.</summary>
    public static Picked SparseMixer(double[] logits, double epsilon, out double[] weights)
    {
        weights = new double[2];
        var chosen = new int[2];
        double gap = double.PositiveInfinity;
        var open = (double[])logits.Clone();
        for (int turn = 0; turn < 2; turn++)
        {
            int best = RoutingOps.BestFirst(open, 1)[0];
            double most = open[best];
            double[] left = [.. open.Select((z, i) => (most - logits[i]) / Math.Max(Math.Abs(logits[i]), most) > 2 * epsilon ? double.NegativeInfinity : z)];
            gap = Math.Min(gap, RoutingOps.Gap(open, [best]));
            for (int i = 0; i < logits.Length; i++)
            {
                if (double.IsNegativeInfinity(open[i]) || i == best)
                    continue;
                // 0 / 0 where two logits are zero: it does not drop out, but a rounding would decide otherwise.
                double distance = (most - logits[i]) / Math.Max(Math.Abs(logits[i]), most);
                gap = Math.Min(gap, double.IsNaN(distance) ? 0 : Math.Abs(distance - (2 * epsilon)));
            }

            AttentionOps.Softmax(left);
            chosen[turn] = best;
            weights[turn] = left[best];
            open[best] = double.NegativeInfinity;
        }

        return new Picked(chosen, gap);
    }

    /// <summary>Softmax over the slots that are taken.</summary>
    public static double[] Softmax(double[] slots, int[] chosen)
    {
        double[] taken = [.. slots.Where((_, slot) => chosen[slot] >= 0)];
        AttentionOps.Softmax(taken);
        int next = 0;
        return [.. chosen.Select(expert => expert < 0 ? 0 : taken[next++])];
    }
}
