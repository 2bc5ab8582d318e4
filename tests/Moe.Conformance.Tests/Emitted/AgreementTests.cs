using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Conformance.Tests.Properties;
using Moe.Generators.Architecture;
using Xunit.Sdk;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>That the comparison of emitted code with the interpreter sees what it must see.</summary>
public class AgreementTests
{
    [Fact]
    public void Agreement_OfTheInterpreterWithItself_Holds()
    {
        Trace trace = Sample();
        ChoiceCount count = Agreement.Check(trace, Recorded(trace));
        Assert.Equal(trace.Decisions.Count, count.Decisions);
        Assert.Equal(0, count.Overruled);
    }

    [Theory]
    [InlineData("logits")]
    [InlineData("logits are NaN")]
    [InlineData("final norm")]
    [InlineData("first hidden state")]
    [InlineData("last hidden state")]
    [InlineData("router logits")]
    [InlineData("weights")]
    [InlineData("weights in another order")]
    [InlineData("own choice where the gap is wide")]
    [InlineData("used experts")]
    [InlineData("hidden state is missing")]
    public void Agreement_WithOneNumberTooFarOff_Fails(string spoiled)
    {
        Trace trace = Sample();
        Recording recording = Recorded(trace);
        int last = trace.Hidden.Count - 1;
        ((int Layer, int Token) at, Decision decision) = trace.Decisions.First(pair => pair.Value.Gap > 1e-2 && pair.Value.Gap < 1);
        switch (spoiled)
        {
            case "logits":
                Spoil(recording.Logits[^1], 1.1e-4f);
                break;
            case "logits are NaN":
                recording.Logits[0][0] = float.NaN;
                break;
            case "final norm":
                Spoil(recording.FinalNorm[0], 1.1e-4f);
                break;
            case "first hidden state":
                Spoil(recording.Hidden[(0, 0)], 1.1e-5f);
                break;
            case "last hidden state":
                Spoil(recording.Hidden[(last, 0)], 1.1e-5f * last);
                break;
            case "router logits":
                Spoil(recording.RouterLogits[at], 1.1e-5f * (at.Layer + 1));
                break;
            case "weights":
                Spoil(recording.Weights[at], 1.1e-5f * (at.Layer + 1));
                break;
            case "weights in another order":
                Array.Reverse(recording.Weights[at]);
                break;
            case "own choice where the gap is wide":
                recording.OwnChoice[at] = Another(decision);
                break;
            case "used experts":
                recording.Chosen[at] = Another(decision);
                break;
            default:
                recording.Hidden.TryRemove((last, 0), out _);
                break;
        }

        Assert.ThrowsAny<XunitException>(() => Agreement.Check(trace, recording));
    }

    [Fact]
    public void Agreement_WithAnotherOwnChoiceWhereTheGapIsNarrow_CountsIt()
    {
        Trace trace = Sample();
        Recording recording = Recorded(trace);
        ((int Layer, int Token) at, Decision decision) = trace.Decisions.First();
        decision.Gap = 9e-4;
        recording.OwnChoice[at] = Another(decision);
        Assert.Equal(1, Agreement.Check(trace, recording).Overruled);
        Assert.Equal(decision.Chosen, Agreement.CloseChoices(trace)[at]);
    }

    // A drawn model whose experts leave some out, two a token.
    private static Trace Sample()
    {
        var draw = new PCG(1, 7);
        while (true)
        {
            DrawnModel model = ModelGen.Model.Generate(draw, null, out _);
            bool fits = model.Architecture.Blocks.All(block => block.FeedForward is ExpertFeedForward { Routed.Count: > 4, Router.Selection: TopKSelection { TopK: 2 } });
            if (!fits)
                continue;
            Trace trace = model.Interpret(model.Graph);
            if (trace.Decisions.Values.Any(decision => decision.Gap is > 1e-2 and < 1 && Math.Abs(decision.Weights[0] - decision.Weights[1]) > 0.01))
                return trace;
        }
    }

    private static Recording Recorded(Trace trace)
    {
        var recording = new Recording { Logits = [.. trace.Logits.Select(Narrow)] };
        for (int token = 0; token < trace.Logits.Length; token++)
        {
            recording.FinalNorm[token] = Narrow(trace.FinalNorm[token]);
            for (int layer = 0; layer < trace.Hidden.Count; layer++)
                recording.Hidden[(layer, token)] = Narrow(trace.Hidden[layer][token]);
        }

        foreach (((int Layer, int Token) at, Decision decision) in trace.Decisions)
        {
            recording.RouterLogits[at] = Narrow(decision.Logits);
            recording.OwnChoice[at] = decision.Chosen;
            recording.Chosen[at] = decision.Chosen;
            recording.Weights[at] = Narrow(decision.Weights);
        }

        return recording;
    }

    // The limit is relative to the largest element of the row, or to 1.
    private static void Spoil(float[] row, float by) => row[^1] += by * Math.Max(1, row.Max(Math.Abs));

    private static int[] Another(Decision decision) =>
        [.. Enumerable.Range(0, decision.Logits.Length).Except(decision.Chosen).Take(decision.Chosen.Length)];

    private static float[] Narrow(double[] row) => Array.ConvertAll(row, element => (float)element);
}
