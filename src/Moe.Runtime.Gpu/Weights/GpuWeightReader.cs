using System;
using System.Linq;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Gpu.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Gpu.Weights;

/// <summary>Reads tensors of a checkpoint onto a device, a window at a time, and says how far it is.</summary>
public sealed class GpuWeightReader
{
    private const int WindowElements = 1 << 18;
    private const int TransposedWindow = 1 << 23;

    private readonly GpuAccelerator _accelerator;
    private readonly TensorSource _source;
    private readonly IProgress<LoadProgress>? _progress;
    private readonly long _bytesTotal;
    private float[] _window = [];
    private long _bytesDone;

    /// <summary>A reader.</summary>
    /// <param name="accelerator">Where weights go.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="options">Who is told how far it is.</param>
    /// <exception cref="NotSupportedException">A profile is asked for.</exception>
    public GpuWeightReader(GpuAccelerator accelerator, TensorSource source, LoadOptions options)
    {
        if (options.Profile is not null)
        {
            throw new NotSupportedException(
                $"{nameof(LoadOptions)}.{nameof(LoadOptions.Profile)} counts the phases of a step on the processor; {options.Device} has none. "
                + $"Leave it null, or load with {nameof(Device)}.{nameof(Device.Cpu)}.");
        }

        _accelerator = accelerator;
        _source = source;
        _progress = options.Progress;
        _bytesTotal = source.Tensors.Sum(tensor => tensor.ByteCount);
    }

    /// <summary>
    /// The format of matrices: what was asked for; or bfloat16 where every matrix of the checkpoint has it (or is
    /// MXFP4, which fits it), float32 otherwise.
    /// </summary>
    public static WeightFormat FormatOf(TensorSource source, LoadOptions options) =>
        Asked(options.Weights) ?? (source.Tensors.All(tensor => tensor.Shape.Length < 2 || tensor.Type.IsInteger() || tensor.Type == ElementType.BF16)
            ? WeightFormat.BF16
            : WeightFormat.F32);

    // One format for all parts: a kernel is compiled for it.
    private static WeightFormat? Asked(WeightFormats? formats)
    {
        WeightFormat?[] asked = formats is null ? [] : Enum.GetValues<TensorRole>().Select(formats.Of).Distinct().ToArray();
        if (asked.Length == 0 || asked is [null])
            return null;
        if (asked is [WeightFormat.F32 or WeightFormat.BF16])
            return asked[0];

        throw new NotSupportedException(
            $"A GPU takes weights as {WeightFormat.F32} or {WeightFormat.BF16}, the same for all parts of a model; asked for: {formats}. "
            + $"Set {nameof(LoadOptions)}.{nameof(LoadOptions.Weights)} to one of these, or load on the processor.");
    }

    /// <summary>A vector, in float32.</summary>
    /// <param name="part">Where it lies in the checkpoint.</param>
    /// <param name="size">Elements.</param>
    public GpuBuffer<float> Vector(TensorPart part, int size)
    {
        GpuBuffer<float> vector = Reserve<float>(part.Name, 1, size, 1);
        Read(part, vector, 0, size);
        return vector;
    }

    /// <summary>A matrix.</summary>
    /// <param name="part">Where it lies in the checkpoint.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public GpuBuffer<TWeight> Matrix<TWeight>(TensorPart part, int rows, int columns)
        where TWeight : unmanaged, IGpuElement<TWeight>
    {
        GpuBuffer<TWeight> matrix = Reserve<TWeight>(part.Name, 1, rows, columns);
        Read(part, matrix, 0, rows, columns);
        return matrix;
    }

    /// <summary>Room for one matrix or vector of each expert, side by side.</summary>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="experts">Experts.</param>
    /// <param name="rows">Rows of one expert's.</param>
    /// <param name="columns">Columns.</param>
    public GpuBuffer<T> Reserve<T>(string name, int experts, int rows, int columns)
        where T : unmanaged
    {
        var buffer = new GpuBuffer<T>(_accelerator, name);
        buffer.Reserve(checked((long)experts * rows * columns));
        return buffer;
    }

    /// <summary>Reads one expert's matrix into its place.</summary>
    /// <param name="part">Where it lies in the checkpoint.</param>
    /// <param name="destination">[experts, rows, columns].</param>
    /// <param name="expert">The expert.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public void Read<TWeight>(TensorPart part, GpuBuffer<TWeight> destination, int expert, int rows, int columns)
        where TWeight : unmanaged, IGpuElement<TWeight>
    {
        // A transposed part is read once through for every piece, so that its pieces are larger.
        int atOnce = Math.Clamp((part.Transposed ? TransposedWindow : WindowElements) / columns, 1, rows);
        if (_window.Length < atOnce * columns)
            _window = new float[atOnce * columns];
        var rounded = new TWeight[atOnce * columns];
        for (int first = 0; first < rows; first += atOnce)
        {
            Span<float> window = _window.AsSpan(0, Math.Min(atOnce, rows - first) * columns);
            _source.ReadRows(part, first, columns, window);
            for (int i = 0; i < window.Length; i++)
                rounded[i] = TWeight.Round(window[i]);
            destination.Upload(rounded.AsSpan(0, window.Length), ((long)expert * rows * columns) + ((long)first * columns));
        }

        Done(part, (long)rows * columns);
    }

    /// <summary>Reads one expert's vector into its place.</summary>
    /// <param name="part">Where it lies in the checkpoint.</param>
    /// <param name="destination">[experts, size].</param>
    /// <param name="expert">The expert.</param>
    /// <param name="size">Elements.</param>
    public void Read(TensorPart part, GpuBuffer<float> destination, int expert, int size)
    {
        var vector = new float[size];
        _source.ReadRows(part, 0, 1, vector);
        destination.Upload(vector, (long)expert * size);
        Done(part, size);
    }

    /// <summary>A table of indices.</summary>
    /// <param name="part">Where it lies in the checkpoint.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="bound">Every index is below it.</param>
    /// <exception cref="CheckpointException">An index lies outside [0, <paramref name="bound"/>).</exception>
    public GpuBuffer<int> Indices(TensorPart part, int rows, int columns, int bound)
    {
        GpuBuffer<int> table = Reserve<int>(part.Name, 1, rows, columns);
        long elements = (long)rows * columns;
        var window = new long[(int)Math.Min(elements, WindowElements)];
        var narrow = new int[window.Length];
        for (long first = 0; first < elements; first += window.Length)
        {
            int count = (int)Math.Min(elements - first, window.Length);
            _source.ReadIntegers(part.Name, first, window.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                if (window[i] < 0 || window[i] >= bound)
                    throw new CheckpointException(_source.Origin, $"'{part.Name}' holds {window[i]} in row {(first + i) / columns}, column {(first + i) % columns}; indices from 0 to {bound - 1} are needed.");
                narrow[i] = (int)window[i];
            }

            table.Upload(narrow.AsSpan(0, count), first);
        }

        Done(part, elements);
        return table;
    }

    /// <summary>Mean and variance of each column of an expert's matrix over its rows, into their places.</summary>
    /// <param name="part">Where it lies in the checkpoint.</param>
    /// <param name="means">[experts, columns].</param>
    /// <param name="variances">[experts, columns].</param>
    /// <param name="expert">The expert.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public void Moments(TensorPart part, GpuBuffer<float> means, GpuBuffer<float> variances, int expert, int rows, int columns)
    {
        var row = new float[columns];
        var sum = new double[columns];
        var squares = new double[columns];
        for (int pass = 0; pass < 2; pass++)
        {
            for (int r = 0; r < rows; r++)
            {
                _source.ReadRows(part, r, columns, row);
                for (int c = 0; c < columns; c++)
                {
                    if (pass == 0)
                        sum[c] += row[c];
                    else
                        squares[c] += (row[c] - (sum[c] / rows)) * (row[c] - (sum[c] / rows));
                }
            }
        }

        means.Upload(Array.ConvertAll(sum, total => (float)(total / rows)), (long)expert * columns);
        variances.Upload(Array.ConvertAll(squares, total => (float)(total / rows)), (long)expert * columns);
        _source.Release(part.Name);
    }

    private void Done(TensorPart part, long elements)
    {
        _bytesDone += _source.StoredBytes(part, elements);
        _source.Release(part);
        _progress?.Report(new LoadProgress(_bytesDone, _bytesTotal, part.Name));
    }
}
