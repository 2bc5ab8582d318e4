using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using CsCheck;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Moe.Conformance.Tests.Families;
using Moe.Conformance.Tests.Golden;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Properties;
using Moe.Runtime.Gpu.Memory;
using Xunit.Abstractions;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>Every emitted kernel as PTX, compiled without a device: nothing unresolved, nothing approximate.</summary>
public class GpuPtxTests(ITestOutputHelper output)
{
    private const int DrawnModels = 8;

    /// <summary>Every checkpoint with expected outputs.</summary>
    public static TheoryData<string> Folders => GoldenCase.Folders();

    [Theory]
    [MemberData(nameof(Folders))]
    public void EmittedKernels_OfEachFamily_AreExactPtx(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        using CompiledAssembly assembly = CompiledAssembly.Compile([golden.Declaration.File("Golden")], seesGpu: true);
        output.WriteLine($"{golden.Name}: {Check(assembly.Model("Golden." + golden.ClassName).Type)} kernels");
    }

    [Theory]
    [MemberData(nameof(RoutingModels.Names), MemberType = typeof(RoutingModels))]
    public void EmittedKernels_OfEveryRoutingChoice_AreExactPtx(string name)
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([RoutingModels.Of(name)], seesGpu: true);
        output.WriteLine($"{name}: {Check(assembly.Model(name + ".Model").Type)} kernels");
    }

    // Tables of both lists in turn, and the lengths that decide between them.
    [Fact]
    public void EmittedKernels_OfARotationByLength_AreExactPtx()
    {
        using var family = new FamilyCase("phimoe-long");
        string source = family.Declaration.File("Families");
        Assert.Contains("RotarySwitch.ByLength", source, StringComparison.Ordinal);
        using CompiledAssembly assembly = CompiledAssembly.Compile([source], seesGpu: true);
        output.WriteLine($"{Check(assembly.Model("Families." + family.ClassName).Type)} kernels");
    }

    [Fact]
    public void EmittedKernels_OfRandomModels_AreExactPtx()
    {
        var draw = new PCG(1, 11);
        DrawnModel[] models = [.. Enumerable.Range(0, DrawnModels).Select(_ => ModelGen.Model.Generate(draw, null, out Size _))];
        using CompiledAssembly assembly = CompiledAssembly.Compile(models.Select((model, index) => model.Source("Drawn" + index)), seesGpu: true);
        output.WriteLine($"{models.Select((_, index) => Check(assembly.Model($"Drawn{index}.Model").Type)).Sum()} kernels");
    }

    private static int Check(Type model)
    {
        using Context context = Context.Create(builder => builder.Optimize(OptimizationLevel.O1));
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_80, null!);
        int count = 0;
        foreach (MethodInfo kernel in new[] { typeof(GpuF32), typeof(GpuBF16) }.SelectMany(stored => GpuKernelMethods.Of(model, stored)).Distinct())
        {
            var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default);
            string text = compiled.PTXAssembly;
            Assert.Contains(".entry", text, StringComparison.Ordinal);
            string[] wrong = [.. text.Split('\n').Where(line => line.Contains(".extern .func", StringComparison.Ordinal) || line.Contains(".approx", StringComparison.Ordinal))];
            Assert.True(wrong.Length == 0, $"{kernel.DeclaringType!.Name}.{kernel.Name}: {string.Join(" | ", wrong)}");
            count++;
        }

        Assert.True(count > 10, $"{model} has only {count} kernels");
        return count;
    }
}
