using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Ir;
using Moe.Runtime.Models;
using static Moe.Conformance.Tests.Interpreter.OneOp;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A12, the attention half of Union-of-Experts: heads are experts that choose their tokens.</summary>
public class HeadExpertTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [Block]
        [Attention(Heads = 4, HeadSize = 6, HeadFraction = 0.5, MayLookAhead = true)]
        [Rotary]
        [FeedForward(IntermediateSize = 20)]
        public class SelectiveBlock;

        [MoeModel(VocabularySize = 29, HiddenSize = 16, ContextLength = 256)]
        [Layers(2, typeof(SelectiveBlock))]
        public partial class SelectiveHeads;

        [Block]
        [Attention(Heads = 4, HeadSize = 6, HeadFraction = 1, MayLookAhead = true)]
        [Rotary]
        [FeedForward(IntermediateSize = 20)]
        public class WholeBlock;

        [MoeModel(VocabularySize = 29, HiddenSize = 16, ContextLength = 256)]
        [Layers(2, typeof(WholeBlock))]
        public partial class AllTokensOfAllHeads;
        """;

    // The second is longer than a cache block.
    private static readonly int[][] _sequences = [[3, 1, 4, 1, 5], [.. Enumerable.Range(0, 75).Select(i => i * i % 29)], [7]];

    [Fact]
    public void Attend_OfHeadsThatChoose_IsCausalAttentionAmongTheirTokens()
    {
        const int Heads = 3;
        const int Size = 2;
        const int Tokens = 9;
        var random = new Random(5);
        double[][] Rows() => [.. Enumerable.Range(0, Tokens).Select(_ => Enumerable.Range(0, Heads * Size).Select(_ => random.NextDouble() - 0.5).ToArray())];
        double[][] queries = Rows();
        double[][] keys = Rows();
        double[][] values = Rows();
        int[][] chosen = [.. Enumerable.Range(0, Tokens).Select(_ => Enumerable.Range(0, Heads).Select(head => random.Next(2) == 0 ? head : -1).ToArray())];
        double[][] found = Attend(queries, keys, values);

        for (int token = 0; token < Tokens; token++)
        {
            for (int head = 0; head < Heads; head++)
            {
                int[] own = [.. Enumerable.Range(0, token + 1).Where(s => chosen[s].Contains(head))];
                double[] shares = chosen[token].Contains(head)
                    ? Numbers.Softmax([.. own.Select(s => Enumerable.Range(head * Size, Size).Sum(i => queries[token][i] * keys[s][i]) * 0.7)])
                    : new double[own.Length];
                for (int i = head * Size; i < (head + 1) * Size; i++)
                    Assert.Equal(own.Zip(shares, (s, share) => share * values[s][i]).Sum(), found[token][i], 1e-12);
            }
        }

        // What follows a token does not reach it.
        for (int token = 5; token < Tokens; token++)
            (keys[token], values[token]) = (Rows()[0], Rows()[0]);
        double[][] changed = Attend(queries, keys, values);
        for (int token = 0; token < 5; token++)
            Assert.Equal(found[token], changed[token]);

        double[][] Attend(double[][] q, double[][] k, double[][] v)
        {
            Value query = Real("query", Heads * Size);
            Value key = Real("key", Heads * Size);
            Value value = Real("value", Heads * Size);
            Value output = Real("out", Heads * Size);
            var heads = new Value("chosenHeads", Heads, 1, ElementKind.Index);
            return Start([], Tokens).With(query, q).With(key, k).With(value, v).WithIndices(heads, chosen)
                .Run([new Attend(query, key, value, output, Heads, Heads, Size, 0.7, ChosenHeads: heads)])[output];
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(9, 4)]
    public void SelectiveHeads_OfAnyLength_EachTakeHalfOfTheTokens(int length, int taken)
    {
        var model = new SystemModel("SelectiveHeads");
        Graph block = model.Graph.Blocks[0];
        var random = new Random(length);
        double[][] hidden = [.. Enumerable.Range(0, length).Select(_ => Enumerable.Range(0, 16).Select(_ => random.NextDouble() - 0.5).ToArray())];
        GraphRun run = new GraphRun(
            [.. Enumerable.Range(0, length).Select(position => new TokenPlace(0, position))], 0,
            (_, weight, _) => [.. Enumerable.Range(0, weight.Rows * weight.Columns).Select(_ => random.NextDouble() - 0.5)], new Trace())
            .With(block.Inputs[0], hidden).Run(block.Ops);
        int[][] chosen = run.Indices(block.Ops.OfType<SelectByExperts>().Single().Chosen);
        for (int head = 0; head < 4; head++)
            Assert.Equal(taken, chosen.Count(heads => heads.Contains(head)));
    }

    [Fact]
    public void SelectiveHeads_InEmittedCode_AgreeWithTheInterpreter() => new SystemModel("SelectiveHeads").Run(_sequences);

    [Fact]
    public void HeadsThatTakeAllTokens_InAnyChunks_GiveTheSameBits()
    {
        // Marks of earlier calls stand in the cache; with all tokens taken nothing depends on the call.
        var declared = new SystemModel("AllTokensOfAllHeads");
        declared.Run(_sequences);
        using ICompiledModel model = SystemAssembly.Model("AllTokensOfAllHeads").CreateRandom(11);
        SameBits.Check("uneven chunks", EmittedRun.Run(model, _sequences, EmittedRun.AtOnce), EmittedRun.Run(model, _sequences, EmittedRun.Uneven));
    }
}
