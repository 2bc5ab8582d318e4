using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;

namespace Moe.Runtime.Generation;

/// <summary>
/// What the caller wants of a generation. What is null comes from the checkpoint's generation_config.json, and what that
/// does not say has the neutral value of <see cref="SamplingOptions"/>.
/// </summary>
/// <remarks>
/// Without a <see cref="Temperature"/> the best token is taken, unless the checkpoint says do_sample or the caller sets
/// <see cref="TopK"/>, <see cref="TopP"/>, <see cref="MinP"/> or <see cref="Seed"/>: then the checkpoint's temperature
/// applies, or 1.
/// </remarks>
public sealed record GenerationOptions
{
    /// <summary>Divides the logits; 0 takes the best token. See the remarks for what null means.</summary>
    public float? Temperature { get; init; }

    /// <summary>Draw from so many best tokens; 0 for all.</summary>
    public int? TopK { get; init; }

    /// <summary>Draw from the smallest set of best tokens with this share of the probability; 1 for all.</summary>
    public float? TopP { get; init; }

    /// <summary>Draw from tokens with at least this share of the best one's probability; 0 for all.</summary>
    public float? MinP { get; init; }

    /// <summary>Weakens tokens that occurred, the prompt included; 1 changes nothing. Applies to greedy choice too.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>Same seed, same text. Null takes a random one, which <see cref="GenerationStatistics.Seed"/> tells.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Most tokens to draw, at least 1. Null: what the checkpoint says, or until the context is full.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Ids that end the text, besides the checkpoint's end tokens; they are not shown.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Strings that end the text where they begin; compared code unit by code unit, in the generated text only.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether to go on after the checkpoint's end tokens. <see cref="StopTokens"/> end the text all the same.</summary>
    public bool IgnoreEndTokens { get; init; }

    /// <summary>What the request says about routing, as far as the model's declaration leaves it open; null for nothing.</summary>
    public RoutingOptions? Routing { get; init; }

    /// <summary>Draws from the contrast to a weaker routing of the same model, which runs beside it; null for not.</summary>
    public SelfContrast? SelfContrast { get; init; }

    /// <summary>
    /// Called once when the generation has ended, by cancellation or because the consumer stopped reading included; not
    /// when it failed.
    /// </summary>
    public Action<GenerationStatistics>? OnFinished { get; init; }

    /// <summary>Sampling options in which nothing is open.</summary>
    /// <param name="defaults">What the checkpoint suggests.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public SamplingOptions Sampling(GenerationDefaults defaults)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        bool isSampled = defaults.DoSample == true || TopK is not null || TopP is not null || MinP is not null || Seed is not null;
        var sampling = new SamplingOptions
        {
            Temperature = Temperature ?? (isSampled ? defaults.Temperature ?? 1f : 0f),
            TopK = TopK ?? defaults.TopK ?? 0,
            TopP = TopP ?? defaults.TopP ?? 1f,
            MinP = MinP ?? defaults.MinP ?? 0f,
            RepetitionPenalty = RepetitionPenalty ?? defaults.RepetitionPenalty ?? 1f,
            Seed = Seed ?? (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue),
        };
        sampling.Validate();
        return sampling;
    }

    /// <summary>Where the text ends.</summary>
    /// <param name="defaults">What the checkpoint suggests.</param>
    /// <param name="vocabularySize">Number of token ids.</param>
    /// <param name="contextLength">Most tokens of one sequence.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    internal StopCondition Stop(GenerationDefaults defaults, int vocabularySize, int contextLength)
    {
        SamplingOptions.Require(nameof(MaxNewTokens), MaxNewTokens, MaxNewTokens is null or > 0, "at least 1, or null for as many as the context holds");
        foreach (int token in StopTokens)
            SamplingOptions.Require(nameof(StopTokens), token, token >= 0 && token < vocabularySize, $"an id of the vocabulary, 0 to {vocabularySize - 1}");

        if (StopStrings.Any(string.IsNullOrEmpty))
            throw new ArgumentException("StopStrings has an empty string, which would end every text at once.", nameof(StopStrings));

        int[] endTokens = [.. IgnoreEndTokens ? [] : defaults.EndTokens, .. StopTokens];
        return new StopCondition(endTokens, MaxNewTokens ?? defaults.MaxNewTokens ?? int.MaxValue, contextLength);
    }
}
