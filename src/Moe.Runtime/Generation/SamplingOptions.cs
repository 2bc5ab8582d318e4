using System;

namespace Moe.Runtime.Generation;

/// <summary>How the next token is drawn from logits.</summary>
public sealed record SamplingOptions
{
    /// <summary>Divides the logits; 0 takes the best token, the lowest id among equals.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Draw from so many best tokens, the lowest ids first among equals; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// Draw from the smallest set of best tokens that have this share of the probability together, at least one; 1 for all
    /// (Holtzman et al.: The curious case of neural text degeneration, 2020).
    /// </summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Draw from tokens that have at least this share of the best one's probability; 0 for all (Nguyen et al.: Min-p sampling, 2024).</summary>
    public float MinP { get; init; }

    /// <summary>
    /// For tokens that occur in the sequence, the prompt included: positive logits are divided, others multiplied by it;
    /// 1 changes nothing (Keskar et al.: CTRL, 2019, with the sign rule of transformers).
    /// </summary>
    public float RepetitionPenalty { get; init; } = 1f;

    /// <summary>Seed of the random numbers: same seed, same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the best token is taken and nothing drawn.</summary>
    public bool IsGreedy => Temperature == 0;

    /// <summary>Refuses values outside their range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option, its value and its range.</exception>
    public void Validate()
    {
        Require(nameof(Temperature), Temperature, float.IsFinite(Temperature) && Temperature >= 0, "a finite number from 0, where 0 takes the best token");
        Require(nameof(TopK), TopK, TopK >= 0, "a number of tokens, or 0 for no limit");
        Require(nameof(TopP), TopP, TopP is >= 0 and <= 1, "from 0 to 1, where 1 is no limit");
        Require(nameof(MinP), MinP, MinP is >= 0 and <= 1, "from 0 to 1, where 0 is no limit");
        Require(nameof(RepetitionPenalty), RepetitionPenalty, float.IsFinite(RepetitionPenalty) && RepetitionPenalty > 0, "a finite number above 0, where 1 changes nothing");
    }

    internal static void Require<T>(string option, T value, bool isRight, string range)
    {
        if (!isRight)
            throw new ArgumentOutOfRangeException(option, value, FormattableString.Invariant($"{option} is {value}; it must be {range}."));
    }
}
