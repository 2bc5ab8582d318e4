using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;

namespace Moe.Conformance.Tests.Gpu;

/// <summary>The kernels of an emitted model, with a type for each stored format.</summary>
internal static class GpuKernelMethods
{
    /// <summary>Every kernel, generic ones filled in.</summary>
    /// <param name="model">The emitted class.</param>
    /// <param name="stored">How weights and caches are stored.</param>
    public static IEnumerable<MethodInfo> Of(Type model, Type stored)
    {
        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        Type kernels = model.GetNestedType("GpuKernels", BindingFlags.NonPublic) ?? throw new InvalidOperationException($"{model} has no GpuKernels.");
        return kernels.GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public)
            .Prepend(kernels)
            .SelectMany(type => type.GetMethods(Static))
            .Where(method => method.ReturnType == typeof(void))
            .Select(method => method.IsGenericMethodDefinition
                ? method.MakeGenericMethod([.. method.GetGenericArguments().Select(_ => stored)])
                : method);
    }
}
