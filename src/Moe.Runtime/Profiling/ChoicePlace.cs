namespace Moe.Runtime.Profiling;

/// <summary>Where a choice lies in a step's scratch memory: a row of slots for each token, −1 in empty ones.</summary>
/// <param name="Offset">Indices a token that lie before its rows.</param>
/// <param name="Stride">Indices from one token's row to the next.</param>
/// <param name="Start">Indices of a row before its slots.</param>
/// <param name="Slots">Slots of a token.</param>
public readonly record struct ChoicePlace(int Offset, int Stride, int Start, int Slots);
