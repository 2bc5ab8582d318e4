using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Weights;

/// <summary>
/// Weight matrices of one shape in native memory, in the order in which <see cref="Panels"/> and <see cref="IntegerPanels"/> read them:
/// panels of 16 rows; within a panel [column][16 lanes] as float32, [column pair][16 lanes][2] as bfloat16, or groups of 32 columns
/// (<see cref="IGroupFormat"/>). Rows are padded with zeros to 16, columns to a pair or a group. Which row stands in which lane is the
/// caller's choice.
/// </summary>
/// <remarks>
/// Different rows may be written by different threads at once. Panels begin at multiples of 64 bytes. Packed files hold the matrices as
/// they lie here: whoever changes the layout counts up <see cref="PackedFile.Version"/>.
/// </remarks>
public sealed unsafe class PackedMatrix : IPackedWeights
{
    private readonly byte* _start;
    private void* _memory;
    private PackedFile? _file;

    /// <summary>Reserves zeroed memory.</summary>
    /// <param name="rows">Rows of a matrix.</param>
    /// <param name="columns">Columns of a matrix.</param>
    /// <param name="format">Number format.</param>
    /// <param name="count">Matrices side by side, for example one an expert.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="OutOfMemoryException">The memory is not to be had; the message says how much was asked for.</exception>
    public PackedMatrix(int rows, int columns, WeightFormat format, int count = 1)
        : this(rows, columns, count, format)
    {
        try
        {
            Bytes = checked(BytesPerPanel * Panels * count);
            _memory = NativeMemory.AllocZeroed(checked((nuint)Bytes + 64));
            if (Bytes >= 4 * LargePages.Size)
                LargePages.Advise(_memory, (nuint)Bytes);
            else
                LargePages.Populate(_memory, (nuint)Bytes);
        }
        catch (Exception exception) when (exception is OverflowException or OutOfMemoryException)
        {
            throw new OutOfMemoryException(
                $"{count} weight matrices of {rows} × {columns} in {format} need "
                + $"{(double)BytesPerPanel * Panels * count / (1 << 20):N0} MiB, which this machine does not give.", exception);
        }

        _start = (byte*)(((nint)_memory + 63) & ~(nint)63);
    }

    /// <summary>Matrices that lie in a packed file, for reading only.</summary>
    internal PackedMatrix(int rows, int columns, WeightFormat format, int count, PackedFile file, byte* start)
        : this(rows, columns, count, format)
    {
        Bytes = checked(BytesPerPanel * Panels * count);
        _file = file;
        _start = start;
    }

    private PackedMatrix(int rows, int columns, int count, WeightFormat format)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (!Enum.IsDefined(format))
            throw new ArgumentOutOfRangeException(nameof(format), format, $"Known weight formats are {string.Join(", ", Enum.GetNames<WeightFormat>())}.");
        Rows = rows;
        Columns = columns;
        Format = format;
        Count = count;
        Panels = (rows - 1) / 16 + 1;
        BytesPerPanel = PanelBytes(columns, format);
    }

    /// <summary>Frees the memory of an object that nobody disposed.</summary>
    ~PackedMatrix() => Free();

    /// <summary>Rows of a matrix, without padding.</summary>
    public int Rows { get; }

    /// <summary>Columns of a matrix, without padding.</summary>
    public int Columns { get; }

    /// <summary>Number format.</summary>
    public WeightFormat Format { get; }

    /// <summary>Matrices of this shape.</summary>
    public int Count { get; }

    /// <summary>Panels of a matrix: rows / 16, rounded up.</summary>
    public int Panels { get; }

    /// <summary>Bytes of one panel.</summary>
    public long BytesPerPanel { get; }

    /// <summary>Bytes of all matrices, padding included.</summary>
    public long Bytes { get; }

    /// <summary>Bytes of a panel of 16 rows.</summary>
    public static long PanelBytes(int columns, WeightFormat format) => format switch
    {
        WeightFormat.F32 => columns * 64L,
        WeightFormat.BF16 => (columns / 2 + (columns & 1)) * 64L,
        WeightFormat.Int8 => Groups.PanelBytes<Int8>(columns),
        WeightFormat.Int4 => Groups.PanelBytes<Int4>(columns),
        _ => Groups.PanelBytes<MXFP4>(columns),
    };

    /// <summary>Whether products take a row of input as integers (<see cref="IntegerRows"/>).</summary>
    public bool TakesIntegers => Format is WeightFormat.Int8 or WeightFormat.Int4 or WeightFormat.MXFP4;

    /// <summary>A panel of the first matrix.</summary>
    public byte* Panel(int index) => _start + index * BytesPerPanel;

    /// <summary>The first panel of a matrix.</summary>
    public byte* Matrix(int index) => _start + (long)index * Panels * BytesPerPanel;

    /// <summary>
    /// Packs one row. bfloat16 rounds to nearest, ties to even, and keeps NaN; groups of integers need finite numbers, which is for the
    /// caller to see to.
    /// </summary>
    /// <param name="matrix">Which matrix.</param>
    /// <param name="row">Which row: panel row / 16, lane row % 16.</param>
    /// <param name="values">As many numbers as there are columns.</param>
    /// <exception cref="ArgumentException">The number of values is not <see cref="Columns"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such matrix or row.</exception>
    /// <exception cref="InvalidOperationException">The matrices lie in a packed file.</exception>
    public void WriteRow(int matrix, int row, ReadOnlySpan<float> values)
    {
        if (_file is not null)
            throw new InvalidOperationException($"These matrices lie in {_file.Path}, a packed file, which is read and not written.");
        byte* panel = Locate(matrix, row, values.Length, nameof(values));
        int lane = row % 16;
        switch (Format)
        {
            case WeightFormat.F32:
                WriteSingle(panel + (lane * 4), values);
                break;
            case WeightFormat.BF16:
                WriteBFloat16(panel + (lane * 4), values);
                break;
            case WeightFormat.Int8:
                WriteGroups<Int8>(panel, lane, values);
                break;
            case WeightFormat.Int4:
                WriteGroups<Int4>(panel, lane, values);
                break;
            default:
                WriteGroups<MXFP4>(panel, lane, values);
                break;
        }

        // Its finalizer frees what the pointer points to.
        GC.KeepAlive(this);
    }

    /// <summary>Reads one row back as float32.</summary>
    /// <inheritdoc cref="WriteRow"/>
    public void ReadRow(int matrix, int row, Span<float> values)
    {
        byte* panel = Locate(matrix, row, values.Length, nameof(values));
        int lane = row % 16;
        switch (Format)
        {
            case WeightFormat.F32:
                for (int column = 0; column < values.Length; column++)
                    values[column] = *(float*)(panel + (column * 64L) + (lane * 4));
                break;
            case WeightFormat.BF16:
                for (int column = 0; column < values.Length; column++)
                    values[column] = BF16.Widen(*(ushort*)(panel + (column / 2 * 64L) + (lane * 4) + ((column & 1) * 2)));
                break;
            case WeightFormat.Int8:
                ReadGroups<Int8>(panel, lane, values);
                break;
            case WeightFormat.Int4:
                ReadGroups<Int4>(panel, lane, values);
                break;
            default:
                ReadGroups<MXFP4>(panel, lane, values);
                break;
        }

        GC.KeepAlive(this);
    }

    /// <summary>Frees the memory; no pointer into it may be used afterwards.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private byte* Locate(int matrix, int row, int length, string argument)
    {
        ObjectDisposedException.ThrowIf(_memory == null && _file is null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(matrix);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(matrix, Count);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        if (length != Columns)
            throw new ArgumentException($"A row of this matrix has {Columns} values, not {length}.", argument);
        return Matrix(matrix) + row / 16 * BytesPerPanel;
    }

    // Optimised at the first call, as the loops that read (Checkpoints.Widening).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteSingle(byte* target, ReadOnlySpan<float> values)
    {
        for (int column = 0; column < values.Length; column++)
            *(float*)(target + (column * 64L)) = values[column];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteBFloat16(byte* target, ReadOnlySpan<float> values)
    {
        int column = 0;
        for (; column + 4 <= values.Length; column += 4, target += 128)
        {
            Vector128<ulong> pairs = BF16.Round(Vector128.Create(values.Slice(column, 4))).AsUInt64();
            pairs |= pairs >> 16;
            *(uint*)target = (uint)pairs[0];
            *(uint*)(target + 64) = (uint)pairs[1];
        }

        for (; column + 1 < values.Length; column += 2, target += 64)
            *(uint*)target = BF16.Round(values[column]) | ((uint)BF16.Round(values[column + 1]) << 16);
        if (column < values.Length)
            *(ushort*)target = BF16.Round(values[column]);
    }

    private static void WriteGroups<TFormat>(byte* panel, int lane, ReadOnlySpan<float> values)
        where TFormat : IGroupFormat
    {
        byte* chunks = panel + Groups.ScaleBytes<TFormat>(values.Length) + (lane * 4);
        byte* scale = panel + (lane * TFormat.ScaleLaneBytes);
        for (int first = 0; first < values.Length; first += Groups.Columns)
        {
            TFormat.Encode(values.Slice(first, Math.Min(Groups.Columns, values.Length - first)), scale, chunks);
            scale += TFormat.ScaleBytes;
            chunks += Groups.Chunks * TFormat.ChunkBytes;
        }
    }

    private static void ReadGroups<TFormat>(byte* panel, int lane, Span<float> values)
        where TFormat : IGroupFormat
    {
        byte* chunks = panel + Groups.ScaleBytes<TFormat>(values.Length) + (lane * 4);
        byte* scale = panel + (lane * TFormat.ScaleLaneBytes);
        for (int first = 0; first < values.Length; first += Groups.Columns)
        {
            TFormat.Decode(values.Slice(first, Math.Min(Groups.Columns, values.Length - first)), scale, chunks);
            scale += TFormat.ScaleBytes;
            chunks += Groups.Chunks * TFormat.ChunkBytes;
        }
    }

    private void Free()
    {
        NativeMemory.Free(_memory);
        _memory = null;
        _file = null;
    }
}
