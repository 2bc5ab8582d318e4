using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>The class that holds a graph's weights on the device, and the statements that read them.</summary>
internal static class GpuWeightClass
{
    /// <summary>Writes the class.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What it holds.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="places">Where they lie in a checkpoint.</param>
    /// <param name="hasLayer">Its names contain the layer.</param>
    public static void Write(
        SourceWriter writer, string name, string summary, IReadOnlyCollection<Weight> weights, WeightPlaces places, bool hasLayer)
    {
        writer.Line($"/// <summary>{summary}</summary>");
        using (writer.Open($"private sealed class {name}<TWeight>{GpuKernel.Constraints("TWeight")}"))
        {
            foreach (Weight weight in weights)
                writer.Line(CSharp.WithRemark($"internal readonly GpuBuffer<{Element(weight)}> {weight.Role};", "// " + Shape(weight)));
            writer.Line();
            using (writer.Open($"internal {name}(GpuWeightReader read{(hasLayer ? ", int layer" : "")})"))
            {
                foreach (Weight weight in weights)
                    Read(writer, weight, places);
            }
        }
    }

    private static void Read(SourceWriter writer, Weight weight, WeightPlaces places)
    {
        string name = places.Expression(weight);
        string sizes = weight.IsVector ? $"{weight.Rows}" : $"{weight.Rows}, {weight.Columns}";
        if (weight.Experts == 0)
        {
            writer.Line(weight.IsVector
                ? $"{weight.Role} = read.Vector({name}, {sizes});"
                : $"{weight.Role} = read.Matrix<TWeight>({name}, {sizes});");
            return;
        }

        string all = CSharp.NameExpression(places.PlaceOf(weight).Pattern.Replace("{expert}", "*"));
        writer.Line();
        writer.Line($"{weight.Role} = read.Reserve<{Element(weight)}>({all}, {weight.Experts}, {weight.Rows}, {weight.Columns});");
        writer.Line($"for (int expert = 0; expert < {weight.Experts}; expert++)");
        using (writer.Indent())
            writer.Line($"read.Read({name}, {weight.Role}, expert, {sizes});");
    }

    private static string Element(Weight weight) => weight.IsVector ? "float" : "TWeight";

    private static string Shape(Weight weight)
    {
        string experts = weight.Experts > 0 ? weight.Experts + " x " : "";
        return weight.IsVector ? $"[{experts}{weight.Rows}]" : $"[{experts}{weight.Rows} x {weight.Columns}]";
    }
}
