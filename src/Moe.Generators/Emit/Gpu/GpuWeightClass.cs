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
    /// <param name="moments">Of which ones the mean and the variance over rows are held as well.</param>
    /// <param name="places">Where they lie in a checkpoint.</param>
    /// <param name="hasLayer">Its names contain the layer.</param>
    public static void Write(
        SourceWriter writer,
        string name,
        string summary,
        IReadOnlyCollection<Weight> weights,
        IReadOnlyCollection<Weight> moments,
        WeightPlaces places,
        bool hasLayer)
    {
        string shared = hasLayer && weights.Any(weight => weight.IsShared) ? ", EndWeights<TWeight> shared" : "";
        writer.Line($"/// <summary>{summary}</summary>");
        using (writer.Open($"private sealed class {name}<TWeight>{GpuKernel.Constraints("TWeight")}"))
        {
            foreach (Weight weight in weights)
                writer.Line(CSharp.WithRemark($"internal readonly GpuBuffer<{GpuScope.ElementOf(weight)}> {weight.Role};", "// " + Shape(weight)));
            foreach (Weight weight in moments)
            {
                writer.Line(CSharp.WithRemark($"internal readonly GpuBuffer<float> {weight.Role}Mean;", $"// [{weight.Experts} x {weight.Columns}], over rows"));
                writer.Line(CSharp.WithRemark($"internal readonly GpuBuffer<float> {weight.Role}Variance;", $"// [{weight.Experts} x {weight.Columns}], over rows"));
            }

            writer.Line();
            using (writer.Open($"internal {name}(GpuWeightReader read{(hasLayer ? ", int layer" : "")}{shared})"))
            {
                foreach (Weight weight in weights)
                {
                    if (hasLayer && weight.IsShared)
                        writer.Line($"{weight.Role} = shared.{weight.Role};");
                    else
                        Read(writer, weight, places);
                }

                foreach (Weight weight in moments)
                    Moments(writer, weight, places);
            }
        }
    }

    private static void Read(SourceWriter writer, Weight weight, WeightPlaces places)
    {
        string name = places.Expression(weight);
        if (weight.Kind == WeightKind.Indices)
        {
            writer.Line($"{weight.Role} = read.Indices({name}, {weight.Rows}, {weight.Columns}, {weight.Bound});");
            return;
        }

        // What does not multiply as a matrix is read as one run of numbers.
        string sizes = weight.IsMatrix ? $"{weight.Rows}, {weight.Columns}" : $"{checked(weight.Rows * weight.Columns)}";
        if (weight.Experts == 0)
        {
            writer.Line(weight.IsMatrix
                ? $"{weight.Role} = read.Matrix<TWeight>({name}, {sizes});"
                : $"{weight.Role} = read.Vector({name}, {sizes});");
            return;
        }

        string all = CSharp.NameExpression(places.PlaceOf(weight).Pattern.Replace("{expert}", "*"));
        writer.Line();
        writer.Line($"{weight.Role} = read.Reserve<{GpuScope.ElementOf(weight)}>({all}, {weight.Experts}, {weight.Rows}, {weight.Columns});");
        writer.Line($"for (int expert = 0; expert < {weight.Experts}; expert++)");
        using (writer.Indent())
            writer.Line($"read.Read({name}, {weight.Role}, expert, {sizes});");
    }

    private static void Moments(SourceWriter writer, Weight weight, WeightPlaces places)
    {
        writer.Line();
        writer.Line($"{weight.Role}Mean = read.Reserve<float>(\"mean of {weight.Role}\", {weight.Experts}, 1, {weight.Columns});");
        writer.Line($"{weight.Role}Variance = read.Reserve<float>(\"variance of {weight.Role}\", {weight.Experts}, 1, {weight.Columns});");
        writer.Line($"for (int expert = 0; expert < {weight.Experts}; expert++)");
        using (writer.Indent())
            writer.Line($"read.Moments({places.Expression(weight)}, {weight.Role}Mean, {weight.Role}Variance, expert, {weight.Rows}, {weight.Columns});");
    }

    private static string Shape(Weight weight)
    {
        string experts = weight.Experts > 0 ? weight.Experts + " x " : "";
        return weight.IsVector ? $"[{experts}{weight.Rows}]" : $"[{experts}{weight.Rows} x {weight.Columns}]";
    }
}
