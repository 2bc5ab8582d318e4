using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>A field of the packed weights: its type, what it is, and the expression that loads it.</summary>
internal sealed record CpuWeightField(string Name, string Type, string Summary, string Load)
{
    /// <summary>One for the whole model, whatever layer reads it.</summary>
    public bool IsShared { get; init; }
}

/// <summary>How the weights of a graph lie in memory on the CPU, derived from its operations.</summary>
internal static class CpuWeights
{
    /// <summary>The packed matrix of several maps, named after their roles.</summary>
    public static string FieldOf(Project op) => string.Concat(op.Maps.Select(map => map.Weight.Role));

    /// <summary>The packed matrix of interleaved gate and up rows.</summary>
    public static string FieldOf(GateUp op) => op.Gate.Weight.Role + "Up";

    /// <summary>The packed matrices of the experts' interleaved gate and up rows.</summary>
    public static string FieldOf(ExpertGateUp op) => op.Gate.Weight.Role + "Up";

    /// <summary>Panels of 8 gate and 8 up rows.</summary>
    public static int GateUpPanels(int width) => (width + 7) / 8;

    /// <summary>All fields of a graph, in order of use.</summary>
    /// <param name="graph">A fused graph.</param>
    /// <param name="places">Where its weights lie in a checkpoint.</param>
    public static IEnumerable<CpuWeightField> Fields(Graph graph, WeightPlaces places) =>
        graph.Ops.SelectMany(op => op is Route route ? route.Parts : [op]).SelectMany(op => Fields(op, places)).Distinct();

    /// <summary>The fields of one operation.</summary>
    /// <param name="op">The operation.</param>
    /// <param name="places">Where its weights lie in a checkpoint.</param>
    public static IEnumerable<CpuWeightField> Fields(Op op, WeightPlaces places)
    {
        string Role(Weight weight) => places.RoleOf(weight);
        string Name(Weight weight) => places.Expression(weight);
        string Each(Weight weight) => "expert => " + Name(weight);
        CpuWeightField Vector(Weight weight) => new(
            weight.Role, "PackedVector", $"[{weight.Rows}]", $"load.Vector({Name(weight)}, {weight.Rows})") { IsShared = weight.IsShared };

        switch (op)
        {
            case Norm norm:
                if (norm.Weight is { } normWeight)
                    yield return Vector(normWeight);
                if (norm.Bias is { } normBias)
                    yield return Vector(normBias);
                break;

            case Linear linear:
                yield return Matrix(linear);
                if (linear.Bias is { } bias)
                    yield return Vector(bias);
                break;

            case LinearAdd add:
                foreach (CpuWeightField field in Fields(add.Linear, places))
                    yield return field;
                break;

            case Project project:
                Linear[] maps = project.Maps.ToArray();
                int columns = maps[0].Input.Width;
                int rows = maps.Sum(map => map.Output.Width);
                string roles = string.Join(", ", maps.Select(map => map.Weight.Role));
                yield return new CpuWeightField(
                    FieldOf(project),
                    "PackedMatrix",
                    $"[{rows} x {columns}]: {roles}, one below the other",
                    $"load.Stack({Role(maps[0].Weight)}, {columns}, {string.Join(", ", maps.Select(map => $"({Name(map.Weight)}, {map.Output.Width})"))})");
                if (maps.Any(map => map.Bias is not null))
                {
                    yield return new CpuWeightField(
                        FieldOf(project) + "Bias",
                        "PackedVector",
                        $"[{rows}]: the biases of {roles}, 0 where there is none",
                        $"load.StackVectors({string.Join(", ", maps.Select(map => $"({(map.Bias is { } part ? Name(part) : "null")}, {map.Output.Width})"))})");
                }

                break;

            case GateUp gateUp:
                yield return new CpuWeightField(
                    FieldOf(gateUp),
                    "PackedMatrix",
                    $"{gateUp.Gate.Weight.Role} and {gateUp.Up.Weight.Role} [{gateUp.Output.Width} x {gateUp.Gate.Input.Width}], 8 rows of each in turn",
                    $"load.GateUp({Role(gateUp.Gate.Weight)}, {Name(gateUp.Gate.Weight)}, {Name(gateUp.Up.Weight)}, {gateUp.Output.Width}, {gateUp.Gate.Input.Width})");
                if (gateUp.Gate.Bias is { } gateBias && gateUp.Up.Bias is { } upBias)
                {
                    yield return new CpuWeightField(
                        FieldOf(gateUp) + "Bias",
                        "PackedVector",
                        $"{gateBias.Role} and {upBias.Role} [{gateUp.Output.Width}], 8 of each in turn",
                        $"load.GateUpVector({Name(gateBias)}, {Name(upBias)}, {gateUp.Output.Width})");
                }

                break;

            case UpActivate up:
                foreach (CpuWeightField field in Fields(up.Up, places))
                    yield return field;
                break;

            case Attend { Sinks: { } sinks }:
                yield return Vector(sinks);
                break;

            case AttendLatent attend:
                int stride = attend.HeadSize + attend.ValueHeadSize;
                yield return new CpuWeightField(
                    "KeyUp",
                    "PackedMatrix",
                    $"the key rows of KeyValueUp, transposed: {attend.Heads} x [{attend.KeyValueRank} x {attend.HeadSize}]",
                    $"load.HeadsTransposed({Role(attend.KeyValueUp)}, {Name(attend.KeyValueUp)}, {attend.Heads}, {stride}, 0, {attend.HeadSize}, {attend.KeyValueRank})");
                yield return new CpuWeightField(
                    "ValueUp",
                    "PackedMatrix",
                    $"the value rows of KeyValueUp: {attend.Heads} x [{attend.ValueHeadSize} x {attend.KeyValueRank}]",
                    $"load.Heads({Role(attend.KeyValueUp)}, {Name(attend.KeyValueUp)}, {attend.Heads}, {stride}, {attend.HeadSize}, {attend.ValueHeadSize}, {attend.KeyValueRank})");
                break;

            case AddBias bias2:
                yield return Vector(bias2.Bias);
                break;

            case MultiplyBy multiply:
                yield return Vector(multiply.Factor);
                break;

            case DivideByTemperature divide:
                yield return Vector(divide.Temperature);
                break;

            case Constant constant:
                yield return Vector(constant.Vector);
                break;

            case TreeScore { Permutation: { } permutation }:
                yield return Indices(permutation);
                break;

            case SelectFromTable select:
                yield return Indices(select.Table);
                break;

            case Similarity similarity:
                yield return VectorRows(similarity.Vectors);
                if (similarity.Temperature is { } temperature)
                    yield return Vector(temperature);
                break;

            case TaggedLinear tagged:
                yield return VectorRows(tagged.Weight);
                if (tagged.Bias is { } tagBias)
                    yield return ExpertVectors(tagBias);
                break;

            case SparsityLogits sparsity:
                foreach (string statistic in new[] { "Mean", "Variance" })
                {
                    yield return new CpuWeightField(
                        sparsity.Up.Role + statistic,
                        "PackedVector",
                        $"{sparsity.Up.Experts} x [{sparsity.Up.Columns}]: {statistic.ToLowerInvariant()} of the rows of {sparsity.Up.Role}",
                        $"load.Row{statistic}s({sparsity.Up.Experts}, {Each(sparsity.Up)}, {sparsity.Up.Rows}, {sparsity.Up.Columns})");
                }

                break;

            case CombineConstants constants:
                yield return VectorRows(constants.Mix);
                yield return ExpertVectors(constants.Vector);
                break;

            case ExpertLinear expertLinear:
                foreach (CpuWeightField field in Expert(expertLinear, places))
                    yield return field;
                break;

            case SlotLinear slotLinear:
                yield return new CpuWeightField(
                    slotLinear.Weight.Role,
                    "PackedMatrix",
                    $"[{slotLinear.Output.Width} x {slotLinear.Input.Width}]",
                    $"load.Matrix({Role(slotLinear.Weight)}, {Name(slotLinear.Weight)}, {slotLinear.Output.Width}, {slotLinear.Input.Width})");
                if (slotLinear.Bias is { } slotBias)
                    yield return Vector(slotBias);
                break;

            case ExpertGateUp gateUp:
                int experts = gateUp.Gate.Weight.Experts;
                yield return new CpuWeightField(
                    FieldOf(gateUp),
                    "PackedMatrix",
                    $"{experts} x {gateUp.Gate.Weight.Role} and {gateUp.Up.Weight.Role} [{gateUp.Output.Width} x {gateUp.Gate.Input.Width}], 8 rows of each in turn",
                    $"load.ExpertGateUp({Role(gateUp.Gate.Weight)}, {experts}, {Each(gateUp.Gate.Weight)}, {Each(gateUp.Up.Weight)}, {gateUp.Output.Width}, {gateUp.Gate.Input.Width})");
                if (gateUp.Gate.Bias is { } expertGateBias && gateUp.Up.Bias is { } expertUpBias)
                {
                    yield return new CpuWeightField(
                        FieldOf(gateUp) + "Bias",
                        "PackedVector",
                        $"{experts} x {expertGateBias.Role} and {expertUpBias.Role} [{gateUp.Output.Width}], 8 of each in turn",
                        $"load.ExpertGateUpVectors({experts}, {Each(expertGateBias)}, {Each(expertUpBias)}, {gateUp.Output.Width})");
                }

                break;

            case ExpertUpActivate up:
                foreach (CpuWeightField field in Expert(up.Up, places))
                    yield return field;
                break;

            case ExpertDownCombine down:
                foreach (CpuWeightField field in Expert(down.Down, places))
                    yield return field;
                break;
        }

        CpuWeightField Matrix(Linear linear) => new(
            linear.Weight.Role,
            "PackedMatrix",
            $"[{linear.Output.Width} x {linear.Input.Width}]",
            $"load.Matrix({Role(linear.Weight)}, {Name(linear.Weight)}, {linear.Output.Width}, {linear.Input.Width})") { IsShared = linear.Weight.IsShared };

        CpuWeightField Indices(Weight weight) => new(
            weight.Role, "PackedIndices", $"[{weight.Rows} x {weight.Columns}], indices below {weight.Bound}", $"load.Indices({Name(weight)}, {weight.Rows}, {weight.Columns}, {weight.Bound})");

        CpuWeightField VectorRows(Weight weight) => weight.Experts > 0
            ? new(weight.Role, "PackedVector", $"{weight.Experts} x {weight.Rows} x [{weight.Columns}]", $"load.ExpertVectorRows({weight.Experts}, {Each(weight)}, {weight.Rows}, {weight.Columns})")
            : new(weight.Role, "PackedVector", $"{weight.Rows} x [{weight.Columns}]", $"load.VectorRows({Name(weight)}, {weight.Rows}, {weight.Columns})");

        CpuWeightField ExpertVectors(Weight weight) => new(
            weight.Role, "PackedVector", $"{weight.Experts} x [{weight.Rows}]", $"load.ExpertVectors({weight.Experts}, {Each(weight)}, {weight.Rows})");
    }

    private static IEnumerable<CpuWeightField> Expert(ExpertLinear linear, WeightPlaces places)
    {
        int experts = linear.Weight.Experts;
        yield return new CpuWeightField(
            linear.Weight.Role,
            "PackedMatrix",
            $"{experts} x [{linear.Output.Width} x {linear.Input.Width}]",
            $"load.Experts({places.RoleOf(linear.Weight)}, {experts}, expert => {places.Expression(linear.Weight)}, {linear.Output.Width}, {linear.Input.Width})");
        if (linear.Bias is { } bias)
        {
            yield return new CpuWeightField(
                bias.Role,
                "PackedVector",
                $"{experts} x [{bias.Rows}]",
                $"load.ExpertVectors({experts}, expert => {places.Expression(bias)}, {bias.Rows})");
        }
    }
}
