using System;
using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class RandomTensorsTests
{
    private static readonly TensorRequirement[] Required =
    [
        new("model.layers.0.mlp.gate_proj.weight", [1000, 400], TensorKind.Matrix),
        new("experts", [4, 100, 900], TensorKind.Matrix),
        new("norm", [100_000], TensorKind.Norm),
        new("bias", [100_000], TensorKind.Bias),
        new("embedding", [2000, 60], TensorKind.Embedding),
        new("correction", [100_000], TensorKind.SelectionBias),
    ];

    [Fact]
    public void Read_InAnyPieces_IsTheSameFunctionOfTheElement()
    {
        using var tensors = new RandomTensors(42, Required);
        float[] whole = All(tensors, "experts");
        var random = new Random(5);
        for (int i = 0; i < 2_000; i++)
        {
            int first = random.Next(whole.Length);
            var piece = new float[random.Next(Math.Min(300, whole.Length - first + 1))];
            tensors.Read("experts", first, piece);
            Assert.True(piece.AsSpan().SequenceEqual(whole.AsSpan(first, piece.Length)));
        }
    }

    // The definition once more, scalar and in double precision: a block of 64 elements is 32 Box-Muller pairs.
    // Tolerance: the float polynomials are good to a few 1e-7, times values up to 5.8.
    [Fact]
    public void Read_EqualsTheScalarBoxMullerTransform()
    {
        using var tensors = new RandomTensors(42, [new("t", [1 << 17], TensorKind.Bias), new("far", [1L << 40], TensorKind.Bias)]);
        foreach ((string name, long first) in new[] { ("t", 0L), ("far", (1L << 37) - 1000) })
        {
            var values = new float[1 << 17];
            tensors.Read(name, first, values);
            for (int i = 0; i < values.Length; i++)
            {
                double expected = 0.1 * Normal(42, name, first + i);
                if (Math.Abs(expected - values[i]) > 0.1 * 3e-6)
                    Assert.Fail($"element {first + i} of {name}: {values[i]}, expected {expected}");
            }
        }
    }

    [Theory]
    [InlineData("model.layers.0.mlp.gate_proj.weight", 0, 0.055)]
    [InlineData("experts", 0, 1.1 / 30)]
    [InlineData("norm", 1, 0.25)]
    [InlineData("bias", 0, 0.1)]
    [InlineData("embedding", 0, 0.3)]
    [InlineData("correction", 0, 0.15)]
    public void Read_OfEachKind_HasItsMeanAndSpread(string name, double mean, double deviation)
    {
        using var tensors = new RandomTensors(1, Required);
        double[] normal = [.. All(tensors, name).Select(value => (value - mean) / deviation)];

        // Six standard errors of each statistic, for n of 100,000 and more.
        double error = 6 / Math.Sqrt(normal.Length);
        Assert.InRange(normal.Average(), -error, error);
        Assert.InRange(normal.Average(z => z * z), 1 - error * Math.Sqrt(2), 1 + error * Math.Sqrt(2));
        Assert.InRange(normal.Average(z => z * z * z), -error * Math.Sqrt(15), error * Math.Sqrt(15));
        Assert.InRange(normal.Average(z => z * z * z * z), 3 - error * Math.Sqrt(96), 3 + error * Math.Sqrt(96));
    }

    [Fact]
    public void Read_ElementsSeedsAndNames_AreUncorrelated()
    {
        using var one = new RandomTensors(1, [new("a", [200_000], TensorKind.Bias), new("b", [200_000], TensorKind.Bias)]);
        using var two = new RandomTensors(2, [new("a", [200_000], TensorKind.Bias)]);
        float[] a = All(one, "a");
        double error = 6 / Math.Sqrt(a.Length);
        foreach (float[] other in new[] { All(one, "b"), All(two, "a"), Shifted(a, 1), Shifted(a, 31), Shifted(a, 32), Shifted(a, 64) })
        {
            double correlation = a.Zip(other, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * other.Sum(x => (double)x * x));
            Assert.InRange(correlation, -error, error);
        }
    }

    [Fact]
    public void Optional_IsLeftOut_AndTheCheckPasses()
    {
        TensorRequirement[] required = [.. Required, new("lm_head.weight", [10, 10], TensorKind.Matrix, Optional: true)];
        using var tensors = new RandomTensors(1, required);
        Assert.Equal(Required.Select(requirement => requirement.Name), tensors.Tensors.Select(tensor => tensor.Name));
        TensorCheck.Verify(tensors, "Model", required);
        Assert.Throws<CheckpointException>(() => tensors.ReadIntegers("norm", 0, new long[1]));
    }

    [Fact]
    public void Requirements_WithOneNameTwiceOrAbsurdShape_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new RandomTensors(1, [new("a", [1], TensorKind.Norm), new("a", [1], TensorKind.Norm)]));
        Assert.Throws<ArgumentException>(() => new RandomTensors(1, [new("a", [1L << 32, 1L << 32], TensorKind.Norm)]));
        Assert.Throws<ArgumentException>(() => new RandomTensors(1, [new("a", [-1], TensorKind.Norm)]));
    }

    private static float[] All(RandomTensors tensors, string name)
    {
        var values = new float[tensors.Find(name).ElementCount];
        tensors.Read(name, 0, values);
        return values;
    }

    private static float[] Shifted(float[] values, int by) => [.. values.Skip(by), .. values.Take(by)];

    private static double Normal(ulong seed, string name, long element)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in name)
            hash = unchecked((hash ^ letter) * 1099511628211);
        ulong key = Split(hash ^ Split(seed));

        long counter = element / 64 * 32 + element % 32;
        ulong radiusKeys = Split(unchecked(key + (ulong)(counter >> 32)));
        ulong angleKeys = Split(radiusKeys);
        uint radius = Word((uint)counter, radiusKeys);
        uint angle = Word((uint)counter, angleKeys);
        double r = Math.Sqrt(-2 * Math.Log(((radius >> 8) + 1) / 16777216.0));
        double turn = Math.PI * ((int)angle >> 8) / 8388608.0;
        return element % 64 < 32 ? r * Math.Cos(turn) : r * Math.Sin(turn);
    }

    private static uint Word(uint counter, ulong keys) => unchecked(Murmur(Murmur(counter ^ (uint)keys) + (uint)(keys >> 32)));

    private static uint Murmur(uint x) => unchecked(((x = ((x = (x ^ (x >> 16)) * 0x85EBCA6B) ^ (x >> 13)) * 0xC2B2AE35)) ^ (x >> 16));

    private static ulong Split(ulong x) => unchecked((x = ((x = ((x += 0x9E3779B97F4A7C15) ^ (x >> 30)) * 0xBF58476D1CE4E5B9) ^ (x >> 27)) * 0x94D049BB133111EB) ^ (x >> 31));
}
