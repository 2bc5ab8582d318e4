using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Numerics;

namespace Moe.Conformance.Tests.Systems;

/// <summary>A35 Edge-MoE and M3ViT: gates of tasks, queues of experts, and tags that do not exist.</summary>
public unsafe class TagTests
{
    internal const string Declarations = """
        using Moe;

        namespace Systems;

        [MoeLayer(HiddenSize = 8, Tags = 2)]
        [Router(TopK = 4, Input = RouterInput.Tag, LogitBias = true)]
        [RoutedExperts(16, IntermediateSize = 8, Activation = Activation.Gelu, Gated = false, Bias = true)]
        public partial class EdgeMoe;

        [Block]
        [Attention(Heads = 2)]
        [Router(TopK = 2, Input = RouterInput.Tag)]
        [RoutedExperts(8, IntermediateSize = 6)]
        public class TaskBlock;

        [MoeModel(VocabularySize = 20, HiddenSize = 8, ContextLength = 32, Tags = 3)]
        [Layers(2, typeof(TaskBlock))]
        public partial class TaskModel;
        """;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void EdgeMoe_OnRandomPatches_IsTheRawWeightedSumOfItsTasksChoice(int task)
    {
        SystemLayer layer = new("EdgeMoe");
        double[][] input = layer.Tokens(6);
        LayerAnswer answer = layer.Run(input, tags: task);
        for (int token = 0; token < input.Length; token++)
        {
            double[] scores = Numbers.Softmax(Numbers.Linear(layer.Weight("Router", task), input[token], layer.Weight("RouterBias", task)));
            double[] expected = Numbers.Sum(8, Numbers.Best(scores, 4).Select(expert => (scores[expert], Expert(layer, expert, input[token]))));
            Numbers.Near(expected, answer.Rows[token], 1e-9);
        }
    }

    [Fact]
    public void EdgeMoe_GateOfZeros_TakesTheLowestExperts()
    {
        SystemLayer layer = new SystemLayer("EdgeMoe").Fill("Router", 0).Fill("RouterBias", 0);
        LayerAnswer answer = layer.Run(layer.Tokens(2));
        Assert.Equal([(0, 1.0 / 16), (1, 1.0 / 16), (2, 1.0 / 16), (3, 1.0 / 16)], answer.Choice(1));
    }

    [Fact]
    public void EdgeMoe_TasksSideBySide_AreEachAsAloneBitForBit()
    {
        const int Patches = 41;
        SystemLayer declared = new("EdgeMoe");
        using IMoeLayer layer = declared.Load();
        float[] input = [.. declared.Tokens(Patches).SelectMany(row => row).Select(element => (float)element)];
        int[] tags = [.. Enumerable.Range(0, Patches).Select(patch => patch % 3 == 0 ? 1 : 0)];
        var mixed = new float[input.Length];
        layer.Forward(input, mixed, new LayerCall { Tags = tags });
        for (int task = 0; task < 2; task++)
        {
            var alone = new float[input.Length];
            layer.Forward(input, alone, new LayerCall { Routing = new RoutingOptions { Tag = task } });
            for (int patch = 0; patch < Patches; patch++)
                Assert.Equal(tags[patch] == task, mixed.AsSpan(patch * 8, 8).SequenceEqual(alone.AsSpan(patch * 8, 8)));
        }
    }

    [Fact]
    public void EdgeMoe_QueuesOfAChoice_HoldEachExpertsPatchesTogetherAndInOrder()
    {
        // What an emitted layer multiplies: a run of blocks an expert, so that its weights are read once for RowsPerBlock patches.
        const int Patches = 197;
        SystemLayer declared = new("EdgeMoe");
        using IMoeLayer layer = declared.Load();
        float[] rows = [.. declared.Tokens(Patches).SelectMany(row => row).Select(element => (float)element)];
        var recording = new Recording();
        recording.BeginStep([.. Enumerable.Range(0, Patches)]);
        var observer = new RecordingObserver(recording);
        layer.Forward(rows, rows, default, ref observer);

        int[] chosen = [.. Enumerable.Range(0, Patches).SelectMany(patch => recording.Chosen[(0, patch)])];
        using var queues = new ExpertGroups(16, 4);
        queues.Reserve(Patches);
        fixed (int* choice = chosen)
            queues.Arrange<Sixteen, Four>(choice, 4, Patches, isFull: true);
        Assert.Equal(4 * Patches, queues.Rows);
        int blocks = 0;
        for (int expert = 0; expert < 16; expert++)
        {
            int[] patches = [.. Enumerable.Range(0, Patches).Where(patch => recording.Chosen[(0, patch)].Contains(expert))];
            int first = queues.FirstRowOf(expert);
            Assert.Equal(patches, Enumerable.Range(first, patches.Length).Select(row => queues.TokenOfRow[row]));
            int needed = (patches.Length + ExpertGroups.RowsPerBlock - 1) / ExpertGroups.RowsPerBlock;
            Assert.All(Enumerable.Range(blocks, needed), block => Assert.Equal(expert, queues.ExpertOf(block)));
            blocks += needed;
        }

        Assert.Equal(blocks, queues.Blocks);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void EdgeMoe_TaskThatDoesNotExist_IsRefused(int task)
    {
        using IMoeLayer layer = new SystemLayer("EdgeMoe").Load();
        var rows = new float[16];
        ArgumentException ofCall = Assert.Throws<ArgumentException>(() => layer.Forward(rows, rows, new LayerCall { Routing = new RoutingOptions { Tag = task } }));
        ArgumentException ofPatch = Assert.Throws<ArgumentException>(() => layer.Forward(rows, rows, new LayerCall { Tags = [0, task] }));
        Assert.Contains($"Tag is {task}; EdgeMoe has tags 0 to 1.", ofCall.Message, StringComparison.Ordinal);
        Assert.Contains($"Tags is {task}; EdgeMoe has tags 0 to 1.", ofPatch.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => layer.Forward(rows, rows, new LayerCall { Tags = [0] }));
    }

    [Fact]
    public void TaskModel_SequencesOfSeveralTasks_AreEachAsAlone()
    {
        int[] ids = [3, 1, 4, 1, 5, 9, 2, 6];
        SystemModel model = new("TaskModel");
        RoutingOptions[] tasks = [.. Enumerable.Range(0, 3).Select(tag => new RoutingOptions { Tag = tag })];
        (_, Recording together) = model.Run([ids, ids, ids], name => name, tasks);
        var choices = new HashSet<string>();
        for (int task = 0; task < 3; task++)
        {
            (_, Recording alone) = model.Run([ids], name => name, [tasks[task]]);
            for (int token = 0; token < ids.Length; token++)
            {
                Assert.Equal(alone.Logits[token], together.Logits[(task * ids.Length) + token]);
                Assert.Equal(alone.Chosen[(1, token)], together.Chosen[(1, (task * ids.Length) + token)]);
            }

            choices.Add(string.Join(' ', Enumerable.Range(0, ids.Length).SelectMany(token => alone.Chosen[(0, token)])));
        }

        Assert.Equal(3, choices.Count);
    }

    private static double[] Expert(SystemLayer layer, int expert, double[] x)
    {
        double[] up = Numbers.Linear(layer.Weight("ExpertUp", expert), x, layer.Weight("ExpertUpBias", expert));
        return Numbers.Linear(layer.Weight("ExpertDown", expert), [.. up.Select(unit => unit * Normal(unit))], layer.Weight("ExpertDownBias", expert));
    }

    // Φ(x) = 1/2 + ∫₀ˣ exp(−t² / 2) / √(2π) dt by Simpson's rule.
    private static double Normal(double x)
    {
        const int Steps = 400;
        double step = x / Steps;
        double sum = 0;
        for (int i = 0; i <= Steps; i++)
            sum += (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-i * step * (i * step) / 2);
        return 0.5 + (sum * step / 3 / Math.Sqrt(2 * Math.PI));
    }

    private readonly struct Sixteen : IDimension
    {
        public static int Size => 16;
    }

    private readonly struct Four : IDimension
    {
        public static int Size => 4;
    }
}
