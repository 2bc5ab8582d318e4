namespace Moe.Generators.Validation;

/// <summary>The divisors of a number that lie nearest to a wrong choice, for messages that say the way out.</summary>
internal static class Divisors
{
    /// <summary>The largest divisor of <paramref name="number"/> up to <paramref name="wanted"/> and the smallest from it on.</summary>
    public static void Around(int number, int wanted, out int below, out int above)
    {
        below = 1;
        above = number;
        for (int candidate = 1; (long)candidate * candidate <= number; candidate++)
        {
            if (number % candidate != 0)
                continue;

            Consider(candidate, wanted, ref below, ref above);
            Consider(number / candidate, wanted, ref below, ref above);
        }
    }

    /// <summary>"8 and 12 are the nearest that work".</summary>
    public static string Say(int below, int above) =>
        below == above ? $"{below} is the nearest that works" : $"{below} and {above} are the nearest that work";

    /// <summary>The nearer of the two, the smaller one at a tie.</summary>
    public static int Nearest(int wanted, int below, int above) =>
        (long)wanted - below <= (long)above - wanted ? below : above;

    private static void Consider(int divisor, int wanted, ref int below, ref int above)
    {
        if (divisor <= wanted && divisor > below)
            below = divisor;
        if (divisor >= wanted && divisor < above)
            above = divisor;
    }
}
