using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Harness;

/// <summary>Runs sequences through an emitted model, cut into steps in one way or another.</summary>
internal static class EmittedRun
{
    /// <summary>Everything in one step.</summary>
    public static readonly IReadOnlyList<int> AtOnce = [int.MaxValue];

    /// <summary>One token of each sequence a step.</summary>
    public static readonly IReadOnlyList<int> TokenByToken = [1];

    /// <summary>Steps of different sizes, over and over.</summary>
    public static readonly IReadOnlyList<int> Uneven = [5, 1, 3, 7, 2];

    /// <summary>Runs all sequences side by side and records everything, logits of every token included.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequences">Token ids.</param>
    /// <param name="steps">How many tokens of each sequence a step takes, over and over.</param>
    /// <param name="forced">Choices that replace the model's own.</param>
    /// <param name="requests">What each sequence says about routing.</param>
    public static Recording Run(
        ICompiledModel model,
        IReadOnlyList<int[]> sequences,
        IReadOnlyList<int> steps,
        IReadOnlyDictionary<(int Layer, int Token), int[]>? forced = null,
        IReadOnlyList<RoutingOptions>? requests = null)
    {
        var recording = new Recording(forced) { Logits = new float[sequences.Sum(ids => ids.Length)][] };
        SequenceCache[] caches = [.. sequences.Select(_ => model.NewCache())];
        int[] firstToken = [.. sequences.Select((_, sequence) => sequences.Take(sequence).Sum(ids => ids.Length))];
        var batch = new StepBatch();
        try
        {
            for (int step = 0; sequences.Select((ids, sequence) => caches[sequence].Length < ids.Length).Any(isLeft => isLeft); step++)
            {
                batch.Clear();
                var tokens = new List<int>();
                var taken = new int[sequences.Count];
                for (int sequence = 0; sequence < sequences.Count; sequence++)
                {
                    int done = caches[sequence].Length;
                    taken[sequence] = Math.Min(steps[step % steps.Count], sequences[sequence].Length - done);
                    if (taken[sequence] == 0)
                        continue;
                    batch.Add(caches[sequence], sequences[sequence].AsSpan(done, taken[sequence]), LogitPositions.All, requests?[sequence]);
                    tokens.AddRange(Enumerable.Range(firstToken[sequence] + done, taken[sequence]));
                }

                recording.BeginStep([.. tokens]);
                model.Step(batch, recording);
                for (int row = 0; row < batch.LogitTokens.Length; row++)
                    recording.Logits[tokens[batch.LogitTokens[row]]] = batch.Logits(row, model.Shape.VocabularySize).ToArray();
                for (int sequence = 0; sequence < sequences.Count; sequence++)
                    caches[sequence].Advance(taken[sequence]);
            }
        }
        finally
        {
            foreach (SequenceCache cache in caches)
                cache.Dispose();
        }

        return recording;
    }

    /// <summary>Greedy decoding with nobody watching: the prompt at once, then token by token; ties go to the lowest id.</summary>
    public static int[] Greedy(ICompiledModel model, int[] prompt, int count)
    {
        using SequenceCache cache = model.NewCache();
        var batch = new StepBatch();
        var appended = new int[count];
        int[] next = prompt;
        for (int i = 0; i < count; i++)
        {
            batch.Clear();
            batch.Add(cache, next, LogitPositions.Last);
            model.Step(batch);
            cache.Advance(next.Length);
            Span<float> logits = batch.Logits(0, model.Shape.VocabularySize);
            int best = 0;
            for (int id = 1; id < logits.Length; id++)
            {
                if (logits[id] > logits[best])
                    best = id;
            }

            appended[i] = best;
            next = [best];
        }

        return appended;
    }
}
