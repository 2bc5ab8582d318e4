using System;
using System.Linq;
using ILGPU;
using ILGPU.Runtime;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Gpu.Kernels;
using Moe.Runtime.Gpu.Memory;
using Moe.Runtime.Numerics;
using Device = Moe.Runtime.Models.Device;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>What the work items of a group do together, and how elements are stored, against plain loops.</summary>
public class GpuPrimitiveTests
{
    [Fact]
    public void GpuBF16_OfRandomBits_RoundsAndWidensAsOnTheProcessor()
    {
        var random = new Random(7);
        for (int i = 0; i < 200_000; i++)
        {
            float value = BitConverter.Int32BitsToSingle(unchecked((int)random.NextInt64()));
            float stored = GpuBF16.Round(value).Widen();
            Assert.Equal(BitConverter.SingleToInt32Bits(BF16.Widen(BF16.Round(value))), BitConverter.SingleToInt32Bits(stored));
        }
    }

    [Fact]
    public void GpuOrder_OfSpecialValues_PutsNumbersBeforeNaNAndZerosTogether()
    {
        Assert.Equal(GpuOrder.Key(0f), GpuOrder.Key(-0f));
        float[] ascending = [float.NaN, float.NegativeInfinity, -2f, -float.Epsilon, 0f, float.Epsilon, 1f, float.PositiveInfinity];
        for (int i = 1; i < ascending.Length; i++)
            Assert.True(GpuOrder.Key(ascending[i - 1]) < GpuOrder.Key(ascending[i]), $"{ascending[i - 1]} and {ascending[i]}");
        Assert.Equal(GpuOrder.Key(float.NaN), GpuOrder.Key(-float.NaN));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(257)]
    public void GpuOrder_RankOfValuesWithTiesAndNaN_IsTheirPlaceInASortedList(int count)
    {
        GpuDevice.Require(Device.OpenCl);
        var random = new Random(count);
        float[] values = [.. Enumerable.Range(0, count).Select(_ => random.Next(8) switch { 0 => float.NaN, 1 => float.NegativeInfinity, int n => n - 4f })];
        using GpuAccelerator accelerator = GpuAccelerator.Open(Device.OpenCl);
        var input = new GpuBuffer<float>(accelerator, "values");
        var output = new GpuBuffer<int>(accelerator, "ranks");
        input.Reserve(count);
        output.Reserve(count);
        input.Upload(values);
        accelerator.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>>(Ranks)(GpuGroup.Grid(1), input.View, output.View);
        var ranks = new int[count];
        output.Download(ranks);

        int[] expected = [.. Enumerable.Range(0, count).OrderBy(i => float.IsNaN(values[i])).ThenByDescending(i => values[i]).ThenBy(i => i)];
        for (int place = 0; place < count; place++)
            Assert.Equal(place, ranks[expected[place]]);
    }

    [SkippableTheory]
    [InlineData(Device.OpenCl)]
    [InlineData(Device.GpuSimulator)]
    public void GpuGroup_SumAndMaxOneAfterTheOther_SeeEveryWorkItem(Device device)
    {
        GpuDevice.Require(device);
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, GpuGroup.Size).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        using GpuAccelerator accelerator = GpuAccelerator.Open(device);
        var input = new GpuBuffer<float>(accelerator, "values");
        var output = new GpuBuffer<float>(accelerator, "results");
        input.Reserve(values.Length);
        output.Reserve(3 * values.Length);
        input.Upload(values);
        accelerator.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(Reductions)(GpuGroup.Grid(1), input.View, output.View);
        var results = new float[3 * values.Length];
        output.Download(results);

        // Each of the three results is known to all: the maximum, then the sum of what lies below it, then the maximum of its negatives.
        double maximum = values.Max();
        double sum = values.Sum(value => (float)maximum - value);
        double lowest = -values.Min();
        for (int lane = 0; lane < values.Length; lane++)
        {
            Assert.Equal(maximum, results[lane]);
            Assert.True(Math.Abs(sum - results[values.Length + lane]) <= 1e-5 * sum, $"sum of work item {lane}: expected {sum}, found {results[values.Length + lane]}");
            Assert.Equal(lowest, results[(2 * values.Length) + lane]);
        }
    }

    private static void Ranks(ArrayView<float> values, ArrayView<int> ranks)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(512);
        for (int i = Group.IdxX; i < values.IntLength; i += GpuGroup.Size)
            shared[i] = values[i];
        Group.Barrier();
        for (int i = Group.IdxX; i < values.IntLength; i += GpuGroup.Size)
            ranks[i] = GpuOrder.Rank(shared, values.IntLength, i);
    }

    // One array for all: each result must have been read before the next one overwrites it.
    private static void Reductions(ArrayView<float> values, ArrayView<float> results)
    {
        ArrayView<float> lanes = SharedMemory.Allocate<float>(GpuGroup.Size);
        float value = values[Group.IdxX];
        float maximum = GpuGroup.Max(lanes, value);
        float sum = GpuGroup.Sum(lanes, maximum - value);
        float lowest = GpuGroup.Max(lanes, -value);
        results[Group.IdxX] = maximum;
        results[GpuGroup.Size + Group.IdxX] = sum;
        results[(2 * GpuGroup.Size) + Group.IdxX] = lowest;
    }
}
