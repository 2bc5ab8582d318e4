namespace Moe.Runtime.Numerics;

/// <summary>
/// A format of packed weights in groups of 32 columns as a type argument: <see cref="Int8"/>, <see cref="Int4"/> or <see cref="MXFP4"/>.
/// A weight is scale · integer (+ minimum). A panel holds the scales of all its groups first, [group][16 lanes], from a multiple of 64
/// bytes on the integers: of each group four chunks of 8 columns, which a kernel reads as two vectors of bytes, four columns a lane.
/// </summary>
public unsafe interface IGroupFormat
{
    /// <summary>Bytes of a group's scales, 16 lanes.</summary>
    static abstract int ScaleBytes { get; }

    /// <summary>Bytes of one lane's scale.</summary>
    static abstract int ScaleLaneBytes { get; }

    /// <summary>Bytes of a chunk: 8 columns of 16 lanes.</summary>
    static abstract int ChunkBytes { get; }

    /// <summary>Whether a group has a minimum.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>What is added to the integers so that none is negative: their bytes multiply as unsigned numbers.</summary>
    static abstract int Offset { get; }

    /// <summary>
    /// Whether the sums of a group need more than 16 bits. Two products always fit, of the largest weights too: see <see cref="IntegerRows"/>.
    /// </summary>
    static abstract bool IsWide { get; }

    /// <summary>The integers of a chunk's columns 0 to 3, from <paramref name="chunk"/> on, as the four bytes of a lane, <see cref="Offset"/> added.</summary>
    static abstract TVector Low<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct;

    /// <summary>The integers of columns 4 to 7.</summary>
    static abstract TVector High<TRegister, TVector>(byte* chunk)
        where TRegister : IIntegerRegister<TVector> where TVector : struct;

    /// <summary>The scales of a group's lanes.</summary>
    static abstract TVector Scale<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct;

    /// <summary>The minima of a group's lanes.</summary>
    static abstract TVector Minimum<TRegister, TVector>(byte* scales)
        where TRegister : IIntegerRegister<TVector> where TVector : struct;

    /// <summary>Writes up to 32 numbers of one lane.</summary>
    /// <param name="values">The numbers; those that are missing count as 0 where the format can say 0.</param>
    /// <param name="scale">The lane's scale.</param>
    /// <param name="chunks">The lane's 4 bytes of the group's first chunk.</param>
    static abstract void Encode(System.ReadOnlySpan<float> values, byte* scale, byte* chunks);

    /// <summary>Reads them back.</summary>
    /// <inheritdoc cref="Encode"/>
    static abstract void Decode(System.Span<float> values, byte* scale, byte* chunks);
}

/// <summary>Sizes of panels in groups.</summary>
public static class Groups
{
    /// <summary>Columns of a group.</summary>
    public const int Columns = 32;

    /// <summary>Chunks of a group.</summary>
    public const int Chunks = 4;

    /// <summary>Groups of a row; the last may not be full.</summary>
    public static int Of(int columns) => (columns / Columns) + (columns % Columns == 0 ? 0 : 1);

    /// <summary>Bytes of a panel before its integers.</summary>
    public static long ScaleBytes<TFormat>(int columns)
        where TFormat : IGroupFormat => (((long)Of(columns) * TFormat.ScaleBytes) + 63) / 64 * 64;

    /// <summary>Bytes of a panel of 16 rows.</summary>
    public static long PanelBytes<TFormat>(int columns)
        where TFormat : IGroupFormat => ScaleBytes<TFormat>(columns) + ((long)Of(columns) * Chunks * TFormat.ChunkBytes);
}
