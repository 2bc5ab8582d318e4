using System.Collections.Immutable;
using System.Linq;

namespace Moe.Generators.Emit.Gpu;

/// <summary>A parameter of a kernel and what a launch passes for it.</summary>
/// <param name="Type">Its C# type: a view or a primitive.</param>
/// <param name="Name">Its name in the kernel.</param>
/// <param name="Argument">The expression at the launch.</param>
internal sealed record GpuParameter(string Type, string Name, string Argument);

/// <summary>One kernel: method, grid, delegate and launch are all written from this.</summary>
/// <param name="Name">Its method's name.</param>
/// <param name="Formula">Its equation, in the words of the declaration.</param>
/// <param name="Cells">What a group and a work item compute.</param>
/// <param name="Grid">The grid as C#, from <c>tokens</c>.</param>
/// <param name="Rows">How many tokens a launch covers, as C#.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Body">Its statements.</param>
internal sealed record GpuKernel(
    string Name,
    string Formula,
    string Cells,
    string Grid,
    string Rows,
    ImmutableArray<GpuParameter> Parameters,
    string Body)
{
    /// <summary>Types that stand for stored formats, in the order in which they are declared.</summary>
    public static readonly ImmutableArray<string> FormatTypes = ImmutableArray.Create("TWeight", "TCache");

    /// <summary>The field that holds the loaded kernel.</summary>
    public string Field => "_" + CSharp.Camel(Name);

    /// <summary>"&lt;TWeight&gt;", or nothing.</summary>
    public string TypeArguments
    {
        get
        {
            string[] used = FormatTypes.Where(type => Parameters.Any(parameter => parameter.Type.Contains(type))).ToArray();
            return used.Length == 0 ? "" : "<" + string.Join(", ", used) + ">";
        }
    }

    /// <summary>The parameter types, separated by commas.</summary>
    public string ParameterTypes => string.Join(", ", Parameters.Select(parameter => parameter.Type));

    /// <summary>The constraint clauses of the given type arguments.</summary>
    public static string Constraints(string typeArguments) => string.Concat(FormatTypes
        .Where(type => typeArguments.Contains(type))
        .Select(type => $"\n    where {type} : unmanaged, IGpuElement<{type}>"));

    /// <summary>Writes grid and kernel.</summary>
    public void Write(SourceWriter writer)
    {
        writer.Line($"/// <summary>The grid of <see cref=\"{Name}\"/>.</summary>");
        string head = $"internal static KernelConfig {Name}Grid(int tokens) =>";
        if (head.Length + Grid.Length <= 130)
        {
            writer.Line($"{head} {Grid};");
        }
        else
        {
            writer.Line(head);
            using (writer.Indent())
                writer.Line(Grid + ";");
        }

        writer.Line();
        writer.Line($"/// <summary>{Xml(Formula)}</summary>");
        writer.Line($"/// <remarks>{Xml(Cells)}</remarks>");
        writer.Line($"internal static void {Name}{TypeArguments}(");
        using (writer.Indent())
        {
            for (int i = 0; i < Parameters.Length; i++)
                writer.Line($"{Parameters[i].Type} {Parameters[i].Name}{(i + 1 < Parameters.Length ? "," : ")" + Constraints(TypeArguments).Replace("\n    ", "\n"))}");
        }

        writer.Line("{");
        using (writer.Indent())
            writer.Line(Body);
        writer.Line("}");
    }

    /// <summary>Writes the launch.</summary>
    public void WriteLaunch(SourceWriter writer, string kernels)
    {
        string grid = $"{kernels}.{Name}Grid({Rows})";
        string line = $"{Field}({grid}, {string.Join(", ", Parameters.Select(parameter => parameter.Argument))});";
        if (line.Length <= 110)
        {
            writer.Line(line);
            return;
        }

        writer.Line(Field + "(");
        using (writer.Indent())
        {
            writer.Line(grid + ",");
            for (int i = 0; i < Parameters.Length; i++)
                writer.Line(Parameters[i].Argument + (i + 1 < Parameters.Length ? "," : ");"));
        }
    }

    /// <summary>A text inside XML documentation.</summary>
    public static string Xml(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}
