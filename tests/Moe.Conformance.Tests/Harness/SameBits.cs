using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Conformance.Tests.Harness;

/// <summary>Two runs that must not differ in a single bit.</summary>
internal static class SameBits
{
    /// <summary>Everything that both show.</summary>
    /// <param name="what">Names the comparison in messages.</param>
    /// <param name="expected">One run.</param>
    /// <param name="actual">The other.</param>
    /// <param name="shift">Token t of <paramref name="actual"/> is token t + shift of <paramref name="expected"/>.</param>
    public static void Check(string what, Recording expected, Recording actual, int shift = 0)
    {
        if (expected.Logits.Length == actual.Logits.Length)
            Assert.Equal(expected.Hidden.Count, actual.Hidden.Count);
        for (int token = 0; token < actual.Logits.Length; token++)
            Row($"{what}: logits, token {token}", expected.Logits[token + shift], actual.Logits[token]);

        Rows(what + ": hidden", expected.Hidden, actual.Hidden, shift);
        Rows(what + ": router logits", expected.RouterLogits, actual.RouterLogits, shift);
        Rows(what + ": weights", expected.Weights, actual.Weights, shift);
        foreach (((int Layer, int Token) at, int[] chosen) in actual.Chosen)
            Assert.Equal(expected.Chosen[(at.Layer, at.Token + shift)], chosen);
        foreach ((int token, float[] row) in actual.FinalNorm)
            Row($"{what}: final norm, token {token}", expected.FinalNorm[token + shift], row);
    }

    private static void Rows(
        string what, IReadOnlyDictionary<(int Layer, int Token), float[]> expected, IReadOnlyDictionary<(int Layer, int Token), float[]> actual, int shift)
    {
        foreach (((int Layer, int Token) at, float[] row) in actual.OrderBy(pair => pair.Key))
            Row($"{what}, layer {at.Layer}, token {at.Token}", expected[(at.Layer, at.Token + shift)], row);
    }

    private static void Row(string what, float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]),
                $"{what}, element {i}: {expected[i]:R} and {actual[i]:R}");
        }
    }
}
