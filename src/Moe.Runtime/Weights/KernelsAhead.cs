using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Weights;

/// <summary>
/// Compiles the kernels that any model's first step needs, on threads of its own, while a model is still being read, and earlier where a
/// program asks for it: it calls them with a few zeros. Kernels are compiled when they are called first, fully optimised, which takes
/// longer than the first step of a small model.
/// </summary>
/// <remarks>
/// What it leaves out is compiled by the step, as everything would be without it; compiled ahead of time, there is nothing to do. Nobody
/// waits for it, neither a task for its thread nor a step for its end: hence the order, and where processors are few a step needs them
/// more, so that the products end when one begins.
/// </remarks>
public static unsafe class KernelsAhead
{
    // Panels that tiles of a single row are read in, and those of a few rows; what a run leaves over is shorter.
    private const int RowPanels = 8;
    private const int FewPanels = 4;

    // Floats of a row: its numbers, and its integers behind them.
    private const int Stride = 64;

    // Rows of the tallest tile: the tokens of a short prompt, or of an expert.
    private const int MostRows = Tiles.MostRows;

    private const int RowKernels = 1 << 31;

    private static readonly Lock _beginning = new();
    private static Thread? _last;
    private static int _begun;
    private static bool _isStepping;

    /// <summary>
    /// Begins with the kernels that work on rows, whatever the format of weights, if nobody has before. A load does so itself: this is for
    /// programs that do something else first, such as reading a command line, while other processors wait. Returns at once.
    /// </summary>
    public static void Begin() => Begin(RowKernels, CallRows);

    /// <summary>Begins with the products for a format, if nobody has before.</summary>
    internal static void Begin(WeightFormat format)
    {
        Volatile.Write(ref _isStepping, false);
        Begin(1 << (int)format, () => CallProducts(format, ref _isStepping));
    }

    /// <summary>A step begins.</summary>
    internal static void StepBegins()
    {
        if (!Volatile.Read(ref _isStepping))
            Volatile.Write(ref _isStepping, true);
    }

    // One after the other: the load needs the other processor.
    private static void Begin(int bit, Action call)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled || Environment.ProcessorCount == 1)
            return;

        lock (_beginning)
        {
            if ((_begun & bit) != 0)
                return;
            _begun |= bit;
            Thread? before = _last;
            _last = new Thread(() =>
            {
                before?.Join();
                call();
            }) { IsBackground = true, Name = "Moe kernels" };
            _last.Start();
        }
    }

    /// <summary>Calls the kernels that work on rows, those that convert bfloat16, and what of attention no size of the model enters into.</summary>
    internal static void CallRows()
    {
        float* row = stackalloc float[2 * Columns.Size];
        new Span<float>(row, 2 * Columns.Size).Clear();
        Rows.RmsNorm<Columns>(row, row, 1f, row);
        Rows.Scale<Columns>(1f, row);
        Rows.Softmax<Columns>(row);
        TileMath.AddVector(row, Columns.Size, 1, Columns.Size, row);
        Activations.Gated<SiLU>(row, Columns.Size / 2, row + Columns.Size);
        Rows.AddScaled<Columns>(1f, row, row);
        CallConversion(new Span<float>(row, Columns.Size));
        CallAttention(row);
    }

    private static void CallConversion(Span<float> row)
    {
        using var weights = new PackedMatrix(16, Columns.Size, WeightFormat.BF16);
        Widening.ToFloats(ElementType.BF16, stackalloc byte[Columns.Size * BF16.Bytes], row);
        if (Widening.IndexOfNonFinite(row) < 0)
            weights.WriteRow(0, 0, row);
    }

    private static void CallAttention(float* row)
    {
        float* keys = stackalloc float[Columns.Size * CacheBlock.Positions];
        float* scores = stackalloc float[CacheBlock.Positions];
        new Span<float>(keys, Columns.Size * CacheBlock.Positions).Clear();
        Rotary.HalfSplit<Columns>(row, row + Columns.Size, row + Columns.Size);
        CacheBlock.WriteKey<F32, Columns>(row, (byte*)keys, 0);
        CacheBlock.WriteValue<F32, Columns>(row, (byte*)keys, 0);
        float maximum = 0f, sum = 0f;
        int positions = 1;
        BlockAttention.Scores<F32, Columns>(row, Columns.Size, 1, (byte*)keys, positions, scores, CacheBlock.Positions, null);
        OnlineSoftmax.Update<Columns>(scores, 1, 1, null, &positions, &maximum, &sum, row, Columns.Size);
    }

    /// <summary>Calls the products for a format: the tiles of one row first, then those of a few rows by four panels and by two.</summary>
    /// <param name="format">Format.</param>
    /// <param name="isOver">Looked at before each.</param>
    internal static void CallProducts(WeightFormat format, ref bool isOver)
    {
        const int Outputs = RowPanels * 16;
        using var weights = new PackedMatrix(Outputs, Columns.Size, format);
        using var memory = new NativeBuffer();
        int floats = MostRows * (Stride + Outputs);
        float* input = (float*)memory.Reserve(floats * sizeof(float));
        float* output = input + (MostRows * Stride);
        new Span<float>(input, floats).Clear();
        for (int row = 0; row < MostRows; row++)
            IntegerRows.Write<Columns>(input + (row * Stride), weights.TakesIntegers);

        weights.Multiply<Columns>(0, 0, RowPanels, input, Stride, 1, output, Outputs);
        for (int panels = FewPanels; panels > 1; panels /= 2)
        {
            for (int rows = 1; rows <= MostRows && !Volatile.Read(ref isOver); rows++)
                weights.Multiply<Columns>(0, 0, panels, input, Stride, rows, output, Outputs);
        }
    }

    private readonly struct Columns : IDimension
    {
        public static int Size => 32;
    }
}
