using System;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

public unsafe partial class AttentionTests
{
    /// <summary>Six standard deviations of a rounding of one: anywhere between half a unit below and above, 2^-24, it has 2^-24 / √3.</summary>
    private const double SixDeviations = 6 * 5.9604645e-8 / 1.7320508;

    /// <summary>
    /// Answers are as near those of doubles as the roundings on the way let them be, whose squares add up. A weight is wrong by its score's error,
    /// which counts with its share and with the distance of its value from the answer: what all weights have in common cancels. Sums over positions
    /// are rounded too, those of values and that of weights.
    /// </summary>
    [Fact]
    public void Attention_AnyHeadSizeAndLength_AgreesWithDoubles()
    {
        foreach (int size in HeadSizes)
        {
            Sizes.At(size, new Agrees<F32>());
            Sizes.At(size, new Agrees<BF16>());
        }
    }

    private readonly struct Agrees<TElement> : ISizedTest where TElement : IElement
    {
        public void Run<TSize>() where TSize : IDimension
        {
            int size = TSize.Size;
            Random random = new(size);
            foreach (int length in new[] { 1, 2, 63, 64, 65, 150 })
            {
                int blocks = (length + 63) / 64;
                int blockFloats = (int)CacheBlock.Bytes<TElement, TSize>() / 4;
                using NativeFloats keys = new(blocks * blockFloats, float.NaN);
                using NativeFloats values = new(blocks * blockFloats, float.NaN);
                using NativeFloats key = NativeFloats.Random(random, length * size);
                using NativeFloats value = NativeFloats.Random(random, length * size);
                using NativeFloats query = NativeFloats.Random(random, size);
                for (int p = 0; p < length; p++)
                {
                    CacheBlock.WriteKey<TElement, TSize>(key.Pointer + p * size, keys.Bytes + p / 64 * CacheBlock.Bytes<TElement, TSize>(), p % 64);
                    CacheBlock.WriteValue<TElement, TSize>(value.Pointer + p * size, values.Bytes + p / 64 * CacheBlock.Bytes<TElement, TSize>(), p % 64);
                }

                using NativeFloats answer = new(size);
                using NativeFloats latentAnswer = new(size);
                Attend<TElement, TSize>(query, keys, values, length, answer, latents: false);
                Attend<TElement, TSize>(query, keys, keys, length, latentAnswer, latents: true);

                (double[] shares, double[] squares) = Shares(query.Span, key.Span, length);
                AssertAnswer(answer.Span, value.Span, shares, squares);
                AssertAnswer(latentAnswer.Span, key.Span, shares, squares);
            }
        }

        /// <summary>The softmax of the scores, and the squares of what is rounded on the way to them.</summary>
        private static (double[] Shares, double[] Squares) Shares(Span<float> query, Span<float> keys, int length)
        {
            var scores = new double[length];
            var squares = new double[length];
            double maximum = double.NegativeInfinity, sum = 0;
            for (int p = 0; p < length; p++)
            {
                for (int i = 0; i < query.Length; i++)
                    squares[p] += Add(ref scores[p], (double)query[i] * Stored<TElement>(keys[p * query.Length + i]));
                maximum = Math.Max(maximum, scores[p]);
            }

            for (int p = 0; p < length; p++)
            {
                // Its distance from the last maximum, over the maxima between.
                squares[p] += Math.Pow(maximum - scores[p], 2);
                sum += scores[p] = Math.Exp(scores[p] - maximum);
            }

            for (int p = 0; p < length; p++)
                scores[p] /= sum;
            return (scores, squares);
        }

        private static void AssertAnswer(Span<float> answer, Span<float> values, double[] shares, double[] squaresOfScores)
        {
            int length = shares.Length, blocks = (length + 63) / 64;
            for (int i = 0; i < answer.Length; i++)
            {
                double expected = 0, squares = 0, distances = 0;
                for (int p = 0; p < length; p++)
                    squares += Add(ref expected, shares[p] * Stored<TElement>(values[p * answer.Length + i]));
                for (int p = 0; p < length; p++)
                {
                    double distance = shares[p] * Math.Abs(Stored<TElement>(values[p * answer.Length + i]) - expected);
                    squares += distance * distance * squaresOfScores[p];
                    distances += distance;
                }

                // The sum of weights: 4 of a block in each of 16 partial sums, 4 halvings; a product and a sum with each new maximum, of values a
                // product; and the division.
                squares += (4 + 4 + (3 * blocks) + 1) * expected * expected;

                // e^x is wrong by less than a unit, for the weight and at each new maximum, and that need not be by chance.
                double bound = (SixDeviations * Math.Sqrt(squares)) + (distances * blocks * 1.1920929e-7);
                Assert.InRange(answer[i], expected - bound, expected + bound);
            }
        }

        /// <summary>Adds a product, and says the square of what is rounded: the sum; apart from it the product, where both are not one instruction.</summary>
        private static double Add(ref double sum, double product)
        {
            sum += product;
            return (sum * sum) + (CpuInstructions.HasFusedMultiplyAdd ? 0 : product * product);
        }
    }

    private static float Stored<TElement>(float value) where TElement : IElement =>
        TElement.Bytes == 4 ? value : BF16.Widen(BF16.Round(value));

    private static void Attend<TElement, TSize>(
        NativeFloats query, NativeFloats keys, NativeFloats values, int length, NativeFloats answer, bool latents)
        where TElement : IElement where TSize : IDimension
    {
        using NativeFloats scores = new(64);
        float maximum = float.NegativeInfinity, sum = 0f;
        for (int start = 0; start < length; start += 64)
        {
            long offset = start / 64 * CacheBlock.Bytes<TElement, TSize>();
            int positions = Math.Min(64, length - start);
            BlockAttention.Scores<TElement, TSize>(query.Pointer, keys.Bytes + offset, scores.Pointer);
            OnlineSoftmax.Update<TSize>(scores.Pointer, 0, positions, ref maximum, ref sum, answer.Pointer);
            if (latents)
                BlockAttention.AccumulateLatents<TElement, TSize>(scores.Pointer, positions, values.Bytes + offset, answer.Pointer);
            else
                BlockAttention.AccumulateValues<TElement, TSize>(scores.Pointer, positions, values.Bytes + offset, answer.Pointer);
        }

        OnlineSoftmax.Finish<TSize>(answer.Pointer, sum);
    }
}
