using System;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A48 hash layers: tables of token ids and of sample ids, several experts an id, wrong tables and wrong ids.</summary>
public class TableTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8, VocabularySize = 6)]
        [Router(TopK = 2, Input = RouterInput.TokenId, Logits = RouterLogits.Table, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class HashPair;

        [MoeLayer(HiddenSize = 8, Tags = 5)]
        [Router(TopK = 1, Input = RouterInput.Tag, Logits = RouterLogits.Table, Weights = RouterWeights.One)]
        [RoutedExperts(4, IntermediateSize = 6)]
        public partial class HashSample;

        [Block]
        [Attention(Heads = 2)]
        [Router(TopK = 1, Input = RouterInput.TokenId, Logits = RouterLogits.Table, Weights = RouterWeights.One)]
        [RoutedExperts(8, IntermediateSize = 6)]
        public class HashBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32)]
        [Layers(2, typeof(HashBlock))]
        public partial class HashModel;
        """;

    private static readonly double[] _pairs = [0, 1, 1, 0, 3, 2, 2, 0, 1, 3, 0, 3];

    [Fact]
    public void HashPair_EveryId_SumsTheExpertsOfItsRow()
    {
        SystemLayer layer = new SystemLayer("HashPair").Set("RouterTable", _pairs);
        int[] ids = [5, 0, 2, 2, 4, 1, 3];
        double[][] input = layer.Tokens(ids.Length);
        LayerAnswer answer = layer.Run(input, ids: ids);
        for (int token = 0; token < ids.Length; token++)
        {
            int[] experts = [(int)_pairs[2 * ids[token]], (int)_pairs[(2 * ids[token]) + 1]];
            Assert.Equal(experts, answer.Recording.Chosen[(0, token)]);
            Assert.All(answer.Choice(token), slot => Assert.Equal(1.0, slot.Weight));
            Numbers.Near(Numbers.Sum(8, experts.Select(expert => (1.0, Numbers.Gated(layer, "Expert", expert, input[token])))), answer.Rows[token], 1e-12);
        }
    }

    [Fact]
    public void HashSample_EverySample_HasTheExpertOfItsId()
    {
        int[] table = [2, 0, 3, 3, 1];
        SystemLayer layer = new SystemLayer("HashSample").Set("RouterTable", table.Select(expert => (double)expert));
        double[][] input = layer.Tokens(4);
        for (int sample = 0; sample < 5; sample++)
        {
            LayerAnswer answer = layer.Run(input, tags: sample);
            for (int token = 0; token < input.Length; token++)
                Numbers.Near(Numbers.Gated(layer, "Expert", table[sample], input[token]), answer.Rows[token], 1e-12);
        }
    }

    [Fact]
    public void HashModel_EqualIds_HaveEqualExpertsWhereverTheyStand()
    {
        int[] first = [3, 1, 4, 1, 5, 9, 2, 6];
        int[] second = [9, 9, 3, 19, 0];
        (_, Recording recording) = new SystemModel("HashModel").Run([first, second]);
        int[] ids = [.. first, .. second];
        for (int layer = 0; layer < 2; layer++)
        {
            foreach (IGrouping<int, int> token in Enumerable.Range(0, ids.Length).GroupBy(token => ids[token]))
                Assert.Single(token.Select(place => recording.Chosen[(layer, place)].Single()).Distinct());
        }

        // Each layer has a table of its own.
        Assert.NotEqual(Enumerable.Range(0, ids.Length).Select(token => recording.Chosen[(0, token)][0]), Enumerable.Range(0, ids.Length).Select(token => recording.Chosen[(1, token)][0]));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-1)]
    public void HashPair_TableOutsideTheExperts_IsRefusedAtTheEntry(int expert)
    {
        SystemLayer layer = new SystemLayer("HashPair").Set("RouterTable", _pairs.Select((entry, i) => i == 7 ? expert : entry));
        CheckpointException refusal = Assert.Throws<CheckpointException>(() => layer.Load().Dispose());
        Assert.Contains($"has {expert} in row 3, column 1; indices from 0 to 3 are needed", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-1)]
    public void HashPair_IdOutsideTheVocabulary_IsRefused(int id)
    {
        using IMoeLayer layer = new SystemLayer("HashPair").Set("RouterTable", _pairs).Load();
        var rows = new float[16];
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => layer.Forward(rows, rows, new LayerCall { TokenIds = [2, id] }));
        Assert.Contains($"TokenIds holds {id}; HashPair knows ids 0 to 5.", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("TokenIds has 0 numbers for 2 tokens", Assert.Throws<ArgumentException>(() => layer.Forward(rows, rows)).Message, StringComparison.Ordinal);
    }
}
