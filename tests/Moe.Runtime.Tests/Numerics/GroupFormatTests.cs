using System;
using System.Linq;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class GroupFormatTests
{
    private static readonly float[] Sizes = [1e-30f, 1e-3f, 1f, 1e20f];

    [Fact]
    public void Int8_RandomGroups_AreWithinHalfAStepOfTheLargestMagnitude()
    {
        // A bfloat16 scale that is rounded up is at most 2^-7 above the largest magnitude / 127.
        AssertErrors(WeightFormat.Int8, (least, most) => Math.Max(-least, most) / 127 * (1 + (1 / 128.0)) * 0.501);
    }

    [Fact]
    public void Int4_RandomGroups_AreWithinHalfAStepAndWhatIsTrimmed()
    {
        // The minimum is rounded down by up to 2^-7 of itself, the scale up by 2^-7 of itself; at most an eighth of the range gives way.
        AssertErrors(WeightFormat.Int4, (least, most) => ((most - least + (Math.Abs(least) / 128)) / 15 * (1 + (1 / 128.0)) * 0.501) + ((most - least) / 8));
    }

    [Fact]
    public void Int4_RandomGroups_HaveNoMoreSquaredErrorThanTheWholeRangeGives()
    {
        Random random = new(6);
        for (int round = 0; round < 500; round++)
        {
            float[] values = Enumerable.Range(0, 32).Select(_ => MathF.Pow(random.NextSingle() - 0.5f, 3)).ToArray();
            float minimum = BF16.Widen(BF16.RoundDown(values.Min()));
            float step = BF16.Widen(BF16.RoundUp((values.Max() - minimum) / 15f));
            double whole = values.Sum(value => Math.Pow(value - minimum - (step * Math.Round((value - minimum) / step)), 2));
            double found = values.Zip(RoundTrip(WeightFormat.Int4, values), (value, back) => Math.Pow(value - back, 2)).Sum();
            Assert.InRange(found, 0, whole * 1.0001);
        }
    }

    [Fact]
    public void MXFP4_RandomGroups_AreWithinAQuarterOfTheLargestMagnitude()
    {
        // Between 4 and 6 numbers are 2 apart, and magnitudes up to 8 come down to 6: at most 2 of 8 in units of the scale.
        AssertErrors(WeightFormat.MXFP4, (least, most) => Math.Max(-least, most) / 4 * 1.001);
    }

    [Fact]
    public void MXFP4_NumbersThatAreMXFP4_AreKept()
    {
        float[] magnitudes = [0f, 0.5f, 1f, 1.5f, 2f, 3f, 4f, 6f];
        Random random = new(3);
        for (int round = 0; round < 2000; round++)
        {
            float scale = MathF.ScaleB(1f, random.Next(-126, 125));
            int top = random.Next(8);
            float[] values = Enumerable.Range(0, 32).Select(_ => magnitudes[random.Next(top + 1)] * scale * (random.Next(2) * 2 - 1)).ToArray();
            Assert.Equal(values.Select(value => value + 0f), RoundTrip(WeightFormat.MXFP4, values).Select(value => value + 0f));
        }
    }

    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.MXFP4)]
    public void WriteRow_Zeros_ReadsBackZeros(WeightFormat format) => Assert.All(RoundTrip(format, new float[40]), value => Assert.Equal(0f, value));

    [Fact]
    public void Int4_OneNumberAgainAndAgain_KeepsItNearly()
    {
        // The minimum alone would keep 8 bits of it.
        float[] values = Enumerable.Repeat(0.1234567f, 32).ToArray();
        Assert.All(RoundTrip(WeightFormat.Int4, values), value => Assert.InRange(value, 0.12345f, 0.12347f));
    }

    [Theory]
    [InlineData(WeightFormat.Int8, 544)]
    [InlineData(WeightFormat.Int4, 320)]
    [InlineData(WeightFormat.MXFP4, 272)]
    public void PanelBytes_ManyGroups_IsWhatTheFormatSays(WeightFormat format, int bytesAGroup) =>
        Assert.Equal(bytesAGroup * 4L, PackedMatrix.PanelBytes(128, format));

    [Fact]
    public void WriteRow_InAnyOrder_LeavesTheOtherLanesAlone()
    {
        Random random = new(4);
        foreach (WeightFormat format in new[] { WeightFormat.Int8, WeightFormat.Int4, WeightFormat.MXFP4 })
        {
            using PackedMatrix forward = new(21, 70, format, 2), backward = new(21, 70, format, 2);
            float[][] rows = Enumerable.Range(0, 42).Select(_ => Enumerable.Range(0, 70).Select(_ => random.NextSingle() - 0.5f).ToArray()).ToArray();
            for (int i = 0; i < 42; i++)
            {
                forward.WriteRow(i / 21, i % 21, rows[i]);
                backward.WriteRow((41 - i) / 21, (41 - i) % 21, rows[41 - i]);
            }

            Assert.True(new ReadOnlySpan<byte>(forward.Panel(0), (int)forward.Bytes).SequenceEqual(new ReadOnlySpan<byte>(backward.Panel(0), (int)backward.Bytes)));
        }
    }

    private static void AssertErrors(WeightFormat format, Func<double, double, double> limit)
    {
        Random random = new(5);
        foreach (float size in Sizes)
        {
            for (int round = 0; round < 300; round++)
            {
                float shift = round % 3 == 0 ? random.NextSingle() * 3f : 0f;
                float[] values = Enumerable.Range(0, 32 + (round % 32)).Select(_ => (random.NextSingle() - 0.5f + shift) * size).ToArray();
                float[] back = RoundTrip(format, values);
                for (int first = 0; first < values.Length; first += 32)
                {
                    float[] group = values.Skip(first).Take(32).ToArray();
                    double allowed = limit(group.Min(), group.Max());
                    for (int i = 0; i < group.Length; i++)
                        Assert.InRange(back[first + i], group[i] - allowed, group[i] + allowed);
                }
            }
        }
    }

    private static float[] RoundTrip(WeightFormat format, float[] values)
    {
        using PackedMatrix matrix = new(2, values.Length, format);
        matrix.WriteRow(0, 1, values);
        var back = new float[values.Length];
        matrix.ReadRow(0, 1, back);
        return back;
    }
}
