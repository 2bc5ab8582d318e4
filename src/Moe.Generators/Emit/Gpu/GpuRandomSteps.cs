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

    /// <summary>
    /// The statements. Slot s exchanges with a slot from s on; whose expert that is follows from the earlier exchanges, so that
    /// nothing is moved and work items take slots in turn.
    /// </summary>
    public static void Write(SourceWriter writer, GpuScope scope, SelectRandom op)
    {
        string experts = scope.Words.Named(op.Experts, "Experts");
        string slots = GpuRouteSteps.Width(scope, op.Chosen);
        string seed = scope.Words.Integer("RouterSeed", op.Seed);
        string stream = op.Scope == RandomScope.Call ? "step" : "seeds[token]";
        string position = op.Scope == RandomScope.Token ? "positions[token]" : "0";
        writer.Line("// a shuffle in which each slot exchanges with one from itself on; then where each slot's expert stood, back to the start");
        writer.Line($"ArrayView<int> exchanged = SharedMemory.Allocate<int>({slots});");
        using (writer.Open($"for (int slot = Group.IdxX; slot < {slots}; slot += GpuGroup.Size)"))
        {
            writer.Line($"uint draw = RoutingRandom.Draw(unchecked((uint){seed}), (uint)layer, (uint){stream}, (uint){position}, (uint)slot);");
            writer.Line($"exchanged[slot] = slot + RoutingRandom.Index(draw, {experts} - slot);");
        }

        GpuRouteSteps.Meet(writer);
        using (writer.Open($"for (int slot = Group.IdxX; slot < {slots}; slot += GpuGroup.Size)"))
        {
            writer.Line("int expert = exchanged[slot];");
            writer.Line("for (int earlier = slot - 1; earlier >= 0; earlier--)");
            using (writer.Indent())
                writer.Line("expert = exchanged[earlier] == expert ? earlier : expert;");
            writer.Line($"{op.Chosen.Name}[slot] = expert;");
        }

        writer.Line();
    }
}
