using System;

namespace Moe;

/// <summary>A run of equal layers. Several on one class follow one another in source order.</summary>
/// <remarks>
/// The key is the range of layers: a derived class replaces the entry of its base that covers the same range and keeps
/// the others. Entries without a count lie over the rest, keyed by what they say of Every, First and Last.
/// <see cref="Reset"/> drops all entries of the bases.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class LayersAttribute : Attribute
{
    /// <summary><paramref name="count"/> layers of one block.</summary>
    /// <param name="count">How many layers.</param>
    /// <param name="block">A class that carries <c>[Block]</c>, itself or through a base.</param>
    public LayersAttribute(int count, Type block)
    {
        Count = count;
        Block = block;
    }

    /// <summary>
    /// Layers of one block that lie over the runs of the others: every n-th one with <see cref="Every"/>, the last ones with
    /// <see cref="Last"/>, or the one at <see cref="First"/>. Of two that cover a layer the later one holds.
    /// </summary>
    /// <param name="block">A class that carries <c>[Block]</c>, itself or through a base.</param>
    public LayersAttribute(Type block) => Block = block;

    /// <summary>How many layers.</summary>
    /// <remarks>Rules: MOE109.</remarks>
    public int Count { get; }

    /// <summary>The block that each of them is.</summary>
    /// <remarks>Rules: MOE103.</remarks>
    public Type Block { get; }

    /// <summary>
    /// Index of the first of these layers; −1 (the default) continues after the entry above, or at 0; beside
    /// <see cref="Every"/> it is Every − 1.
    /// </summary>
    /// <remarks>Rules: MOE109.</remarks>
    public int First { get; set; } = -1;

    /// <summary>Without a count: these layers are First, First + Every, First + 2 · Every and so on to the end.</summary>
    /// <remarks>Rules: MOE109.</remarks>
    public int Every { get; set; }

    /// <summary>Without a count: these layers are the last ones, so many.</summary>
    /// <remarks>Rules: MOE109.</remarks>
    public int Last { get; set; }

    /// <summary>Forget the layers that base classes declared.</summary>
    public bool Reset { get; set; }
}
