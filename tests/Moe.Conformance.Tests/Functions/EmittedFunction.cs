using System;
using System.Linq;
using System.Reflection;
using Moe.Runtime.Numerics;

namespace Moe.Conformance.Tests.Functions;

/// <summary>A function as the compiler emitted it into a model's CPU code, found by reflection.</summary>
/// <param name="model">The emitted model.</param>
/// <param name="name">The author's method.</param>
/// <param name="parameters">One or two.</param>
internal sealed class EmittedFunction(Type model, string name, int parameters)
{
    private readonly Type _type = model.GetNestedType("CpuForward", BindingFlags.NonPublic)!.GetNestedType(name + "Function", BindingFlags.NonPublic)
        ?? throw new InvalidOperationException($"{name} was not emitted.");

    /// <summary>The author's own method; a missing second argument is ignored.</summary>
    public static Func<float, float, float> Method(Assembly assembly, string type, string name, int parameters)
    {
        MethodInfo method = assembly.GetType(type, throwOnError: true)!.GetMethod(name)!;
        if (parameters == 2)
            return method.CreateDelegate<Func<float, float, float>>();

        Func<float, float> single = method.CreateDelegate<Func<float, float>>();
        return (x, _) => single(x);
    }

    /// <summary>Small numbers, every kind of bits, and what is special.</summary>
    public static float[] Arguments(Random random, int count)
    {
        float[] special = [0f, -0f, 1f, -1f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue, float.MinValue, 1e-40f];
        var numbers = new float[count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (i % 4) switch
            {
                0 or 1 => (random.NextSingle() * 12f) - 6f,
                2 => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)),
                _ => special[random.Next(special.Length)],
            };
        }

        return numbers;
    }

    /// <summary>Its values, the same bits at every vector width.</summary>
    public float[] RunAtEveryWidth(float[] x, float[] y)
    {
        float[] one = Run<Lanes1>(x, y);
        foreach (float[] wide in new[] { Run<Lanes4>(x, y), Run<Lanes8>(x, y), Run<Lanes16>(x, y) })
            Assert.All(Enumerable.Range(0, x.Length), i => Assert.True(SameBits(one[i], wide[i]), $"{name}({x[i]:R}, {y[i]:R}): {one[i]:R} and {wide[i]:R}"));
        return one;
    }

    /// <summary>Equal bits; one NaN is as good as another.</summary>
    public static bool SameBits(float left, float right) =>
        BitConverter.SingleToInt32Bits(left) == BitConverter.SingleToInt32Bits(right) || (float.IsNaN(left) && float.IsNaN(right));

    private float[] Run<T>(float[] x, float[] y) where T : struct, ILanes<T>
    {
        var results = new float[x.Length];
        MethodInfo run = typeof(EmittedFunction).GetMethod(parameters == 2 ? nameof(Join) : nameof(Apply), BindingFlags.NonPublic | BindingFlags.Static)!;
        run.MakeGenericMethod(typeof(T), _type).Invoke(null, [x, y, results]);
        return results;
    }

    private static unsafe void Apply<T, TActivation>(float[] x, float[] y, float[] results) where T : struct, ILanes<T> where TActivation : IActivation
    {
        fixed (float* from = x, to = results)
        {
            for (int i = 0; i < x.Length; i += T.Count)
                T.Store(TActivation.Apply(T.Load(from + i)), to + i);
        }
    }

    private static unsafe void Join<T, TGate>(float[] x, float[] y, float[] results) where T : struct, ILanes<T> where TGate : IGate
    {
        fixed (float* gate = x, up = y, to = results)
        {
            for (int i = 0; i < x.Length; i += T.Count)
                T.Store(TGate.Apply(T.Load(gate + i), T.Load(up + i)), to + i);
        }
    }
}
