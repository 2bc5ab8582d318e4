namespace Moe.Runtime.Models;

/// <summary>What a declaration fixes, as numbers that generic code may read once.</summary>
/// <param name="Name">The model class's name.</param>
/// <param name="VocabularySize">Number of token ids.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="ContextLength">Most tokens of one sequence.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="MaxExperts">Largest number of routed experts in a layer; 0 for a dense model.</param>
/// <param name="TotalParameters">Learned numbers, a tied head counted once.</param>
/// <param name="ActiveParameters">Learned numbers that take part for one token.</param>
/// <param name="FlopsPerToken">Floating-point operations for one token at position 0: two a multiplied parameter.</param>
/// <param name="CacheElementsPerToken">Elements that one token adds to the key/value cache, over all layers.</param>
public sealed record ModelShape(
    string Name,
    int VocabularySize,
    int HiddenSize,
    int ContextLength,
    int Layers,
    int MaxExperts,
    long TotalParameters,
    long ActiveParameters,
    long FlopsPerToken,
    long CacheElementsPerToken)
{
    /// <summary>What a request may say about routing.</summary>
    public RoutingShape Routing { get; init; } = RoutingShape.Fixed;
}
