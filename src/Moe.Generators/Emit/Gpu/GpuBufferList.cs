using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Generators.Emit.Gpu;

/// <summary>A buffer that steps share: its element type, and how long it is in terms of <c>tokens</c> or <c>rows</c>.</summary>
/// <param name="Name">Its field.</param>
/// <param name="Type">Element type.</param>
/// <param name="PerToken">Elements for each token.</param>
/// <param name="IsOfLogitRows">It has a row for each token whose logits are asked for, not for each token.</param>
/// <param name="Length">Its length as C#, where it is no multiple of the tokens.</param>
internal sealed record GpuBufferField(string Name, string Type, int PerToken, bool IsOfLogitRows, string? Length);

/// <summary>All buffers of a model, in order of first use. Values of the same name share one, as wide as the widest.</summary>
internal sealed class GpuBufferList
{
    private readonly List<GpuBufferField> _fields = [];

    /// <summary>The buffers.</summary>
    public IReadOnlyList<GpuBufferField> Fields => _fields;

    /// <summary>Asks for a buffer with elements for each token.</summary>
    public void Need(string name, string type, int perToken, bool isOfLogitRows)
    {
        int index = _fields.FindIndex(field => field.Name == name);
        if (index < 0)
            _fields.Add(new GpuBufferField(name, type, perToken, isOfLogitRows, null));
        else
            _fields[index] = _fields[index] with { PerToken = Math.Max(perToken, _fields[index].PerToken) };
    }

    /// <summary>Asks for a buffer of a length of its own.</summary>
    public void NeedLength(string name, string type, string length)
    {
        if (_fields.All(field => field.Name != name))
            _fields.Add(new GpuBufferField(name, type, 0, false, length));
    }
}
