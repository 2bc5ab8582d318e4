using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public class CapacityTests
{
    [Theory]
    [InlineData(1, 1.25, 16)]
    [InlineData(2, 1.25, 32)]
    [InlineData(2, 1.0, 25)]
    public void DeepSpeed_HundredTokensOfEight_IsTheKnownNumber(int topK, double factor, int capacity) =>
        Assert.Equal(capacity, Capacity.DeepSpeed(100, 8, topK, factor, minimum: 4));

    [Theory]
    [InlineData(1.25, 32)]
    [InlineData(1.0, 26)]
    public void Tutel_HundredTokensOfEight_IsTheKnownNumber(double factor, int capacity) =>
        Assert.Equal(capacity, Capacity.Tutel(100, 8, 2, factor, minimum: 4));

    [Theory]
    [InlineData(0.75, true, 422.4)]
    [InlineData(0.75, false, 563.2)]
    [InlineData(0.10, true, 160.914)]
    [InlineData(0.10, false, 1609.143)]
    public void MoePlusPlus_SixteenAndFour_IsTheKnownNumber(double share, bool isFeedForward, double before)
    {
        Assert.Equal(before, (double)Capacity.MoePlusPlusShare(8192, 1, 1.1, share, 16, 4, isFeedForward), 3);
        Assert.Equal((int)before, Capacity.MoePlusPlus(8192, 1, 1.1, share, 16, 4, isFeedForward));
    }

    [Fact]
    public void MoePlusPlus_OverAllExperts_SumsToTheFactorTimesAssignments() => Assert.Equal(
        1.1m * 8192 * 2,
        (16 * Capacity.MoePlusPlusShare(8192, 2, 1.1, 0.75, 16, 4, true)) + (4 * Capacity.MoePlusPlusShare(8192, 2, 1.1, 0.75, 16, 4, false)),
        6);

    [Fact]
    public void DeepSpeed_FactorThatIsNoBinaryFraction_IsTakenAsWritten()
    {
        // 10 · 1.1 is 11; in binary arithmetic it is a little more, which would round up to 12.
        Assert.Equal(11, Capacity.DeepSpeed(10, 1, 1, 1.1, minimum: 1));
        Assert.Equal(29, Capacity.Share(100, 0.29));
    }

    [Fact]
    public void Capacities_FewTokens_KeepTheMinimum()
    {
        Assert.Equal(4, Capacity.DeepSpeed(1, 64, 1, 1.0, minimum: 4));
        Assert.Equal(4, Capacity.Tutel(1, 64, 1, 1.0, minimum: 4));
        Assert.Equal(1, Capacity.Fraction(3, 0.1));
        Assert.Equal(1, Capacity.Fraction(3, 0.5));
        Assert.Equal(3, Capacity.Fraction(3, 1.0));
    }
}
