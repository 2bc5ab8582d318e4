using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Choices in which tokens compete.</summary>
internal static class CoupledOps
{
    /// <summary>Each expert takes a fraction of each group's tokens.</summary>
    public static Picked[] ByExperts(double[][] keys, int[][] groups, double fraction)
    {
        var chosen = new List<int>[keys.Length];
        var gaps = new double[keys.Length];
        for (int token = 0; token < keys.Length; token++)
            (chosen[token], gaps[token]) = ([], double.PositiveInfinity);
        foreach (int[] group in groups)
        {
            int count = Math.Max(1, (int)Math.Floor((float)fraction * group.Length));
            for (int expert = 0; expert < keys[0].Length; expert++)
            {
                double[] column = [.. group.Select(token => keys[token][expert])];
                int[] taken = RoutingOps.BestFirst(column, count);
                foreach (int i in taken)
                    chosen[group[i]].Add(expert);

                // A token's own distance from the other side of the line.
                double lastTaken = taken.Min(i => column[i]);
                double firstLeft = Enumerable.Range(0, column.Length).Where(i => !taken.Contains(i)).Select(i => column[i]).DefaultIfEmpty(double.NegativeInfinity).Max();
                for (int i = 0; i < column.Length; i++)
                    gaps[group[i]] = Math.Min(gaps[group[i]], taken.Contains(i) ? column[i] - firstLeft : lastTaken - column[i]);
            }
        }

        return [.. chosen.Select((experts, token) => new Picked([.. experts], gaps[token]))];
    }

    /// <summary>Empties slots that find no room.</summary>
    public static Picked[] Limit(int[][] chosen, double[][] keys, int[][] groups, CapacityRule rule, int layer, IReadOnlyList<TokenPlace> tokens)
    {
        int[][] kept = [.. chosen.Select(row => (int[])row.Clone())];
        var gaps = Enumerable.Repeat(double.PositiveInfinity, chosen.Length).ToArray();
        foreach (int[] group in groups)
        {
            (int Token, int Slot)[] claims = [.. group.SelectMany(token => Enumerable.Range(0, chosen[token].Length).Select(slot => (token, slot)))
                .Where(claim => chosen[claim.token][claim.slot] >= 0)];
            claims = Ordered(claims, chosen, keys, rule, layer, tokens);
            double gap = ByScore(rule) ? SmallestDistance(claims, chosen, keys, rule) : double.PositiveInfinity;
            foreach (int token in group)
                gaps[token] = gap;

            var taken = new int[rule.Experts];
            foreach ((int token, int slot) in claims)
            {
                int expert = chosen[token][slot];
                if (taken[expert]++ >= CapacityOf(rule, group.Length, expert))
                    kept[token][slot] = -1;
            }
        }

        return [.. kept.Select((row, token) => new Picked(row, gaps[token]))];
    }

    /// <summary>Weights divided by their expert's sum over the group.</summary>
    public static double[][] NormaliseOver(double[][] weights, int[][] chosen, int[][] groups, NormaliseOverTokens op)
    {
        double[][] output = [.. weights.Select(row => (double[])row.Clone())];
        foreach (int[] group in groups)
        {
            double capacity = Math.Floor((float)op.Factor * group.Length);
            for (int expert = 0; expert < op.Experts; expert++)
            {
                (int Token, int Slot)[] places = [.. group.SelectMany(token => Enumerable.Range(0, chosen[token].Length)
                    .Where(slot => chosen[token][slot] == expert).Select(slot => (token, slot)))];
                double sum = places.Sum(place => weights[place.Token][place.Slot]);
                foreach ((int token, int slot) in places)
                    output[token][slot] = weights[token][slot] / (sum + op.Epsilon) * capacity;
            }
        }

        return output;
    }

    /// <summary>Tokens that an expert may take of a group of n.</summary>
    public static int CapacityOf(CapacityRule rule, int n, int expert)
    {
        if (rule.Capacity > 0)
            return rule.Capacity;

        int zero = rule.Experts - rule.FeedForwardExperts;
        return rule.Rounding switch
        {
            CapacityRounding.DeepSpeed => Math.Max(rule.Minimum, (int)Math.Ceiling((decimal)rule.Factor * n * rule.TopK / rule.Experts)),
            CapacityRounding.Tutel => Math.Max(rule.Minimum, rule.TopK * (int)((decimal)rule.Factor * ((n + rule.Experts - 1) / rule.Experts))),
            _ => (int)Math.Floor((decimal)rule.Factor * n * rule.TopK * (expert < rule.FeedForwardExperts ? (decimal)rule.Share : 1)
                / (((decimal)rule.Share * rule.FeedForwardExperts) + zero)),
        };
    }

    private static bool ByScore(CapacityRule rule) => rule.Priority is CapacityPriority.Probability or CapacityPriority.BatchPriority;

    private static (int Token, int Slot)[] Ordered(
        (int Token, int Slot)[] claims, int[][] chosen, double[][] keys, CapacityRule rule, int layer, IReadOnlyList<TokenPlace> tokens) => rule.Priority switch
    {
        CapacityPriority.Position => [.. claims.OrderBy(claim => claim.Token).ThenBy(claim => claim.Slot)],
        CapacityPriority.ChoiceThenPosition => [.. claims.OrderBy(claim => claim.Slot).ThenBy(claim => claim.Token)],
        CapacityPriority.Probability => [.. claims.OrderByDescending(claim => keys[claim.Token][chosen[claim.Token][claim.Slot]]).ThenBy(claim => claim.Token)],
        CapacityPriority.BatchPriority => [.. claims.OrderBy(claim => claim.Slot).ThenByDescending(claim => keys[claim.Token].Max()).ThenBy(claim => claim.Token)],
        _ => [.. claims.OrderBy(claim => RequestSettings.Priority(rule.Seed, layer, tokens[claim.Token])).ThenBy(claim => claim.Token).ThenBy(claim => claim.Slot)],
    };

    // The smallest distance between scores that decide an order.
    private static double SmallestDistance((int Token, int Slot)[] claims, int[][] chosen, double[][] keys, CapacityRule rule)
    {
        double gap = double.PositiveInfinity;
        foreach (IGrouping<int, (int Token, int Slot)> expert in claims.GroupBy(claim => chosen[claim.Token][claim.Slot]))
        {
            double[] scores = [.. expert.Select(claim => rule.Priority == CapacityPriority.Probability
                ? keys[claim.Token][chosen[claim.Token][claim.Slot]]
                : keys[claim.Token].Max()).Order()];
            for (int i = 1; i < scores.Length; i++)
                gap = Math.Min(gap, scores[i] - scores[i - 1]);
        }

        return gap;
    }
}
