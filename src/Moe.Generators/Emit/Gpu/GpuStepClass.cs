using System.Collections.Generic;
using System.Linq;

namespace Moe.Generators.Emit.Gpu;

/// <summary>The class that loads a graph's kernels once and launches them in its order.</summary>
internal static class GpuStepClass
{
    /// <summary>A method of the class: its signature and the statements in it.</summary>
    /// <param name="Summary">What it does.</param>
    /// <param name="Head">Its signature.</param>
    /// <param name="Body">Writes its statements.</param>
    internal sealed record Method(string Summary, string Head, System.Action<SourceWriter> Body);

    /// <summary>Writes the class.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it is.</param>
    /// <param name="kernelClass">Where its kernels are, as C#.</param>
    /// <param name="kernels">Its kernels.</param>
    /// <param name="hasRotary">It takes a table of rotations.</param>
    /// <param name="typeArguments">Stored formats that it is generic over.</param>
    /// <param name="methods">Its methods.</param>
    public static void Write(
        SourceWriter writer,
        string name,
        string summary,
        string kernelClass,
        IReadOnlyList<GpuKernel> kernels,
        bool hasRotary,
        string typeArguments,
        IEnumerable<Method> methods)
    {
        writer.Line($"/// <summary>{summary}</summary>");
        using (writer.Open($"private sealed class {name}{typeArguments}(Accelerator accelerator{(hasRotary ? ", GpuRotaryTable rotary" : "")}){GpuKernel.Constraints(typeArguments)}"))
        {
            foreach (GpuKernel kernel in kernels)
            {
                writer.Line($"private readonly Action<KernelConfig, {kernel.ParameterTypes}> {kernel.Field} =");
                using (writer.Indent())
                {
                    writer.Line($"accelerator.LoadStreamKernel<{kernel.ParameterTypes}>(");
                    using (writer.Indent())
                        writer.Line($"{kernelClass}.{kernel.Name}{kernel.TypeArguments});");
                }

                writer.Line();
            }

            bool isFirst = true;
            foreach (Method method in methods)
            {
                if (!isFirst)
                    writer.Line();
                isFirst = false;
                writer.Line($"/// <summary>{method.Summary}</summary>");
                using (writer.Open(method.Head))
                    method.Body(writer);
            }
        }
    }
}
