namespace Moe.Runtime.Numerics;

/// <summary>
/// How one operand of a tile product lies in memory: a step holds two columns, a column holds consecutive lanes, and a
/// lane is a row of the matrix.
/// </summary>
public unsafe interface ITileLayout
{
    /// <summary>Bytes from one pair of columns to the next.</summary>
    static abstract nint StepBytes { get; }

    /// <summary>Bytes from one lane to the next within a column.</summary>
    static abstract int LaneBytes { get; }

    /// <summary>Whether numbers are widened to float32 as they are read.</summary>
    static abstract bool IsWidened { get; }

    /// <summary>Whether tiles of a few rows ask for what follows: it comes from memory and not from a cache.</summary>
    static abstract bool IsStreamed { get; }

    /// <summary>Whether a product is told at what distance lies what is read after its operand, to ask for it meanwhile, line by line.</summary>
    static abstract bool IsFollowed { get; }

    /// <summary>The lanes of a step's first column, from <paramref name="step"/> on.</summary>
    static abstract TVector First<TRegister, TVector>(byte* step)
        where TRegister : IRegister<TVector> where TVector : struct;

    /// <summary>The lanes of a step's second column.</summary>
    static abstract TVector Second<TRegister, TVector>(byte* step)
        where TRegister : IRegister<TVector> where TVector : struct;
}

/// <summary>A format of packed weights (<see cref="Weights.PackedMatrix"/>) as a type argument: <see cref="F32"/> or <see cref="BF16"/>.</summary>
public interface IPanelFormat : ITileLayout
{
    /// <summary>Bytes of one panel of 16 rows.</summary>
    static abstract nint PanelBytes(int columns);
}
