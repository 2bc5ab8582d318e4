using System;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A23 Moirai-MoE where distances are equal, zero or no numbers, in both orders.</summary>
public class DistanceEdgeTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8)]
        [Router(TopK = 2, Logits = RouterLogits.Distance, Weights = RouterWeights.SoftmaxOfChosen)]
        [RoutedExperts(32, IntermediateSize = 6, Bias = true)]
        public partial class NearestCluster;

        [Router(CentroidOrder = CentroidOrder.Farthest)]
        [MoeLayer] public partial class FarthestCluster : NearestCluster;
        """;

    [Theory]
    [InlineData("NearestCluster")]
    [InlineData("FarthestCluster")]
    public void EqualCentroids_GiveTheLowestExpertsInEqualParts(string name)
    {
        SystemLayer layer = new SystemLayer(name).Fill("RouterVectors", 0.5);
        LayerAnswer answer = layer.Run(layer.Tokens(3));
        for (int token = 0; token < 3; token++)
            Assert.Equal([(0, 0.5), (1, 0.5)], answer.Choice(token));
    }

    [Fact]
    public void TokenOnACentroid_HasItFirstWhereNearWinsAndNeverWhereFarWins()
    {
        SystemLayer near = new("NearestCluster");
        double[] centroids = near.Weight("RouterVectors");
        double[][] input = [.. Enumerable.Range(0, 32).Select(i => centroids[(i * 8)..((i + 1) * 8)])];
        LayerAnswer nearest = near.Run(input);
        LayerAnswer farthest = new SystemLayer("FarthestCluster").Run(input);
        for (int token = 0; token < 32; token++)
        {
            Assert.Equal(token, nearest.Recording.Chosen[(0, token)][0]);
            Assert.Equal(0f, nearest.Recording.RouterLogits[(0, token)][token]);
            Assert.DoesNotContain(token, farthest.Experts(token));
        }
    }

    [Theory]
    [InlineData("NearestCluster", float.NaN)]
    [InlineData("FarthestCluster", float.NaN)]
    [InlineData("NearestCluster", float.PositiveInfinity)]
    [InlineData("FarthestCluster", float.NegativeInfinity)]
    public void RowThatIsNoNumber_ChoosesTheLowestExpertsAndLeavesOtherRowsAlone(string name, float wrong)
    {
        SystemLayer declared = new(name);
        using IMoeLayer layer = declared.Load();
        float[] input = [.. declared.Tokens(3).SelectMany(row => row).Select(element => (float)element)];
        var expected = new float[input.Length];
        layer.Forward(input, expected);
        input[8 + 5] = wrong;
        var found = new float[input.Length];
        var recording = new Recording();
        recording.BeginStep([0, 1, 2]);
        var observer = new RecordingObserver(recording);
        layer.Forward(input, found, default, ref observer);
        Assert.Equal([0, 1], recording.Chosen[(0, 1)]);
        Assert.All(found[8..16], element => Assert.False(float.IsFinite(element)));
        Assert.Equal(expected[..8], found[..8]);
        Assert.Equal(expected[16..], found[16..]);
    }

    [Fact]
    public void ExpertsThatNobodyChooses_DoNotMatter()
    {
        // Weights of a cluster without tokens may be anything; with tokens these would overflow.
        SystemLayer layer = new("NearestCluster");
        double[][] input = layer.Tokens(3);
        LayerAnswer answer = layer.Run(input);
        int idle = Enumerable.Range(0, 32).First(expert => !Enumerable.Range(0, 3).Any(token => answer.Experts(token).Contains(expert)));
        layer.Fill("ExpertUp", 1e38, expert: idle).Fill("ExpertGate", 1e38, expert: idle);
        Assert.Equal(answer.Emitted, layer.Run(input).Emitted);
    }
}
