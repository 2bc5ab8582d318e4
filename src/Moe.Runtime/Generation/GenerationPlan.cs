using System;
using System.Collections.Generic;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Text;

namespace Moe.Runtime.Generation;

/// <summary>A request in which nothing is open: the caller's options, filled up from the checkpoint's defaults and checked.</summary>
internal sealed record GenerationPlan(
    string Prompt,
    int? BeginToken,
    SamplingOptions Sampling,
    StopCondition Stop,
    IReadOnlyList<string> StopStrings,
    RoutingOptions? Routing,
    SelfContrast? SelfContrast,
    Action<GenerationStatistics>? OnFinished)
{
    internal static GenerationPlan For(GenerationRequest request, GenerationDefaults defaults, ModelShape shape)
    {
        GenerationOptions options = request.Options ?? new GenerationOptions();
        ArgumentNullException.ThrowIfNull(request.Prompt, "prompt");
        options.Routing?.Require(shape);
        options.SelfContrast?.Require(shape);
        return new GenerationPlan(
            request.Prompt,
            defaults.BeginToken,
            options.Sampling(defaults),
            options.Stop(defaults, shape.VocabularySize, shape.ContextLength),
            options.StopStrings,
            options.Routing,
            options.SelfContrast,
            options.OnFinished);
    }

    /// <summary>The prompt's ids; those of an empty prompt are the token that begins a text.</summary>
    /// <exception cref="ArgumentException">The prompt is empty and there is no such token.</exception>
    /// <exception cref="ContextOverflowException">The prompt is longer than the context.</exception>
    internal int[] Encode(Tokenizer tokenizer, int contextLength)
    {
        int[] ids = tokenizer.Encode(Prompt);
        if (ids.Length == 0)
        {
            int begin = tokenizer.BeginOfText ?? BeginToken
                ?? throw new ArgumentException("The prompt is empty and the model has no token that begins a text: give at least one character.", "prompt");
            ids = [begin];
        }

        return ids.Length <= contextLength ? ids : throw new ContextOverflowException(0, ids.Length, contextLength);
    }
}
