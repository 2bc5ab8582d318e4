using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Model.Gpu.g.cs: kernels with the declaration's constants, and the launches of a step in the order of the graph.</summary>
internal static class GpuEmitter
{
    private static readonly string[] Usings =
    [
        "System",
        "ILGPU",
        "ILGPU.Runtime",
        "Moe.Runtime.Checkpoints",
        "Moe.Runtime.Gpu.Devices",
        "Moe.Runtime.Gpu.Kernels",
        "Moe.Runtime.Gpu.Memory",
        "Moe.Runtime.Gpu.Models",
        "Moe.Runtime.Gpu.Weights",
        "Moe.Runtime.Memory",
        "Moe.Runtime.Models",
        "Moe.Runtime.Numerics",
        "Moe.Runtime.Weights",
    ];

    /// <summary>Emits the file from the fused graph.</summary>
    public static EmittedFile Emit(MoeArchitecture architecture, ModelGraph graph)
    {
        var program = new GpuProgram(architecture, graph);
        string passes = string.Join(", ", PassList.Passes.Select(pass => pass.Name));
        return FileHead.Write(
            architecture,
            "Gpu.",
            FileHead.Describe(architecture).Append("passes: " + passes),
            Usings,
            "",
            writer =>
            {
                Kernels(writer, program);
                writer.Line();
                GpuForwardClass.Write(writer, program);
            });
    }

    private static void Kernels(SourceWriter writer, GpuProgram program)
    {
        writer.Line("/// <summary>Kernels: groups of 64 work items, sizes constant. [tokens, width] values and [rows, columns] weights lie row after row.</summary>");
        writer.Line("[global::System.CodeDom.Compiler.GeneratedCode(\"Moe.Generators\", \"0.1.0\")]");
        using (writer.Open("private static class GpuKernels"))
        {
            program.EndWords.Write(writer);
            Each(writer, program.Embedding.Kernels.Concat(program.Head.Kernels));
            foreach (GpuScope block in program.Blocks)
            {
                writer.Line();
                writer.Line($"/// <summary>A layer of {block.Graph.Name}.</summary>");
                using (writer.Open($"internal static class {block.Graph.Name}Layer"))
                {
                    block.Words.Write(writer);
                    Each(writer, block.Kernels);
                }
            }

            program.Functions.Write(writer);
        }
    }

    private static void Each(SourceWriter writer, IEnumerable<GpuKernel> kernels)
    {
        foreach (GpuKernel kernel in kernels)
        {
            writer.Line();
            kernel.Write(writer);
        }
    }
}
