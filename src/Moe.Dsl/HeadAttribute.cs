using System;

namespace Moe;

/// <summary>The output projection: logits = W · norm(x), with W [VocabularySize, HiddenSize].</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class HeadAttribute : Attribute
{
    /// <summary>W is the embedding itself and is stored once.</summary>
    public bool Tied { get; set; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
