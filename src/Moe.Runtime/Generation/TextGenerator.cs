using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Text;

namespace Moe.Runtime.Generation;

/// <summary>
/// Continues texts: text → ids → layers → logits → sampler → text. Several generations on one model may run at the same
/// time.
/// </summary>
public static partial class TextGenerator
{
    /// <summary>Continues a text, piece by piece, without blocking the caller's thread.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="defaults">What its checkpoint suggests.</param>
    /// <param name="prompt">The text; may be empty if the model has a token that begins a text. It is not given again.</param>
    /// <param name="options">What is wanted; null for the checkpoint's defaults.</param>
    /// <param name="cancellation">Looked at between any two tokens, and between the steps of a long prompt.</param>
    /// <returns>Pieces of the continuation, never half a character. Reading no further ends the generation.</returns>
    /// <exception cref="ArgumentException">An option is wrong; or, when reading begins, the prompt is empty and the model has no token for it.</exception>
    /// <exception cref="Memory.ContextOverflowException">When reading begins: the prompt is longer than the context.</exception>
    /// <exception cref="OperationCanceledException">While reading: cancellation was requested.</exception>
    /// <exception cref="NotFiniteNumberException">While reading: a logit is NaN or +∞.</exception>
    public static IAsyncEnumerable<string> GenerateAsync<TModel>(
        TModel model,
        Tokenizer tokenizer,
        GenerationDefaults defaults,
        string prompt,
        GenerationOptions? options = null,
        CancellationToken cancellation = default)
        where TModel : class, IMoeModel<TModel> =>
        GenerateAsync(model, tokenizer, defaults, prompt, options, default(NoObserver), cancellation);

    /// <summary>Continues a text while an observer sees the intermediate values of every step.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="defaults">What its checkpoint suggests.</param>
    /// <param name="prompt">The text; may be empty if the model has a token that begins a text. It is not given again.</param>
    /// <param name="options">What is wanted; null for the checkpoint's defaults.</param>
    /// <param name="observer">Keeps its state behind references; told of the prompt's tokens first, then of one token a step.</param>
    /// <param name="cancellation">Looked at between any two tokens, and between the steps of a long prompt.</param>
    /// <inheritdoc cref="GenerateAsync{TModel}" path="/returns"/>
    /// <inheritdoc cref="GenerateAsync{TModel}" path="/exception"/>
    public static IAsyncEnumerable<string> GenerateAsync<TModel, TObserver>(
        TModel model,
        Tokenizer tokenizer,
        GenerationDefaults defaults,
        string prompt,
        GenerationOptions? options,
        TObserver observer,
        CancellationToken cancellation = default)
        where TModel : class, IMoeModel<TModel>
        where TObserver : struct, IStepObserver
    {
        Require(model, tokenizer, defaults);
        var plan = GenerationPlan.For(new GenerationRequest(prompt, options), defaults, TModel.Shape);
        return Background.Run(token => Walk(model, tokenizer, plan, observer, token), cancellation);
    }

    /// <summary>Continues a text on the caller's thread.</summary>
    /// <inheritdoc cref="GenerateAsync{TModel}"/>
    public static IEnumerable<string> Generate<TModel>(
        TModel model,
        Tokenizer tokenizer,
        GenerationDefaults defaults,
        string prompt,
        GenerationOptions? options = null,
        CancellationToken cancellation = default)
        where TModel : class, IMoeModel<TModel>
    {
        Require(model, tokenizer, defaults);
        var plan = GenerationPlan.For(new GenerationRequest(prompt, options), defaults, TModel.Shape);
        return Walk(model, tokenizer, plan, default(NoObserver), cancellation);
    }

    /// <summary>The walk of a token, whole.</summary>
    private static IEnumerable<string> Walk<TModel, TObserver>(
        TModel model,
        Tokenizer tokenizer,
        GenerationPlan plan,
        TObserver observer,
        CancellationToken cancellation)
        where TModel : class, IMoeModel<TModel>
        where TObserver : struct, IStepObserver
    {
        // text → ids
        int[] ids = plan.Encode(tokenizer, TModel.Shape.ContextLength);
        var text = new GeneratedText(plan, ids.Length, tokenizer.NewDecoder(ids));
        using var sequence = new DrawnSequence<TModel>(model, plan);
        try
        {
            while (text.Finish is null)
            {
                // ids → logits → id: the whole prompt first, then the token drawn last
                long started = Stopwatch.GetTimestamp();
                int token = sequence.Draw(ids, ref observer, cancellation);

                // id → text, unless it ends here
                string piece = text.Take(token, sequence.Length, started);
                if (piece.Length > 0)
                {
                    text.IsShown = true;
                    yield return piece;
                    text.IsShown = false;
                }

                if (ids.Length > 1)
                    ids = new int[1];

                ids[0] = token;
            }
        }
        finally
        {
            text.Report(cancellation);
        }
    }

    private static void Require(object model, Tokenizer tokenizer, GenerationDefaults defaults)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(defaults);
    }
}
