using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Moe.Runtime.Numerics;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Numerics;

public unsafe class PackedMatrixTests
{
    [Theory]
    [InlineData(WeightFormat.F32)]
    [InlineData(WeightFormat.BF16)]
    public void WriteRow_AnyShape_ReadsBackAndPadsWithZeros(WeightFormat format)
    {
        Random random = new(1);
        foreach ((int rows, int columns, int count) in new[] { (1, 1, 1), (16, 8, 2), (17, 3, 3), (50, 65, 2) })
        {
            using PackedMatrix matrix = new(rows, columns, format, count);
            float[,][] written = new float[count, rows][];
            for (int m = 0; m < count; m++)
            {
                for (int r = 0; r < rows; r++)
                {
                    float[] row = written[m, r] = new float[columns];
                    foreach (ref float value in row.AsSpan())
                        value = random.NextSingle();
                    matrix.WriteRow(m, r, row);
                }
            }

            float[] read = new float[columns];
            double sum = 0, total = 0;
            for (int m = 0; m < count; m++)
            {
                for (int r = 0; r < rows; r++)
                {
                    matrix.ReadRow(m, r, read);
                    for (int k = 0; k < columns; k++)
                    {
                        float expected = format == WeightFormat.F32 ? written[m, r][k] : BF16.Widen(BF16.Round(written[m, r][k]));
                        Assert.Equal(expected, read[k]);
                        sum += read[k];
                    }
                }
            }

            // Whatever is not a weight is zero.
            for (long i = 0; i < matrix.Bytes / (format == WeightFormat.F32 ? 4 : 2); i++)
                total += format == WeightFormat.F32 ? ((float*)matrix.Panel(0))[i] : BF16.Widen(((ushort*)matrix.Panel(0))[i]);
            Assert.Equal(sum, total, 1e-9);
            Assert.Equal(0, (nint)matrix.Panel(0) % 64);
            Assert.Equal((nint)matrix.Panel(0) + (nint)(matrix.Panels * matrix.BytesPerPanel), (nint)matrix.Matrix(1));
        }
    }

    [Fact]
    public void WriteRow_BFloat16_PutsTwoColumnsIntoOneLane()
    {
        using PackedMatrix matrix = new(2, 3, WeightFormat.BF16);
        matrix.WriteRow(0, 1, [1f, 2f, 3f]);
        uint* lanes = (uint*)matrix.Panel(0);
        Assert.Equal(0x40003F80u, lanes[1]);
        Assert.Equal(0x00004040u, lanes[17]);
        Assert.Equal(128, matrix.BytesPerPanel);
    }

    [Fact]
    public void WriteRow_BFloat16_RoundsEveryKindOfNumberAsOneAlone()
    {
        Random random = new(2);
        float[] row = new float[1023];
        foreach (ref float value in row.AsSpan())
            value = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32));
        // NaN with its payload in either half, infinities, ties to even both ways, the largest, subnormals, zeros.
        uint[] special = [0x7FC00000, 0x7F800001, 0xFF80FFFF, 0x7F800000, 0xFF800000, 0x3F808000, 0x3F818000, 0x7F7FFFFF, 0x00000001, 0x807FFFFF, 0, 0x80000000];
        for (int i = 0; i < 10 * special.Length; i++)
            row[i] = BitConverter.UInt32BitsToSingle(special[i % special.Length]);

        using PackedMatrix matrix = new(20, row.Length, WeightFormat.BF16);
        matrix.WriteRow(0, 18, row);
        ushort* lane = (ushort*)(matrix.Panel(1) + (2 * 4));
        for (int k = 0; k < row.Length; k++)
            Assert.Equal(BF16.Round(row[k]), lane[(k / 2 * 32) + (k % 2)]);
        Assert.Equal(0, lane[(row.Length / 2 * 32) + 1]);
    }

    [Fact]
    public void WriteRow_WrongLengthOrPlace_IsRefused()
    {
        using PackedMatrix matrix = new(2, 3, WeightFormat.F32, 2);
        Assert.Throws<ArgumentException>(() => matrix.WriteRow(0, 0, [1f, 2f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.WriteRow(2, 0, [1f, 2f, 3f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.WriteRow(0, 2, [1f, 2f, 3f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.WriteRow(0, -1, [1f, 2f, 3f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PackedMatrix(0, 3, WeightFormat.F32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PackedMatrix(3, 3, (WeightFormat)9));
        matrix.Dispose();
        Assert.Throws<ObjectDisposedException>(() => matrix.WriteRow(0, 0, [1f, 2f, 3f]));
    }

    [Fact]
    public void Constructor_AbsurdSize_SaysHowMuch()
    {
        OutOfMemoryException error = Assert.Throws<OutOfMemoryException>(
            () => new PackedMatrix(int.MaxValue, int.MaxValue, WeightFormat.F32, int.MaxValue));
        Assert.Contains("MiB", error.Message);
    }

    /// <summary>The collector runs in the middle of a product that is the last to use the matrix.</summary>
    [Theory]
    [InlineData(WeightFormat.F32, false)]
    [InlineData(WeightFormat.Int4, false)]
    [InlineData(WeightFormat.Int4, true)]
    public void Multiply_LastUseOfAMatrix_KeepsItsMemory(WeightFormat format, bool isPart)
    {
        using NativeFloats input = new(64 + IntegerRows.Floats(64));
        using NativeFloats output = new(16);
        IntegerRows.Write(input.Pointer, 64, (byte*)(input.Pointer + 64));
        Collecting.HasLost = false;
        for (int call = 0; call < 200; call++)
        {
            // Code that is not optimised keeps everything alive.
            if (call % 50 == 49)
                Thread.Sleep(200);
            Collecting.IsOn = call == 199;
            MultiplyLast(format, isPart, input.Pointer, output.Pointer);
        }

        Assert.False(Collecting.HasLost);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MultiplyLast(WeightFormat format, bool isPart, float* input, float* output)
    {
        PackedMatrix matrix = Collecting.Remember(new PackedMatrix(16, 64, format));
        if (isPart)
            matrix.MultiplyPart<Collecting>(0, 0, 1, input, 128, 1, output, 16);
        else
            matrix.Multiply<Collecting>(0, 0, 1, input, 128, 1, output, 16);
    }

    private readonly struct Collecting : IDimension
    {
        private static WeakReference? s_matrix;

        public static bool IsOn { get; set; }

        public static bool HasLost { get; set; }

        public static int Size
        {
            get
            {
                if (IsOn)
                {
                    GC.Collect();
                    HasLost |= !s_matrix!.IsAlive;
                }

                return 64;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static PackedMatrix Remember(PackedMatrix matrix)
        {
            s_matrix = new WeakReference(matrix);
            return matrix;
        }
    }
}
