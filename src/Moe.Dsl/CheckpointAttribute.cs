using System;

namespace Moe;

/// <summary>Whose tensor names and config.json keys the model's checkpoints follow. Without it: the native layout.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CheckpointAttribute : Attribute
{
    /// <summary>A layout that a base class states.</summary>
    public CheckpointAttribute()
    {
    }

    /// <summary>Checkpoints in the given layout.</summary>
    /// <param name="layout">The family.</param>
    public CheckpointAttribute(CheckpointLayout layout) => Layout = layout;

    /// <summary>The family.</summary>
    /// <remarks>Rules: MOE207, MOE401.</remarks>
    public CheckpointLayout Layout { get; }

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
