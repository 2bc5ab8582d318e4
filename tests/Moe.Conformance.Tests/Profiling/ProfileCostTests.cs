using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Systems;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Profiling;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Profiling;

/// <summary>What a profile counts, against the declaration's constants and against counts by plain loops.</summary>
public sealed class ProfileCostTests(ProfiledModels models) : IClassFixture<ProfiledModels>
{
    private const int Hidden = 40;
    private const int Inner = 24;

    [Theory]
    [MemberData(nameof(ProfiledModels.Names), MemberType = typeof(ProfiledModels))]
    public void DecodeStep_AtPositionZero_HasTheFlopsOfTheDeclaration(string name)
    {
        var profile = new StepProfile();
        using ICompiledModel model = models.Create(name, profile);
        ProfiledModels.Decode(model);

        Assert.Equal(model.Shape.FlopsPerToken, profile.Phases.Sum(phase => phase.MatrixFlops));
    }

    /// <summary>Every system that the tests declare: LoRA, zero, copy and constant experts, tags, tables, trees, carried state and all others.</summary>
    [Fact]
    public void Token_OfEveryDeclaredSystem_HasTheFlopsOfTheDeclaration()
    {
        Type[] types = SystemAssembly.Layer("MixLora").Type.Assembly.GetTypes();
        Type[] layers = [.. types.Where(type => typeof(IMoeLayer).IsAssignableFrom(type) && !type.IsAbstract)];
        Type[] systems = [.. types.Where(type => type.GetInterfaces().Any(one => one.IsGenericType && one.GetGenericTypeDefinition() == typeof(IMoeModel<>)))];
        Assert.True(layers.Length > 50 && systems.Length > 10, $"{layers.Length} layers, {systems.Length} models");

        // Some are declared in their released size, which is compiled and never loaded here.
        Type[] small = [.. layers.Concat(systems).Where(type => ProfiledModels.Constant(type, "TotalParameters") < 1_000_000)];
        Assert.InRange(small.Length, 50, layers.Length + systems.Length);
        foreach (Type type in small)
        {
            var profile = new StepProfile();
            var options = new LoadOptions { Profile = profile };
            if (layers.Contains(type))
            {
                using IMoeLayer layer = new CompiledLayer(type).CreateRandom(5, options: options);
                var row = new float[layer.Shape.HiddenSize];
                row.AsSpan().Fill(0.5f);
                layer.Forward(row, row, new LayerCall { TokenIds = layer.Shape.VocabularySize > 0 ? [0] : [] });
            }
            else
            {
                using ICompiledModel model = new CompiledModel(type).CreateRandom(5, options);
                ProfiledModels.Decode(model);
            }

            long flops = profile.Phases.Sum(phase => phase.MatrixFlops);
            long least = ProfiledModels.Constant(type, "MinFlopsPerToken");
            long most = ProfiledModels.Constant(type, "FlopsPerToken");
            Assert.True(flops >= least && flops <= most, $"{type.Name}: {flops} operations, declared {least} to {most}");
        }
    }

    [Theory]
    [MemberData(nameof(ProfiledModels.Names), MemberType = typeof(ProfiledModels))]
    public void DecodeStep_InEveryFormat_ReadsTheBytesOfThePackedWeights(string name)
    {
        foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
        {
            var profile = new StepProfile();
            object model = models.Model(name).Type.GetMethod("CreateRandom")!
                .Invoke(null, [3UL, new LoadOptions { Weights = (WeightFormat?)format, Profile = profile }])!;
            using var adapter = (ICompiledModel)Activator.CreateInstance(typeof(Adapter<>).MakeGenericType(model.GetType()), model)!;
            ProfiledModels.Decode(adapter);

            Assert.Equal(PackedBytes.OfToken(model), profile.Phases.Sum(phase => phase.WeightBytes));
        }
    }

    [Fact]
    public void Step_SkewedToFewExperts_CountsTheirRowsAndWeightsAlone()
    {
        const int Tokens = 37;
        var profile = new StepProfile();
        using ICompiledModel model = models.Create("ExpertModel", profile);
        using ICompiledModel other = models.Create("ExpertModel");

        // Layer 0: all to expert 3, and every second token to none beside it; layer 1: experts 1 and 4; layer 2: in turn.
        int[] Forced(int layer, int token) => layer switch
        {
            0 => [3, token % 2 == 0 ? -1 : 0],
            1 => [4, 1],
            _ => [token % 5, (token + 1) % 5],
        };
        var forced = new Dictionary<(int, int), int[]>();
        for (int layer = 0; layer < 3; layer++)
        {
            for (int token = 0; token < Tokens; token++)
                forced[(layer, token)] = Forced(layer, token);
        }

        EmittedRun.Run(model, [[.. Enumerable.Range(0, Tokens)]], EmittedRun.AtOnce, forced);

        PhaseProfile[] inner = [.. ProfiledModels.Named(profile, "Grouped", "expertInner")];
        PhaseProfile[] answers = [.. ProfiledModels.Named(profile, "Grouped", "expertAnswers")];
        long upBytes = PackedMatrix.PanelBytes(Hidden, WeightFormat.F32) * (2 * Inner / 16);
        long downBytes = PackedMatrix.PanelBytes(Inner, WeightFormat.F32) * 3;
        for (int layer = 0; layer < 3; layer++)
        {
            int[] experts = [.. Enumerable.Range(0, Tokens).SelectMany(token => Forced(layer, token)).Where(expert => expert >= 0)];
            Assert.Equal(experts.Length * 2L * 2 * Inner * Hidden, inner[layer].MatrixFlops);
            Assert.Equal(experts.Length * 2L * Hidden * Inner, answers[layer].MatrixFlops);
            Assert.Equal(experts.Distinct().Count() * upBytes, inner[layer].WeightBytes);
            Assert.Equal(experts.Distinct().Count() * downBytes, answers[layer].WeightBytes);
        }
    }

    [Fact]
    public void ConstantExperts_WhateverTheChoice_CountTheirSlots()
    {
        SystemLayer declared = new("MoePlusPlusPaper");
        double[][] input = declared.Tokens(50);
        float[] rows = [.. input.SelectMany(row => row).Select(element => (float)element)];
        foreach (int threads in new[] { 1, 3 })
        {
            var profile = new StepProfile();
            using IMoeLayer layer = SystemAssembly.Layer("MoePlusPlusPaper").CreateRandom(5, options: new LoadOptions { Profile = profile, Threads = threads });
            var recording = new Recording();
            recording.BeginStep([.. Enumerable.Range(0, input.Length)]);
            var observer = new RecordingObserver(recording);
            layer.Forward(rows, new float[rows.Length], default, ref observer);

            int[] chosen = [.. recording.Chosen.Values.SelectMany(slots => slots)];
            int constants = chosen.Count(expert => expert is 4 or 5);
            int routed = chosen.Count(expert => expert is >= 0 and < 4);
            Assert.NotEqual(0, constants);

            // The router, 8 numbers to 8 logits and 8 logits of the layer before to as many; an expert's three maps of 8 x 12; a constant
            // expert's two rows of 8.
            Assert.Equal((50 * 2L * 2 * 8 * 8) + (routed * 2L * 3 * 8 * 12) + (constants * 2L * 2 * 8), profile.Phases.Sum(phase => phase.MatrixFlops));
        }
    }

    [Theory]
    [InlineData("DenseModel", 4, 2, 12)]
    [InlineData("ReachModel", 2, 2, 10)]
    public void Attention_OfUnevenSequences_CountsThePositionsThatTokensSee(string name, int heads, int keyValueHeads, int size)
    {
        var profile = new StepProfile();
        using ICompiledModel model = models.Create(name, profile);
        using SequenceCache first = model.NewCache();
        using SequenceCache second = model.NewCache();
        ProfiledModels.Step(model, first, [.. Enumerable.Range(0, 70)], LogitPositions.None);
        profile.Clear();

        // 21 tokens behind 70, and 5 at the start, in one step.
        var batch = new StepBatch();
        batch.Add(first, [.. Enumerable.Range(0, 21)], LogitPositions.None);
        batch.Add(second, [1, 2, 3, 4, 5], LogitPositions.None);
        model.Step(batch);

        foreach (PhaseProfile phase in profile.Phases.Where(phase => phase.AttentionFlops > 0))
        {
            Func<int, int, bool> sees = phase.Part switch
            {
                "Windowed" => (token, position) => position <= token && position > token - 9,
                "Chunked" => (token, position) => position <= token && position / 16 == token / 16,
                _ => (token, position) => position <= token,
            };
            (int First, int Count)[] sequences = [(70, 21), (0, 5)];
            long seen = sequences.Sum(sequence => Tokens(sequence).Sum(token => Enumerable.Range(0, 91).LongCount(position => sees(token, position))));
            long read = sequences.Sum(sequence => Enumerable.Range(0, 91).LongCount(position => Tokens(sequence).Any(token => sees(token, position))));
            Assert.Equal(seen * heads * 4 * size, phase.AttentionFlops);
            Assert.Equal(read * keyValueHeads * 2 * size * sizeof(float), phase.CacheBytes);
        }

        Assert.Equal(2, profile.Phases.Count(phase => phase.AttentionFlops > 0));
        static IEnumerable<int> Tokens((int First, int Count) sequence) => Enumerable.Range(sequence.First, sequence.Count);
    }

    [Fact]
    public void LatentAttention_CountsTheCachedLatents_InTheCachesFormat()
    {
        var profile = new StepProfile();
        using ICompiledModel model = models.Create("LatentModel", profile, new LoadOptions { Cache = CacheFormat.BF16 });
        using SequenceCache cache = model.NewCache();
        ProfiledModels.Step(model, cache, [1, 2, 3, 4, 5, 6], LogitPositions.Last);

        // 1 + 2 + … + 6 positions, three heads: scores over 20 + 4 numbers, sums over 20.
        PhaseProfile attend = ProfiledModels.Named(profile, "Latent", "context").First();
        Assert.Equal(21 * 3 * 2 * (24 + 20), attend.AttentionFlops);
        Assert.Equal(6 * 24 * 2, attend.CacheBytes);
        Assert.Equal(6 * 24 * 2, ProfiledModels.Named(profile, "Latent", "latent").First().CacheBytes);
    }

    [Fact]
    public void LinearAttention_CountsTheStatesOfTheBlocksThatTokensFallInto()
    {
        var profile = new StepProfile();
        using ICompiledModel model = models.Create("LinearModel", profile);
        using SequenceCache cache = model.NewCache();
        ProfiledModels.Step(model, cache, [.. Enumerable.Range(0, 67)], LogitPositions.None);

        // Positions 0 to 66 lie in two blocks; a head's state is 6 x 6 numbers and 16 more, read and written.
        PhaseProfile attend = profile.Phases.First(phase => phase.AttentionFlops > 0);
        Assert.Equal("Linear", attend.Part);
        Assert.Equal(67 * 4 * 5 * 36, attend.AttentionFlops);
        Assert.Equal((67 * 4 * 2 * 6 * 4) + (2 * 4 * (36 + 16) * 2 * 4), attend.CacheBytes);
    }

    [Fact]
    public void HeadsThatChoose_CountTheTokensThatTheyTook()
    {
        var profile = new StepProfile();
        using ICompiledModel model = SystemAssembly.Model("SelectiveHeads").CreateRandom(5, new LoadOptions { Profile = profile });
        using SequenceCache cache = model.NewCache();
        ProfiledModels.Step(model, cache, [3, 1, 4, 1, 5], LogitPositions.Last);

        // Each of 4 heads takes half of 5 tokens, rounded in one way or the other; a token at position p sees p + 1 positions.
        foreach (PhaseProfile phase in profile.Phases.Where(phase => phase.AttentionFlops > 0))
        {
            long perPosition = 4 * 6;
            Assert.Equal(0, phase.AttentionFlops % perPosition);
            Assert.InRange(phase.AttentionFlops / perPosition, 4 * (1 + 2), 4 * (3 + 4 + 5));
            Assert.InRange(phase.CacheBytes / (13 * sizeof(float)), 4 * 2, 4 * 5);
        }
    }

    [Fact]
    public void TwoTags_ReadTheRoutersOfBoth()
    {
        var profile = new StepProfile();
        using IMoeLayer layer = SystemAssembly.Layer("EdgeMoe").CreateRandom(5, options: new LoadOptions { Profile = profile });
        var rows = new float[8 * 6];
        layer.Forward(rows, rows, new LayerCall { Tags = [1, 1, 1, 1, 1, 1] });
        long one = Router();
        profile.Clear();
        layer.Forward(rows, rows, new LayerCall { Tags = [1, 0, 1, 1, 0, 1] });

        // 16 rows of 8 numbers, each padded to 16, and 16 biases.
        Assert.Equal((16 * 16 * 4) + (16 * 4), one);
        Assert.Equal(2 * one, Router());

        long Router() => profile.Phases.Where(phase => phase.Name.Contains("routerLogits", StringComparison.Ordinal)).Sum(phase => phase.WeightBytes);
    }
}
