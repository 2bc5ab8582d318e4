using System;

namespace Moe;

/// <summary>A run of equal layers. Several on one class follow one another in source order.</summary>
/// <remarks>
/// The key is the range of layers: a derived class replaces the entry of its base that covers the same range and keeps
/// the others. <see cref="Reset"/> drops all entries of the bases.
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

    /// <summary>How many layers.</summary>
    /// <remarks>Rules: MOE109.</remarks>
    public int Count { get; }

    /// <summary>The block that each of them is.</summary>
    /// <remarks>Rules: MOE103.</remarks>
    public Type Block { get; }

    /// <summary>Index of the first of these layers; −1 (the default) continues after the entry above, or at 0.</summary>
    /// <remarks>Rules: MOE109.</remarks>
    public int First { get; set; } = -1;

    /// <summary>Forget the layers that base classes declared.</summary>
    public bool Reset { get; set; }
}
