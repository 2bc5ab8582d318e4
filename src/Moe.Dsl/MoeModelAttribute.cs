using System;

namespace Moe;

/// <summary>
/// Declares a decoder-only language model: token embedding, the blocks that <see cref="LayersAttribute"/> lists, a final
/// norm and a head. On a <c>partial</c> class the compiler emits the program that runs it; on an abstract class that is
/// not partial it declares an architecture to derive from, and nothing is emitted.
/// </summary>
/// <remarks>Named arguments merge with those of the nearest base class that carries the attribute.</remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MoeModelAttribute : Attribute
{
    /// <summary>Number of token ids; rows of the embedding and of the head.</summary>
    /// <remarks>Rules: MOE201, MOE205.</remarks>
    public int VocabularySize { get; set; }

    /// <summary>Width of the residual stream.</summary>
    /// <remarks>Rules: MOE201, MOE202, MOE205.</remarks>
    public int HiddenSize { get; set; }

    /// <summary>Largest number of tokens that one sequence may hold.</summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int ContextLength { get; set; }

    /// <summary>Number of tags (tasks, languages, modalities) that a token can carry for routers that look at one; 0 for none.</summary>
    /// <remarks>Rules: MOE201, MOE309.</remarks>
    public int Tags { get; set; }

    /// <summary>The embedding is multiplied with this before the first layer ("embedding_multiplier" of Granite).</summary>
    /// <remarks>Rules: MOE210.</remarks>
    public double EmbeddingScale { get; set; } = 1;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
