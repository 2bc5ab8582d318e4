namespace Moe.Runtime.Models;

/// <summary>What the declaration of a layer that stands alone fixes.</summary>
/// <param name="Name">Name of the declaration.</param>
/// <param name="HiddenSize">Width of a token's row.</param>
/// <param name="StateSize">Numbers a token that flow from layer to layer; 0 where the declaration has no such state.</param>
/// <param name="VocabularySize">Token ids that its router's table knows; 0 where no router looks at ids.</param>
/// <param name="Experts">Routed experts; 0 for a dense layer.</param>
/// <param name="TotalParameters">Learned numbers.</param>
/// <param name="ActiveParameters">Learned numbers that take part for one token.</param>
/// <param name="FlopsPerToken">Floating-point operations for one token.</param>
public sealed record LayerShape(
    string Name,
    int HiddenSize,
    int StateSize,
    int VocabularySize,
    int Experts,
    long TotalParameters,
    long ActiveParameters,
    long FlopsPerToken)
{
    /// <summary>What a call may say about routing.</summary>
    public RoutingShape Routing { get; init; } = RoutingShape.Fixed;
}
