using System;
using System.Collections.Generic;

namespace Moe.Generators.Emit.Cpu;

/// <summary>What the graphs of a model need together.</summary>
internal sealed class CpuShared
{
    private readonly SortedSet<int> _dimensions = [];
    private readonly List<Rotation> _rotations = [];
    private readonly List<int> _decays = [];

    /// <summary>Functions of the author's.</summary>
    public CpuFunctions Functions { get; } = new();

    /// <summary>Sizes that stand in the text as types.</summary>
    public IEnumerable<int> Dimensions => _dimensions;

    /// <summary>Tables of rotations, each once.</summary>
    public IReadOnlyList<Rotation> Rotations => _rotations;

    /// <summary>Floats that one worker needs for the tile it works on.</summary>
    public int TileFloats { get; private set; }

    /// <summary>The type that stands for a size.</summary>
    public string D(int size)
    {
        _dimensions.Add(size);
        return CSharp.Dimension(size);
    }

    /// <summary>Numbers of heads for which there is a table of decays, each once.</summary>
    public IReadOnlyList<int> DecayHeads => _decays;

    /// <summary>The field that holds the decays of so many heads in every layer.</summary>
    public string Decays(int heads)
    {
        if (!_decays.Contains(heads))
            _decays.Add(heads);

        return "_decays" + _decays.IndexOf(heads);
    }

    /// <summary>The field that holds the table of a rotation.</summary>
    public string Rotary(Rotation rotation)
    {
        if (!_rotations.Contains(rotation))
            _rotations.Add(rotation);

        return "_rotary" + _rotations.IndexOf(rotation);
    }

    /// <summary>Makes room for a tile of so many panels and rows.</summary>
    public void NeedTile(int panels, int rows = CpuTiles.TokensPerTile) => NeedTileFloats(panels * 16 * rows);

    /// <summary>Makes room for so many floats, a multiple of 16, in a tile's place.</summary>
    public void NeedTileFloats(int floats) => TileFloats = Math.Max(TileFloats, floats);
}
