using System;
using System.Collections.Generic;
using System.Linq;
using ILGPU;
using ILGPU.Runtime;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Gpu.Kernels;
using Moe.Runtime.Gpu.Memory;
using Device = Moe.Runtime.Models.Device;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>The functions of kernels against double precision, on the host and on a device.</summary>
public class GpuMathTests
{
    /// <summary>
    /// A function, what it should be, and how far it may be off: relative to the result, and absolutely where the
    /// formula only promises that. The numbers are what was measured over these arguments, rounded up.
    /// </summary>
    private sealed record Case(string Name, int Index, Func<float, float> Function, Func<double, double> Exact, double Relative, double Absolute);

    private static readonly Case[] _cases =
    [
        new("exp", 0, GpuMath.Exp, Math.Exp, 1.2e-7, 1e-44),
        new("sigmoid", 1, GpuMath.Sigmoid, Sigmoid, 3e-7, 1e-38),
        new("tanh", 2, GpuMath.Tanh, Math.Tanh, 2.4e-7, 1e-44),
        new("normal", 3, GpuMath.Normal, x => 0.5 * (1 + ElementOps.Erf(x / Math.Sqrt(2))), 0, 2.5e-7),
        new("silu", 4, GpuMath.SiLU, x => x * Sigmoid(x), 4e-7, 1e-38),
        new("gelu", 5, GpuMath.Gelu, x => ElementOps.Activate(x, Activation.Gelu), 2e-7, 6e-7),
        new("gelu tanh", 6, GpuMath.GeluTanh, x => x * Sigmoid(2 * Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))), 2e-5, 1e-12),
        new("relu", 7, GpuMath.ReLU, x => Math.Max(x, 0), 0, 0),
        new("inverse square root", 8, x => GpuMath.InverseSqrt(Math.Abs(x) + 1e-6f), x => 1 / Math.Sqrt(Math.Abs((float)x) + 1e-6f), 1.2e-7, 0),
    ];

    /// <summary>Names of the functions.</summary>
    public static TheoryData<string> Names => new(_cases.Select(row => row.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void GpuMath_OnTheHost_IsAsNearAsItsFormulaPromises(string name)
    {
        Case row = _cases.Single(row => row.Name == name);
        foreach (float x in Arguments())
            Near(row, x, row.Function(x), factor: 1);
    }

    [Fact]
    public void LogOfCount_OfWholeNumbers_IsTheLogarithm()
    {
        // Half a unit of float32 in each of three terms, and the rest of the series, z^5 / 11 at most: 2e-7 of the result.
        foreach (int n in Enumerable.Range(1, 3000).Append(1 << 20).Append(123_456_789).Append(int.MaxValue))
            Assert.True(Math.Abs(GpuMath.LogOfCount(n) - Math.Log(n)) <= 3e-7 * Math.Max(1, Math.Log(n)), $"ln {n}: {GpuMath.LogOfCount(n):R}");
    }

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void GpuMath_OnOpenCl_IsAsNearAsItsFormulaPromises(string name)
    {
        GpuDevice.Require(Device.OpenCl);
        Case row = _cases.Single(row => row.Name == name);
        float[] arguments = [.. Arguments()];
        using GpuAccelerator accelerator = GpuAccelerator.Open(Device.OpenCl);
        var x = new GpuBuffer<float>(accelerator, "x");
        var y = new GpuBuffer<float>(accelerator, "y");
        x.Reserve(arguments.Length);
        y.Reserve(arguments.Length);
        x.Upload(arguments);
        var apply = accelerator.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, int>(Apply);
        apply(GpuGroup.Grid(GpuTile.Count(arguments.Length, GpuGroup.Size)), x.View, y.View, row.Index);
        var found = new float[arguments.Length];
        y.Download(found);

        // A device may contract a·b + c, which moves a result by a few units in the last place.
        for (int i = 0; i < found.Length; i++)
            Near(row, arguments[i], found[i], factor: 3);
    }

    [Fact]
    public void GpuMath_OfNaNAndInfinities_GivesTheLimits()
    {
        Assert.All(_cases.Where(row => row.Name != "inverse square root"), row => Assert.True(float.IsNaN(row.Function(float.NaN)), row.Name));
        Assert.Equal(0f, GpuMath.Exp(float.NegativeInfinity));
        Assert.Equal(float.PositiveInfinity, GpuMath.Exp(float.PositiveInfinity));
        Assert.Equal(0f, GpuMath.Sigmoid(float.NegativeInfinity));
        Assert.Equal(1f, GpuMath.Sigmoid(float.PositiveInfinity));
        Assert.Equal(-1f, GpuMath.Tanh(float.NegativeInfinity));
        Assert.Equal(1f, GpuMath.Tanh(float.PositiveInfinity));
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static IEnumerable<float> Arguments()
    {
        // Every magnitude from the smallest that matters to beyond overflow, both signs.
        for (float size = 1e-8f; size < 120f; size *= 1.003f)
        {
            yield return size;
            yield return -size;
        }

        yield return 0f;
    }

    private static void Near(Case row, float x, float found, double factor)
    {
        double exact = row.Exact(x);
        if (Math.Abs(exact) >= float.MaxValue)
        {
            Assert.True(found > 1e38f, $"{row.Name}({x:R}) is {found:R}");
            return;
        }

        double limit = factor * ((row.Relative * Math.Abs(exact)) + row.Absolute);
        Assert.True(Math.Abs(exact - found) <= limit, $"{row.Name}({x:R}) is {exact:R}, found {found:R}, more than {limit:0.0e0} apart");
    }

    private static void Apply(ArrayView<float> x, ArrayView<float> y, int function)
    {
        int i = (Grid.IdxX * GpuGroup.Size) + Group.IdxX;
        if (i >= x.IntLength)
            return;

        float value = x[i];
        y[i] = function switch
        {
            0 => GpuMath.Exp(value),
            1 => GpuMath.Sigmoid(value),
            2 => GpuMath.Tanh(value),
            3 => GpuMath.Normal(value),
            4 => GpuMath.SiLU(value),
            5 => GpuMath.Gelu(value),
            6 => GpuMath.GeluTanh(value),
            7 => GpuMath.ReLU(value),
            _ => GpuMath.InverseSqrt((value < 0f ? -value : value) + 1e-6f),
        };
    }
}
