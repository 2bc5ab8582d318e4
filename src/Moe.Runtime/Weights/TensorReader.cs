using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Weights;

/// <summary>
/// Reads the tensors that weights are converted from, a piece at a time: a tensor's pages are let go as soon as it has been read.
/// Whatever is read is searched for NaN and infinities (<see cref="TensorSource"/>).
/// </summary>
/// <param name="source">The tensors; they have been checked.</param>
/// <param name="formats">Formats of matrices, by the part they belong to; null is exact.</param>
/// <param name="progress">Told after every tensor.</param>
/// <param name="cancellation">Ends the reading, between tensors.</param>
internal sealed class TensorReader(
    TensorSource source, WeightFormats? formats, IProgress<LoadProgress>? progress, CancellationToken cancellation = default)
{
    // Elements read at a time: a megabyte, and 32 of them.
    private const int Piece = 1 << 18;
    private const int TransposedPiece = 1 << 23;

    // Smaller parts are packed before other threads would have come to help.
    private const int Shared = 1 << 19;

    // What bfloat16 holds; and so far below the range of float32 that the arithmetic of finding a group's scale stays in it.
    private const float LargestBFloat16 = 3.38953139e38f;
    private const float LargestInGroups = 1e37f;

    private readonly long _bytesTotal = BytesOf(source);
    private long _bytesDone;
    private float[] _rows = [];

    /// <summary>The tensors.</summary>
    internal TensorSource Source => source;

    /// <summary>Reads a whole vector.</summary>
    internal void Read(TensorPart part, Span<float> values)
    {
        source.ReadRows(part, 0, 1, values);
        Done(part, values.Length);
    }

    /// <summary>Reads rows and gives them one after another, numbered from 0.</summary>
    internal void ReadRows(TensorPart part, int firstRow, int rows, int columns, Action<int, ReadOnlySpan<float>> take) =>
        ReadPieces(part, firstRow, rows, columns, (first, count) =>
        {
            for (int i = 0; i < count; i++)
                take(first + i, _rows.AsSpan(i * columns, columns));
        });

    /// <summary>Reads rows and packs them.</summary>
    /// <param name="part">Where they come from.</param>
    /// <param name="firstRow">First of them there.</param>
    /// <param name="rows">How many.</param>
    /// <param name="matrices">Where they go.</param>
    /// <param name="matrix">Which of the matrices.</param>
    /// <param name="place">Row of the matrix, by the row's number from 0.</param>
    /// <exception cref="CheckpointException">A number is NaN or infinite, or becomes so in the matrix's format.</exception>
    internal void PackRows(TensorPart part, int firstRow, int rows, PackedMatrix matrices, int matrix, Func<int, int> place)
    {
        int columns = matrices.Columns;
        bool isShared = (long)rows * columns >= Shared;
        ReadPieces(part, firstRow, rows, columns, (first, count) =>
        {
            CheckRange(source, part, matrices.Format, _rows.AsSpan(0, count * columns));

            if (isShared)
                InPanels(count, Write);
            else
                Write(0, count);

            void Write(int begin, int end)
            {
                for (int i = begin; i < end; i++)
                    matrices.WriteRow(matrix, place(first + i), _rows.AsSpan(i * columns, columns));
            }
        });
    }

    // Rows of a panel share cache lines, so that they are packed by one thread. Apart, because the library is loaded when a method that names it begins.
    private static void InPanels(int rows, Action<int, int> write) =>
        Parallel.For(0, (rows + 15) / 16, panel => write(panel * 16, Math.Min(rows, (panel + 1) * 16)));

    /// <summary>Refuses numbers that are finite and would not be in another format than float32.</summary>
    internal static void CheckRange(TensorSource source, TensorPart part, WeightFormat format, ReadOnlySpan<float> values)
    {
        bool isExact = format == WeightFormat.F32 || (format == WeightFormat.BF16 && source.FitsBFloat16(part));
        if (!isExact)
            CheckRange(source, part, format, values, format == WeightFormat.BF16 ? LargestBFloat16 : LargestInGroups);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CheckRange(TensorSource source, TensorPart part, WeightFormat format, ReadOnlySpan<float> values, float largest)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            if (Vector.GreaterThanAny(Vector.Abs(new Vector<float>(values[i..])), new Vector<float>(largest)))
                break;
        }

        for (; i < values.Length; i++)
        {
            if (MathF.Abs(values[i]) > largest)
                throw new CheckpointException(source.Origin, $"'{part.Name}' holds {values[i]:R}, and {format} has numbers up to {largest:R}: load it as {WeightFormat.F32}.");
        }
    }

    // Reads some rows at a time, whole panels where there are so many.
    private void ReadPieces(TensorPart part, int firstRow, int rows, int columns, Action<int, int> take)
    {
        // A transposed part is read once through for every piece, so that its pieces are larger.
        int elements = part.Transposed && !source.IsMicroscaled(part) ? TransposedPiece : Piece;
        int atOnce = Math.Clamp(elements / columns, 1, rows);
        atOnce = atOnce > 16 ? atOnce / 16 * 16 : atOnce;
        if (_rows.Length < atOnce * columns)
            _rows = new float[atOnce * columns];

        for (int row = 0; row < rows; row += atOnce)
        {
            int count = Math.Min(atOnce, rows - row);
            source.ReadRows(part, firstRow + row, columns, _rows.AsSpan(0, count * columns));
            take(row, count);
        }
    }

    /// <summary>Says that so many elements of a part have been read and will not be again.</summary>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    internal void Done(TensorPart part, long elements)
    {
        _bytesDone += source.StoredBytes(part, elements);
        source.Release(part);
        progress?.Report(new LoadProgress(_bytesDone, _bytesTotal, part.Name));
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>What was asked for, or the narrower of the two exact formats that holds what all parts have.</summary>
    internal WeightFormat FormatOf(TensorRole role, int count, Func<int, TensorPart> part)
    {
        if (formats?.Of(role) is { } asked)
            return asked;

        WeightFormat format = StoredFormat(part(0));
        for (int index = 1; index < count; index++)
            format = Wider(format, StoredFormat(part(index)));
        return format;
    }

    /// <summary>The format that holds what either holds, among the exact ones.</summary>
    internal static WeightFormat Wider(WeightFormat left, WeightFormat right) => left == right ? left : WeightFormat.F32;

    private WeightFormat StoredFormat(TensorPart part) =>
        source.FitsBFloat16(part) ? WeightFormat.BF16 : WeightFormat.F32;

    private static long BytesOf(TensorSource source)
    {
        long bytes = 0;
        foreach (TensorEntry tensor in source.Tensors)
            bytes += tensor.ByteCount;
        return bytes;
    }
}
