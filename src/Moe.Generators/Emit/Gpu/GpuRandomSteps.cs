using System.Collections.Generic;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>A random choice: the first slots of a Fisher-Yates shuffle whose draws every target makes alike.</summary>
internal static class GpuRandomSteps
{
    /// <summary>The layer, as parameter.</summary>
    public static readonly GpuParameter Layer = new("int", "layer", "layer");

    /// <summary>What the draws depend on.</summary>
    public static IEnumerable<GpuParameter> Context(SelectRandom op) => op.Scope switch
    {
        RandomScope.Token => [Layer, new GpuParameter("ArrayView<int>", "seeds", "batch.Requests.Seeds.View"), GpuScope.Positions],
        RandomScope.Sequence => [Layer, new GpuParameter("ArrayView<int>", "seeds", "batch.Requests.Seeds.View")],
        _ => [Layer, new GpuParameter("int", "step", "batch.Requests.Step")],
    };

    /// <summary>The statements: one work item shuffles as far as there are slots.</summary>
    public static void Write(SourceWriter writer, GpuScope scope, SelectRandom op)
    {
        string experts = scope.Words.Named(op.Experts, "Experts");
        string slots = GpuRouteSteps.Width(scope, op.Chosen);
        string seed = scope.Words.Integer("RouterSeed", op.Seed);
        string stream = op.Scope == RandomScope.Call ? "step" : "seeds[token]";
        string position = op.Scope == RandomScope.Token ? "positions[token]" : "0";
        writer.Line($"ArrayView<int> deck = SharedMemory.Allocate<int>({experts});");
        writer.Line($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)");
        using (writer.Indent())
            writer.Line("deck[expert] = expert;");
        writer.Line("Group.Barrier();");
        using (writer.Open("if (Group.IdxX == 0)"))
        using (writer.Open($"for (int slot = 0; slot < {slots}; slot++)"))
        {
            writer.Line($"uint draw = RoutingRandom.Draw(unchecked((uint){seed}), (uint)layer, (uint){stream}, (uint){position}, (uint)slot);");
            writer.Line($"int other = slot + RoutingRandom.Index(draw, {experts} - slot);");
            writer.Line("int expert = deck[other];");
            writer.Line("deck[other] = deck[slot];");
            writer.Line("deck[slot] = expert;");
            writer.Line($"{op.Chosen.Name}[slot] = expert;");
        }

        writer.Line();
    }
}
