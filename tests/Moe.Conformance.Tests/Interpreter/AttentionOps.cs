using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Positions and attention.</summary>
internal static class AttentionOps
{
    /// <summary>
    /// Turns a part of each head by the token's position. PyTorch code has float32 frequencies and a float32 product with
    /// the position; product, sine and cosine are taken in double precision here.
    /// </summary>
    public static double[] Rotate(double[] input, Rotate op, int position, int length)
    {
        var output = (double[])input.Clone();
        int half = op.Size / 2;
        double factor = RotaryAngles.Factor(op, position, length);
        for (int head = 0; head < op.Heads; head++)
        {
            int start = (head * op.HeadSize) + op.Offset;
            for (int pair = 0; pair < half; pair++)
            {
                double angle = RotaryAngles.Angle(op, pair, position, length);
                double cosine = Math.Cos(angle) * factor;
                double sine = Math.Sin(angle) * factor;
                int first = start + (op.Layout == RotaryLayout.HalfSplit ? pair : 2 * pair);
                int second = start + (op.Layout == RotaryLayout.HalfSplit ? pair + half : (2 * pair) + 1);
                output[first] = (input[first] * cosine) - (input[second] * sine);
                output[second] = (input[second] * cosine) + (input[first] * sine);
            }
        }

        return output;
    }

    /// <summary>Multi-head and grouped-query attention over a cache of whole keys and values.</summary>
    public static double[][] Attend(Attend op, IReadOnlyList<TokenPlace> tokens, double[][] queries, double[][] keys, double[][] values, double[]? sinks = null, int[][]? chosenHeads = null)
    {
        var caches = new SequenceCaches();
        var outputs = new double[tokens.Count][];
        int queriesPerKey = op.Heads / op.KeyValueHeads;
        for (int token = 0; token < tokens.Count; token++)
        {
            // Behind its elements a key carries which heads took its token.
            double[] key1 = chosenHeads is null ? keys[token] : [.. keys[token], .. Enumerable.Range(0, op.Heads).Select(head => chosenHeads[token].Contains(head) ? 1.0 : 0.0)];
            List<(double[] Key, double[] Value)> cache = caches.Append(tokens[token], key1, values[token]);
            outputs[token] = new double[op.Output.Width];
            for (int head = 0; head < op.Heads; head++)
            {
                if (chosenHeads is not null && !chosenHeads[token].Contains(head))
                    continue;
                int query = head * op.HeadSize;
                int key = head / queriesPerKey * op.HeadSize;
                var shares = new double[cache.Count];
                for (int s = 0; s < cache.Count; s++)
                {
                    bool isTaken = chosenHeads is null || cache[s].Key[(op.Heads * op.HeadSize) + head] == 1;
                    shares[s] = isTaken && Sees(op.Reach, cache.Count - 1, s)
                        ? Dot(queries[token], query, cache[s].Key, key, op.HeadSize) * op.Scale
                        : double.NegativeInfinity;
                }

                // A sink takes its share of the softmax and gives nothing.
                if (sinks is not null)
                    Array.Resize(ref shares, cache.Count + 1);
                if (sinks is not null)
                    shares[^1] = sinks[head];
                Softmax(shares);
                for (int s = 0; s < cache.Count; s++)
                {
                    for (int i = 0; i < op.HeadSize; i++)
                        outputs[token][query + i] += shares[s] * cache[s].Value[key + i];
                }
            }
        }

        return outputs;
    }

    private static bool Sees(AttentionReach? reach, int from, int to) => reach switch
    {
        null => true,
        { IsChunked: true } => to / reach.Positions == from / reach.Positions,
        _ => to > from - reach.Positions,
    };

    /// <summary>Latent attention over a cache of latents and rotated keys: whole keys and values are made of them anew.</summary>
    public static double[][] AttendLatent(
        AttendLatent op, IReadOnlyList<TokenPlace> tokens, double[][] queries, double[][] latents, double[][] rotaryKeys, double[] keyValueUp)
    {
        var caches = new SequenceCaches();
        var outputs = new double[tokens.Count][];
        int rowsPerHead = op.HeadSize + op.ValueHeadSize;
        int querySize = op.HeadSize + op.RotarySize;
        for (int token = 0; token < tokens.Count; token++)
        {
            List<(double[] Key, double[] Value)> cache = caches.Append(
                tokens[token], rotaryKeys[token], MatrixOps.Multiply(keyValueUp, latents[token], null));
            outputs[token] = new double[op.Output.Width];
            for (int head = 0; head < op.Heads; head++)
            {
                int query = head * querySize;
                int row = head * rowsPerHead;
                var shares = new double[cache.Count];
                for (int s = 0; s < cache.Count; s++)
                {
                    double plain = Dot(queries[token], query, cache[s].Value, row, op.HeadSize);
                    double turned = Dot(queries[token], query + op.HeadSize, cache[s].Key, 0, op.RotarySize);
                    shares[s] = (plain + turned) * op.Scale;
                }

                Softmax(shares);
                for (int s = 0; s < cache.Count; s++)
                {
                    for (int i = 0; i < op.ValueHeadSize; i++)
                        outputs[token][(head * op.ValueHeadSize) + i] += shares[s] * cache[s].Value[row + op.HeadSize + i];
                }
            }
        }

        return outputs;
    }

    /// <summary>exp(xᵢ) / Σ exp(xⱼ), in place, with the largest subtracted first.</summary>
    public static void Softmax(double[] elements)
    {
        double largest = double.NegativeInfinity;
        foreach (double element in elements)
            largest = Math.Max(largest, element);

        double sum = 0;
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = Math.Exp(elements[i] - largest);
            sum += elements[i];
        }

        for (int i = 0; i < elements.Length; i++)
            elements[i] /= sum;
    }

    private static double Dot(double[] left, int leftStart, double[] right, int rightStart, int length)
    {
        double sum = 0;
        for (int i = 0; i < length; i++)
            sum += left[leftStart + i] * right[rightStart + i];
        return sum;
    }

    // What each sequence remembers, position after position.
    private sealed class SequenceCaches
    {
        private readonly Dictionary<int, List<(double[] Key, double[] Value)>> _bySequence = [];

        public List<(double[] Key, double[] Value)> Append(TokenPlace token, double[] key, double[] value)
        {
            if (!_bySequence.TryGetValue(token.Sequence, out List<(double[], double[])>? cache))
                _bySequence[token.Sequence] = cache = [];
            if (cache.Count != token.Position)
                throw new InvalidOperationException($"Token at position {token.Position} of sequence {token.Sequence} follows {cache.Count} others.");
            cache.Add((key, value));
            return cache;
        }
    }
}
