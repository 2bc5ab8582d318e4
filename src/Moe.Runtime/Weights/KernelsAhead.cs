using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Weights;

/// <summary>
/// Compiles the kernels that any model's first step needs, on threads of its own, while a model is still being read: it calls them with a
/// few zeros. Kernels are compiled when they are called first, fully optimised, which takes longer than the first step of a small model.
/// </summary>
/// <remarks>
/// What it leaves out is compiled by the step, as everything would be without it; compiled ahead of time, there is nothing to do. Nobody
/// waits for it, neither a task for its thread nor a step for its end: hence the order.
/// </remarks>
internal static unsafe class KernelsAhead
{
    // Panels that tiles of a single row are read in, those of a few rows, and runs of any length: eight vectors, four, two and a half.
    private const int RowPanels = 8;
    private const int FewPanels = 4;
    private const int AnyPanels = 15;

    // Floats of a row: its numbers, and its integers behind them.
    private const int Stride = 64;

    // Rows of the tallest tile: the tokens of a short prompt, or of an expert.
    private const int MostRows = Tiles.MostRows;

    private const int RowKernels = 1 << 31;

    private static int _begun;

    /// <summary>Begins with the kernels that work on rows, whatever the format of weights, if nobody has before.</summary>
    internal static void Begin() => Begin(RowKernels, CallRows);

    /// <summary>Begins with the products for a format, if nobody has before.</summary>
    internal static void Begin(WeightFormat format) => Begin(1 << (int)format, () => CallProducts(format));

    private static void Begin(int bit, ThreadStart call)
    {
        if (RuntimeFeature.IsDynamicCodeCompiled && Environment.ProcessorCount > 1 && (Interlocked.Or(ref _begun, bit) & bit) == 0)
            new Thread(call) { IsBackground = true, Name = "Moe kernels" }.Start();
    }

    /// <summary>Calls the kernels that work on rows.</summary>
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
    }

    /// <summary>Calls the products for a format: the tiles of one row and of a few first, then what a run of panels leaves over.</summary>
    internal static void CallProducts(WeightFormat format)
    {
        using var weights = new PackedMatrix(AnyPanels * 16, Columns.Size, format);
        using var memory = new NativeBuffer();
        int outputs = AnyPanels * 16;
        int floats = MostRows * (Stride + outputs);
        float* input = (float*)memory.Reserve(floats * sizeof(float));
        float* output = input + (MostRows * Stride);
        new Span<float>(input, floats).Clear();
        for (int row = 0; row < MostRows; row++)
            IntegerRows.Write<Columns>(input + (row * Stride), weights.TakesIntegers);

        Multiply(RowPanels, 1);
        for (int rows = 1; rows <= MostRows; rows++)
            Multiply(FewPanels, rows);
        for (int rows = 1; rows <= MostRows; rows++)
            Multiply(AnyPanels, rows);

        void Multiply(int panels, int rows) =>
            weights.Multiply<Columns>(0, 0, panels, input, Stride, rows, output, outputs);
    }

    private readonly struct Columns : IDimension
    {
        public static int Size => 32;
    }
}
