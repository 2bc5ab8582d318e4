using System;
using System.Linq;
using System.Runtime.Intrinsics;
using Iced.Intel;
using Moe.Runtime.Numerics;
using Moe.Runtime.Tests.MachineCode;
using Moe.Runtime.Weights;
using Assembler = Moe.Runtime.MachineCode.Assembler;

namespace Moe.Runtime.Tests.Numerics;

/// <summary>
/// Tiles in machine code, executed by <see cref="Emulator"/> on any processor; where there is one that runs them, <see cref="IntegerPanelsTests"/> does.
/// </summary>
public unsafe class DotProductTileTests
{
    private static readonly Register[] _keptBySystemV = [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15];
    private static readonly Register[] _keptByWindows = [.. _keptBySystemV, Register.RSI, Register.RDI];

    [Theory]
    [InlineData(WeightFormat.Int8, false)]
    [InlineData(WeightFormat.Int8, true)]
    [InlineData(WeightFormat.Int4, false)]
    [InlineData(WeightFormat.Int4, true)]
    [InlineData(WeightFormat.MXFP4, false)]
    [InlineData(WeightFormat.MXFP4, true)]
    public void Tiles_OfAllSizes_GiveTheBitsOfVectorsAndKeepWhatTheCallerWantsBack(WeightFormat format, bool isWindows)
    {
        switch (format)
        {
            case WeightFormat.Int8:
                AssertTiles<Int8>(new Int8Code(), format, isWindows);
                break;
            case WeightFormat.Int4:
                AssertTiles<Int4>(new Int4Code(), format, isWindows);
                break;
            default:
                AssertTiles<MXFP4>(new MXFP4Code(), format, isWindows);
                break;
        }
    }

    private static void AssertTiles<TFormat>(WeightCode weights, WeightFormat format, bool isWindows)
        where TFormat : IGroupFormat
    {
        Random random = new(31);
        foreach (int columns in new[] { 1, 32, 100 })
        {
            using PackedMatrix matrix = new(64, columns, format);
            var values = new float[columns];
            for (int row = 0; row < 64; row++)
            {
                // One row of zeros, whose scale is 0.
                for (int k = 0; k < columns; k++)
                    values[k] = row == 5 ? 0f : (random.NextSingle() - 0.5f) * (row + 1);
                matrix.WriteRow(0, row, values);
            }

            foreach (int panels in new[] { 1, 2, 4 })
            {
                for (int rows = 1; rows <= Math.Min(6, 12 / panels); rows++)
                {
                    AssertTile<TFormat>(weights, matrix, random, rows, panels, isFirst: true, isWindows);
                    if (panels < 4)
                        AssertTile<TFormat>(weights, matrix, random, rows, panels, isFirst: false, isWindows);
                }
            }
        }
    }

    private static void AssertTile<TFormat>(WeightCode weights, PackedMatrix matrix, Random random, int rows, int panels, bool isFirst, bool isWindows)
        where TFormat : IGroupFormat
    {
        const int Stride = 80;
        int columns = matrix.Columns;
        using IntegerInput input = new(random, rows, columns);
        using NativeFloats output = new(rows * Stride, 7f), expected = new(rows * Stride, 7f);
        byte* integers = (byte*)(input.Row(0) + IntegerRows.Offset(columns));
        IntegerPanels.Multiply<Register512, Vector512<float>, TFormat>(
            matrix.Panel(0), panels, columns, integers, input.Stride * sizeof(float), null, rows, expected.Pointer, Stride);

        DotProductCall call = new()
        {
            Scales = matrix.Panel(0),
            Chunks = matrix.Panel(0) + Groups.ScaleBytes<TFormat>(columns),
            PanelBytes = (nint)Groups.PanelBytes<TFormat>(columns),
            GroupBytes = Groups.Of(columns) * 4,
            Output = output.Pointer,
            OutputStride = Stride * sizeof(float),
        };
        for (int row = 0; row < rows; row++)
            call.Rows[row] = (long)(integers + (row * input.Stride * sizeof(float)));

        Assembler code = new();
        int begin = new DotProductTile(code, weights, rows, panels, isFirst).Write(isWindows);
        Emulator emulator = new();
        emulator.MayWrite(call.General, sizeof(DotProductCall) - DotProductCall.GeneralAt);
        for (int row = 0; row < rows; row++)
            emulator.MayWrite(output.Pointer + (row * Stride), panels * 64);
        Register[] kept = isWindows ? _keptByWindows : _keptBySystemV;
        emulator[isWindows ? Register.RCX : Register.RDI] = (ulong)&call;
        ulong[] before = [.. kept.Select(register => emulator[register])];
        var vectors = Enumerable.Range(6, 10).Select(emulator.Lower).ToArray();
        emulator.Call(code.ToArray(), begin);

        Assert.Equal(before, kept.Select(register => emulator[register]));
        Assert.True(!isWindows || vectors.SequenceEqual(Enumerable.Range(6, 10).Select(emulator.Lower)));
        for (int i = 0; i < rows * Stride; i++)
            Assert.Equal(BitConverter.SingleToInt32Bits(expected.Span[i]), BitConverter.SingleToInt32Bits(output.Span[i]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rate_Loop_ReturnsAfterItsRounds(bool isWindows)
    {
        Assembler code = new();
        DotProductRate.Write(code, isWindows);
        Emulator emulator = new();
        long* memory = stackalloc long[4];
        memory[0] = 3;
        emulator[isWindows ? Register.RCX : Register.RDI] = (ulong)memory;
        var vectors = Enumerable.Range(6, 10).Select(emulator.Lower).ToArray();
        emulator.Call(code.ToArray(), 0);
        Assert.Equal(vectors, Enumerable.Range(6, 10).Select(emulator.Lower));

        // Six inputs, each multiplied by two vectors.
        Assert.InRange(emulator.Executed, 3 * 18, (3 * 21) + 80);
    }
}
