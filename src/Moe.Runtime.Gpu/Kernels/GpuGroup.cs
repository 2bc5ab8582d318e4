using ILGPU;
using ILGPU.Runtime;

namespace Moe.Runtime.Gpu.Kernels;

/// <summary>What the work items of one group do together. Every emitted kernel runs in groups of <see cref="Size"/>.</summary>
public static class GpuGroup
{
    /// <summary>Work items of a group.</summary>
    public const int Size = 64;

    /// <summary>A grid of groups.</summary>
    /// <param name="x">Groups along x.</param>
    /// <param name="y">Groups along y.</param>
    public static KernelConfig Grid(int x, int y = 1) => new(new Index2D(x, y), new Index2D(Size, 1));

    /// <summary>Σ of every work item's value, known to all of them; halves are added in a fixed order.</summary>
    /// <param name="lanes">[<see cref="Size"/>], shared; free for other use afterwards.</param>
    /// <param name="value">This work item's value.</param>
    public static float Sum(ArrayView<float> lanes, float value)
    {
        int lane = Group.IdxX;
        lanes[lane] = value;
        Group.Barrier();
        for (int half = Size / 2; half > 0; half /= 2)
        {
            if (lane < half)
                lanes[lane] += lanes[lane + half];
            Group.Barrier();
        }

        float sum = lanes[0];
        Group.Barrier();
        return sum;
    }

    /// <summary>The largest of every work item's value, known to all of them.</summary>
    /// <param name="lanes">[<see cref="Size"/>], shared; free for other use afterwards.</param>
    /// <param name="value">This work item's value.</param>
    public static float Max(ArrayView<float> lanes, float value)
    {
        int lane = Group.IdxX;
        lanes[lane] = value;
        Group.Barrier();
        for (int half = Size / 2; half > 0; half /= 2)
        {
            if (lane < half && lanes[lane + half] > lanes[lane])
                lanes[lane] = lanes[lane + half];
            Group.Barrier();
        }

        float highest = lanes[0];
        Group.Barrier();
        return highest;
    }
}
