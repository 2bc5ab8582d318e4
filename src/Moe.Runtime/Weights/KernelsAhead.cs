using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;

namespace Moe.Runtime.Weights;

/// <summary>
/// Compiles the kernels that any model's first step needs, on another thread, while weights are still being read: it calls them with a
/// few zeros. Kernels are compiled when they are called first, fully optimised, which takes longer than the first step of a small model.
/// </summary>
/// <remarks>What it leaves out is compiled by the step, as everything would be without it; compiled ahead of time, there is nothing to do.</remarks>
internal static unsafe class KernelsAhead
{
    // Panels of which a product cuts every width of tile: eight vectors, four, two and a half, at any length of a vector.
    private const int Panels = 15;

    // Floats of a row: its numbers, and its integers behind them.
    private const int Stride = 64;

    // One row is a decoded token, some are the tokens of an expert.
    private const int MostRows = 4;

    private static int _begun;

    /// <summary>Begins with the kernels for a format, if nobody has before.</summary>
    internal static void Begin(WeightFormat format)
    {
        int bit = 1 << (int)format;
        if (RuntimeFeature.IsDynamicCodeCompiled && Environment.ProcessorCount > 1 && (Interlocked.Or(ref _begun, bit) & bit) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(_ => Call(format), null);
    }

    private static void Call(WeightFormat format)
    {
        using var weights = new PackedMatrix(Panels * 16, Columns.Size, format);
        using var memory = new NativeBuffer();
        int outputs = Panels * 16;
        int floats = MostRows * (Stride + outputs);
        float* input = (float*)memory.Reserve(floats * sizeof(float));
        float* output = input + (MostRows * Stride);
        new Span<float>(input, floats).Clear();
        for (int row = 0; row < MostRows; row++)
            IntegerRows.Write<Columns>(input + (row * Stride), weights.Inputs);

        Rows.RmsNorm<Columns>(input, input, 1f, output);
        for (int rows = 1; rows <= MostRows; rows++)
            weights.Multiply<Columns>(0, 0, Panels, input, Stride, rows, output, outputs);

        Rows.Softmax<Columns>(output);
        Rows.Scale<Columns>(1f, output);
        Rows.AddScaled<Columns>(1f, input, output);
        Activations.Gated<SiLU>(output, Columns.Size / 2, input);
    }

    private readonly struct Columns : IDimension
    {
        public static int Size => 32;
    }
}
