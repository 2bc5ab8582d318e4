using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class LoadProgressTests
{
    [Theory]
    [InlineData(0, 8, 0)]
    [InlineData(6, 8, 0.75)]
    [InlineData(0, 0, 1)]
    public void Fraction_IsTheShareOfTheBytes(long done, long total, double fraction) =>
        Assert.Equal(fraction, new LoadProgress(done, total, "a").Fraction);
}
