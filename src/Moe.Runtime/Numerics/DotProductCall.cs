using System.Runtime.InteropServices;

namespace Moe.Runtime.Numerics;

/// <summary>What a tile in machine code is called with, and where it keeps what its caller wants back unchanged.</summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct DotProductCall
{
    internal const int ScalesAt = 0, ChunksAt = 8, PanelBytesAt = 16, GroupBytesAt = 24, OutputAt = 32, OutputStrideAt = 40, NextAt = 48, RowsAt = 56;
    internal const int GeneralAt = RowsAt + (8 * DotProductTile.MostRows), VectorsAt = GeneralAt + (8 * 8);

    /// <summary>Scales of the first panel.</summary>
    [FieldOffset(ScalesAt)]
    internal byte* Scales;

    /// <summary>Integers of the first panel.</summary>
    [FieldOffset(ChunksAt)]
    internal byte* Chunks;

    /// <summary>Bytes from one panel to the next.</summary>
    [FieldOffset(PanelBytesAt)]
    internal nint PanelBytes;

    /// <summary>Groups of a row, times 4.</summary>
    [FieldOffset(GroupBytesAt)]
    internal nint GroupBytes;

    /// <summary>The first row's sums.</summary>
    [FieldOffset(OutputAt)]
    internal float* Output;

    /// <summary>Bytes from one row's sums to the next.</summary>
    [FieldOffset(OutputStrideAt)]
    internal nint OutputStride;

    /// <summary>What is asked for, unless the weights are.</summary>
    [FieldOffset(NextAt)]
    internal byte* Next;

    /// <summary>Places of the input rows' integers (<see cref="IntegerRows"/>).</summary>
    [FieldOffset(RowsAt)]
    internal fixed long Rows[DotProductTile.MostRows];

    /// <summary>Room for up to eight general registers.</summary>
    [FieldOffset(GeneralAt)]
    internal fixed long General[8];

    /// <summary>Room for the lower halves of vector registers 6 to 15.</summary>
    [FieldOffset(VectorsAt)]
    internal fixed long Vectors[2 * 10];
}
