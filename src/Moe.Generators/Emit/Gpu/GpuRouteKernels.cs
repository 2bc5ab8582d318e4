using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>
/// Any run of routing steps over one token's row, from logits to chosen experts and their weights: one kernel, a group a
/// token, every value in shared memory.
/// </summary>
internal static class GpuRouteKernels
{
    /// <summary>The launch; where the choice is observed, a second one goes on from the choice that came back.</summary>
    public static void Route(GpuScope scope, Route op) => Lower(scope, op.Parts, op.Leaving);

    /// <summary>One step that no run took in.</summary>
    public static void Single(GpuScope scope, Op op) => Lower(scope, [op], op.Outputs);

    /// <summary>What a token's row of the value is called where all rows lie.</summary>
    public static string RowsOf(Value value) => value.Name + "Rows";

    private static void Lower(GpuScope scope, ImmutableArray<Op> parts, ImmutableArray<Value> leaving)
    {
        Value[] entering = Entering(parts);
        Value? mutable = scope.Graph.Taps.Where(tap => tap.Kind == TapKind.Selected).Select(tap => tap.Value).FirstOrDefault(leaving.Contains);
        IEnumerable<GpuParameter> parameters = entering.Select(value => Rows(scope, value))
            .Concat(parts.SelectMany(part => part.Weights).Distinct().Select(scope.Of))
            .Concat(parts.SelectMany(part => GpuRouteSteps.Context(scope, part)).Distinct())
            .Concat(leaving.Select(value => Rows(scope, value)));
        if (mutable is not null)
            parameters = parameters.Append(new GpuParameter("int", "isForced", "0"));

        bool chooses = parts.Any(part => part.Outputs.Any(value => value.Kind == ElementKind.Index));
        GpuKernel kernel = scope.Kernel(
            parts.Any(part => part.Outputs.Any(value => value.Name == AttentionExpertGraph.Chosen)) ? "RouteAttention" : chooses ? "Route" : CSharp.Pascal(leaving[leaving.Length - 1].Name),
            string.Join("; ", parts.Select(part => GpuRouteSteps.Equation(scope, part))),
            "A group a token, experts or slots in turn." + (mutable is null ? "" : $" Where isForced is 1, {mutable.Name} is read instead of found."),
            "GpuGroup.Grid(tokens)",
            parameters,
            writer => Body(writer, scope, parts, entering, leaving, mutable));

        SourceWriter launches = scope.Launches;
        scope.Remark(kernel.Formula, GpuScope.Shape(leaving[leaving.Length - 1]));
        kernel.WriteLaunch(launches, scope.KernelClass);
        if (mutable is null)
            return;

        using (launches.Open("if (TObserver.IsEnabled)"))
        {
            foreach (Tap tap in scope.Graph.Taps.Where(tap => tap.Kind != TapKind.Routed && leaving.Contains(tap.Value)))
                GpuTaps.Show(launches, scope, tap);
            GpuKernel again = kernel with { Parameters = kernel.Parameters.Replace(kernel.Parameters.Last(), new GpuParameter("int", "isForced", "1")) };
            again.WriteLaunch(launches, scope.KernelClass);
            foreach (Tap tap in scope.Graph.Taps.Where(tap => tap.Kind != TapKind.Routed && leaving.Contains(tap.Value)))
                scope.Shown.Add(tap);
        }
    }

    private static GpuParameter Rows(GpuScope scope, Value value) => scope.Of(value) with { Name = RowsOf(value) };

    // Rows that steps read; ids and what only says how many rows there are are no rows.
    private static Value[] Entering(ImmutableArray<Op> parts)
    {
        var written = new HashSet<Value>(parts.SelectMany(part => part.Outputs));
        return parts.SelectMany(part => part is SelectRandom or SelectFromTable ? Enumerable.Empty<Value>() : part.Inputs)
            .Where(value => !written.Contains(value))
            .Distinct()
            .ToArray();
    }

    private static void Body(
        SourceWriter writer, GpuScope scope, ImmutableArray<Op> parts, Value[] entering, ImmutableArray<Value> leaving, Value? mutable)
    {
        writer.Line("int token = Grid.IdxX;");
        foreach (Value value in entering.Concat(parts.SelectMany(part => part.Outputs)))
        {
            string type = value.Kind == ElementKind.Index ? "int" : "float";
            writer.Line($"ArrayView<{type}> {value.Name} = SharedMemory.Allocate<{type}>({GpuRouteSteps.Width(scope, value)});");
        }

        writer.Line();
        foreach (Value value in entering)
            GpuRouteSteps.Each(writer, scope, value, "i", $"{value.Name}[i] = {RowsOf(value)}{Cell(scope, value)};");
        if (entering.Length > 0)
            GpuRouteSteps.Meet(writer);

        foreach (Op part in parts)
        {
            writer.Line("// " + GpuRouteSteps.Equation(scope, part));
            GpuRouteSteps.Write(writer, scope, part);
            GpuRouteSteps.Meet(writer);
            if (mutable is not null && part.Outputs.Contains(mutable))
                Force(writer, scope, mutable, part as SparseMixer);
        }

        foreach (Value value in leaving)
            GpuRouteSteps.Each(writer, scope, value, "i", $"{RowsOf(value)}{Cell(scope, value)} = {value.Name}[i];");
    }

    private static void Force(SourceWriter writer, GpuScope scope, Value chosen, SparseMixer? mixer)
    {
        writer.Line($"// where isForced is 1, {chosen.Name} is given");
        using (writer.Open("if (isForced == 1)"))
            GpuRouteSteps.Each(writer, scope, chosen, "i", $"{chosen.Name}[i] = {RowsOf(chosen)}{Cell(scope, chosen)};");
        GpuRouteSteps.Meet(writer);
        if (mixer is null)
            return;

        GpuRouteSteps.MixerWeights(writer, scope, mixer);
        GpuRouteSteps.Meet(writer);
    }

    private static string Cell(GpuScope scope, Value value) => $"[((long)token * {GpuRouteSteps.Width(scope, value)}) + i]";
}
