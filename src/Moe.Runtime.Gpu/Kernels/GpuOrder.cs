using ILGPU;

namespace Moe.Runtime.Gpu.Kernels;

/// <summary>
/// The order in which routers prefer: larger before smaller, equal ones by index, every number before NaN. A choice is
/// always complete and the same on every run.
/// </summary>
public static class GpuOrder
{
    /// <summary>An integer that orders as the float32 does: −0 equals 0, NaN is below −∞.</summary>
    public static int Key(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint size = bits & 0x7FFFFFFFu;
        if (size > 0x7F800000u)
            return int.MinValue;
        return size == bits ? (int)size : -(int)size;
    }

    /// <summary>How many of <paramref name="count"/> values precede the one at <paramref name="index"/>.</summary>
    /// <param name="values">Shared by the group, all written.</param>
    /// <param name="count">How many.</param>
    /// <param name="index">Which one.</param>
    public static int Rank(ArrayView<float> values, int count, int index)
    {
        int own = Key(values[index]);
        int rank = 0;
        for (int other = 0; other < count; other++)
        {
            int key = Key(values[other]);
            if (key > own || (key == own && other < index))
                rank++;
        }

        return rank;
    }

    /// <summary>The largest of the <paramref name="count"/> values from <paramref name="first"/> on; NaN only where all are.</summary>
    public static float Best(ArrayView<float> values, int first, int count)
    {
        float best = values[first];
        for (int i = 1; i < count; i++)
        {
            float value = values[first + i];
            if (Key(value) > Key(best))
                best = value;
        }

        return best;
    }

    /// <summary>The sum of the two largest of the <paramref name="count"/> values from <paramref name="first"/> on; of one value, that one.</summary>
    public static float SumOfBestTwo(ArrayView<float> values, int first, int count)
    {
        float best = values[first];
        float second = 0f;
        for (int i = 1; i < count; i++)
        {
            float value = values[first + i];
            if (Key(value) > Key(best))
            {
                second = best;
                best = value;
            }
            else if (i == 1 || Key(value) > Key(second))
            {
                second = value;
            }
        }

        return best + second;
    }
}
