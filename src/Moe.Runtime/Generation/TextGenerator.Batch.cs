using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Text;

namespace Moe.Runtime.Generation;

public static partial class TextGenerator
{
    /// <summary>
    /// Continues several texts together, one step for all: the weights are read once for all of them. Each text is the
    /// same as alone with the same options; equal prompts with equal seeds give equal texts. A text that has ended leaves
    /// the batch.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="defaults">What its checkpoint suggests.</param>
    /// <param name="requests">The texts and what is wanted of each.</param>
    /// <param name="cancellation">Looked at between any two steps.</param>
    /// <returns>Pieces with the index of their request. Reading no further ends all generations.</returns>
    /// <inheritdoc cref="GenerateAsync{TModel}" path="/exception"/>
    public static IAsyncEnumerable<BatchPiece> GenerateBatchAsync<TModel>(
        TModel model,
        Tokenizer tokenizer,
        GenerationDefaults defaults,
        IReadOnlyList<GenerationRequest> requests,
        CancellationToken cancellation = default)
        where TModel : class, IMoeModel<TModel>
    {
        Require(model, tokenizer, defaults);
        ArgumentNullException.ThrowIfNull(requests);
        GenerationPlan[] plans = requests.Select((request, index) => Plan(request, index, defaults, TModel.Shape)).ToArray();
        return Background.Run(token => Walk(model, tokenizer, plans, token), cancellation);
    }

    private static GenerationPlan Plan(GenerationRequest request, int index, GenerationDefaults defaults, ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(request, $"requests[{index}]");
        ArgumentNullException.ThrowIfNull(request.Prompt, $"requests[{index}].{nameof(request.Prompt)}");
        return OfRequest(index, () => GenerationPlan.For(request, defaults, shape));
    }

    /// <summary>What is wrong with one of several requests says with which.</summary>
    private static T OfRequest<T>(int index, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException wrong)
        {
            throw new ArgumentException($"requests[{index}]: {wrong.Message}", wrong);
        }
    }

    /// <summary>The walk of a token in each of several sequences: prompts one after the other, then a step for all.</summary>
    private static IEnumerable<BatchPiece> Walk<TModel>(
        TModel model,
        Tokenizer tokenizer,
        GenerationPlan[] plans,
        CancellationToken cancellation)
        where TModel : class, IMoeModel<TModel>
    {
        // A prompt that cannot be used fails before any text is shown.
        int[][] prompts = plans.Select((plan, index) => OfRequest(index, () => plan.Encode(tokenizer, TModel.Shape.ContextLength))).ToArray();
        var batch = new SessionBatch<TModel>(model);
        var active = new List<BatchSequence<TModel>>();
        try
        {
            for (int index = 0; index < plans.Length; index++)
            {
                var sequence = new BatchSequence<TModel>(index, model, plans[index], prompts[index], tokenizer.NewDecoder(prompts[index]));
                active.Add(sequence);
                long started = Stopwatch.GetTimestamp();
                string piece = sequence.Begin(prompts[index], started, cancellation);
                if (piece.Length > 0)
                {
                    SetShown(active, true);
                    yield return new BatchPiece(index, piece);
                    SetShown(active, false);
                }

                LetGo(active, cancellation);
            }

            while (active.Count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                long started = Stopwatch.GetTimestamp();
                foreach (BatchSequence<TModel> sequence in active)
                    sequence.AddTo(batch);

                batch.Run();
                foreach (BatchSequence<TModel> sequence in active)
                {
                    string piece = sequence.Take(batch, started);
                    if (piece.Length == 0)
                        continue;

                    long shown = Stopwatch.GetTimestamp();
                    SetShown(active, true);
                    yield return new BatchPiece(sequence.Index, piece);
                    SetShown(active, false);
                    // The reader's time is not the generation's.
                    started += Stopwatch.GetTimestamp() - shown;
                }

                LetGo(active, cancellation);
            }
        }
        finally
        {
            batch.Clear();
            foreach (BatchSequence<TModel> sequence in active)
                sequence.End(cancellation);
        }
    }

    private static void SetShown<TModel>(List<BatchSequence<TModel>> sequences, bool isShown)
        where TModel : class, IMoeModel<TModel>
    {
        foreach (BatchSequence<TModel> sequence in sequences)
            sequence.Text.IsShown = isShown;
    }

    private static void LetGo<TModel>(List<BatchSequence<TModel>> active, CancellationToken cancellation)
        where TModel : class, IMoeModel<TModel>
    {
        for (int row = active.Count - 1; row >= 0; row--)
        {
            if (active[row].Text.Finish is null)
                continue;

            BatchSequence<TModel> ended = active[row];
            active.RemoveAt(row);
            ended.End(cancellation);
        }
    }

    /// <summary>One text of a batch.</summary>
    private sealed class BatchSequence<TModel>(int index, TModel model, GenerationPlan plan, int[] prompt, StreamingDecoder decoder)
        where TModel : class, IMoeModel<TModel>
    {
        private readonly DrawnSequence<TModel> _sequence = new(model, plan);
        private int _row;

        internal int Index => index;

        internal GeneratedText Text { get; } = new(plan, prompt.Length, decoder);

        /// <summary>Prompt → logits → id → text.</summary>
        internal string Begin(ReadOnlySpan<int> ids, long started, CancellationToken cancellation)
        {
            var observer = default(NoObserver);
            return Text.Take(_sequence.Draw(ids, ref observer, cancellation), _sequence.Length, started);
        }

        /// <summary>Adds the token drawn last to the next step.</summary>
        internal void AddTo(SessionBatch<TModel> batch) => _row = _sequence.Add(batch, [Text.LastToken]);

        /// <summary>logits → id → text.</summary>
        internal string Take(SessionBatch<TModel> batch, long started) =>
            Text.Take(_sequence.Draw(batch, _row), _sequence.Length, started);

        internal void End(CancellationToken cancellation)
        {
            _sequence.Dispose();
            Text.Report(cancellation);
        }
    }
}
