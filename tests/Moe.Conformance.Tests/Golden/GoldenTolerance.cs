using System;
using System.Collections.Generic;

namespace Moe.Conformance.Tests.Golden;

/// <summary>
/// How far from the original implementation's float32 outputs a run may be. The originals themselves are within 1.8e-5
/// (logits), 9e-6 (hidden) and 6e-6 (routing) of exact arithmetic; each limit is some four times what another order of
/// float32 summation moves.
/// </summary>
internal static class GoldenTolerance
{
    public const double Logits = 1e-4;
    public const double Hidden = 5e-5;
    public const double Routing = 2e-5;

    /// <summary>Largest absolute difference; fails where it is above the limit or not a number.</summary>
    public static double Check(string what, IReadOnlyList<double[]> expected, Func<int, IReadOnlyList<double>> actual, double limit)
    {
        double largest = 0;
        for (int row = 0; row < expected.Count; row++)
        {
            IReadOnlyList<double> found = actual(row);
            Assert.True(expected[row].Length == found.Count, $"{what}, row {row}: expected {expected[row].Length} elements, found {found.Count}");
            for (int i = 0; i < found.Count; i++)
            {
                double difference = Math.Abs(expected[row][i] - found[i]);
                Assert.True(difference <= limit, $"{what}, row {row}, element {i}: expected {expected[row][i]:R}, found {found[i]:R}, more than {limit} apart");
                largest = Math.Max(largest, difference);
            }
        }

        return largest;
    }
}
