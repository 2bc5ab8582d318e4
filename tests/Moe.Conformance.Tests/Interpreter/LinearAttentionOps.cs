using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Linear attention with a decay, as the sum over earlier positions that its equation is.</summary>
internal static class LinearAttentionOps
{
    /// <summary>output[t, h] = Σ over s ≤ t of λ^(t−s) (query[t, h] · key[s, h]) value[s, h].</summary>
    public static double[][] Attend(AttendDecaying op, IReadOnlyList<TokenPlace> tokens, double[][] rows, int layer)
    {
        var outputs = new double[tokens.Count][];
        for (int token = 0; token < tokens.Count; token++)
        {
            outputs[token] = new double[op.Output.Width];
            foreach (int other in Enumerable.Range(0, token + 1).Where(other => tokens[other].Sequence == tokens[token].Sequence))
            {
                for (int head = 0; head < op.Heads; head++)
                    Add(op, rows[token], rows[other], head, Math.Exp(-Slope(op, head, layer) * (tokens[token].Position - tokens[other].Position)), outputs[token]);
            }
        }

        return outputs;
    }

    /// <summary>How fast a head forgets: 2^(−8(head + 1) / heads), slower in later layers.</summary>
    public static double Slope(AttendDecaying op, int head, int layer)
    {
        double ratio = 1 / Math.Pow(2, 8.0 / op.Heads);
        return Math.Pow(ratio, head + 1) * (1 - (layer / (op.Layers - 1 + 1e-5)) + 1e-5);
    }

    private static void Add(AttendDecaying op, double[] query, double[] keyValue, int head, double share, double[] output)
    {
        int start = head * 3 * op.HeadSize;
        double product = 0;
        for (int i = 0; i < op.HeadSize; i++)
            product += query[start + i] * keyValue[start + op.HeadSize + i];
        for (int i = 0; i < op.HeadSize; i++)
            output[(head * op.HeadSize) + i] += share * product * keyValue[start + (2 * op.HeadSize) + i];
    }
}
