using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit;

/// <summary>A tensor that a checkpoint must hold.</summary>
/// <param name="Place">Its name, and how it is laid out.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Experts">Experts that each have one of their own; 0 where there is one for the layer.</param>
/// <param name="Bound">Of indices: every index is below it.</param>
internal sealed record TensorNeed(TensorPlace Place, IReadOnlyList<int> Shape, WeightKind Kind, int Experts, int Bound);

/// <summary>Which part of which tensor a weight is, numbers in place: the members of the runtime's TensorPart.</summary>
internal sealed record WeightPart(TensorPlace Place, int MatrixRows, int FirstRow, int GroupRows, int GroupStride);

/// <summary>Where the weights of one graph lie in the model's checkpoints.</summary>
/// <param name="architecture">The model.</param>
/// <param name="graph">Embedding, block or head; before or after fusion.</param>
internal sealed class WeightPlaces(MoeArchitecture architecture, Graph graph)
{
    /// <summary>What a weight belongs to, as C#.</summary>
    public string RoleOf(Weight weight) => $"{nameof(TensorRole)}.{graph.Roles[weight.Role]}";

    /// <summary>Where a weight lies.</summary>
    public TensorPlace PlaceOf(Weight weight)
    {
        BlockArchitecture? block = architecture.Blocks.FirstOrDefault(block => block.Name == graph.Name);
        foreach ((string role, TensorPlace place) in (block?.TensorNames ?? architecture.TensorNames))
        {
            if (role == weight.Role)
                return place;
        }

        // A family may call a weight otherwise in its layers of linear attention.
        TensorTable table = Families.FamilyList.Of(architecture.Layout).Tensors;
        string linear = TensorTable.LinearAttention + weight.Role;
        TensorPlace usual = table.Of(block?.Attention is LinearAttention && table.Has(linear) ? linear : weight.Role, weight.Experts > 0);

        // One for the whole model, although its role belongs to a layer: a shared cell, a router of all layers.
        if (block is null || weight.IsShared)
            usual = usual with { Pattern = usual.Pattern.Replace("layers.{layer}.", "") };

        // A layer that stands alone names its tensors behind a prefix of the caller's.
        if (architecture.Standalone is not null)
            usual = usual with { Pattern = Alone(usual.Pattern) };

        // One for each tag stands where an expert's number stands.
        return weight.Experts > 0 && weight.Slice == WeightSlice.None && !usual.Stacked && usual.Pattern.IndexOf("{expert}", StringComparison.Ordinal) < 0
            ? usual with { Pattern = usual.Pattern.Insert(usual.Pattern.LastIndexOf('.'), ".{expert}") }
            : usual;
    }

    private static string Alone(string pattern)
    {
        foreach (string start in new[] { "model.layers.{layer}.", "model.", "mlp." })
        {
            if (pattern.StartsWith(start, StringComparison.Ordinal))
                pattern = pattern.Substring(start.Length);
        }

        return pattern.Replace("post_attention_layernorm", "norm");
    }

    /// <summary>Which part of its tensor a weight is.</summary>
    public WeightPart PartOf(Weight weight)
    {
        TensorPlace place = PlaceOf(weight);
        Weight[] parts = Parts(place, weight);
        int total = parts.Sum(part => part.WholeRows);
        int matrixRows = place.Stacked || place.Transposed ? total : 0;
        if (parts.Length == 1)
            return new WeightPart(place, matrixRows, 0, 0, 0);

        int index = Array.IndexOf(parts, weight);
        int before = parts.Take(index).Sum(part => part.WholeRows);
        switch (place.Order)
        {
            case FusedRows.Interleaved:
                return new WeightPart(place, matrixRows, index, 1, parts.Length);
            case FusedRows.PerHead:
                int heads = Heads();
                return new WeightPart(place, matrixRows, before / heads, weight.Rows / heads, total / heads);
            default:
                return new WeightPart(place, matrixRows, before, 0, 0);
        }
    }

    /// <summary>A weight's place as C#: its name where it is a whole tensor, else a TensorPart.</summary>
    public string Expression(Weight weight)
    {
        WeightPart part = PartOf(weight);
        string name = CSharp.NameExpression(part.Place.Pattern);
        var members = new StringBuilder();
        if (part.Place.Stacked && weight.Experts > 0)
            Add("Matrix", "expert");
        if (part.MatrixRows > 0)
            Add("MatrixRows", part.MatrixRows.ToString());
        if (part.Place.Transposed && !weight.IsVector)
            Add("Transposed", "true");
        if (weight.Slice == WeightSlice.Rows)
        {
            string first = $"expert * {checked(weight.Rows * Math.Max(1, part.GroupStride))}";
            Add("FirstRow", part.FirstRow > 0 ? $"{part.FirstRow} + ({first})" : first);
        }
        else if (part.FirstRow > 0)
        {
            Add("FirstRow", part.FirstRow.ToString());
        }

        if (part.GroupRows > 0)
        {
            Add("GroupRows", part.GroupRows.ToString());
            Add("GroupStride", part.GroupStride.ToString());
        }

        if (weight.Slice == WeightSlice.Columns)
        {
            Add("MatrixColumns", weight.WholeColumns.ToString());
            Add("FirstColumn", $"expert * {weight.Columns}");
        }

        if (part.Place.Microscaled)
            Add("Microscaled", "true");
        return members.Length == 0 ? name : $"new TensorPart({name}) {{ {members} }}";

        void Add(string member, string value) => members.Append(members.Length == 0 ? "" : ", ").Append(member).Append(" = ").Append(value);
    }

    /// <summary>Every tensor of the graph, once.</summary>
    /// <param name="isShared">Those that the whole model has once; else the others.</param>
    public IEnumerable<TensorNeed> Needs(bool isShared = false)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (Weight weight in graph.Weights.Where(weight => weight.IsShared == isShared))
        {
            TensorPlace place = PlaceOf(weight);
            if (seen.Add(place.Pattern))
                yield return new TensorNeed(place, Shape(place, weight), weight.Kind, place.Stacked || weight.Slice != WeightSlice.None ? 0 : weight.Experts, weight.Bound);
        }
    }

    private int[] Shape(TensorPlace place, Weight weight)
    {
        int rows = Parts(place, weight).Sum(part => part.WholeRows);
        var shape = new List<int>();
        if (place.Stacked && !place.StackedInRows)
            shape.Add(weight.Experts);
        if (place.LeadingOne)
            shape.Add(1);
        shape.Add(rows);
        if (!weight.IsVector)
            shape.Insert(place.Transposed ? shape.Count - 1 : shape.Count, weight.WholeColumns);
        if (place.StackedInRows)
            shape[0] = checked(shape[0] * weight.Experts);
        return shape.ToArray();
    }

    private Weight[] Parts(TensorPlace place, Weight weight) => place.Roles.Count == 0
        ? [weight]
        : place.Roles.Select(role => graph.Weights.FirstOrDefault(other => other.Role == role)).OfType<Weight>().ToArray();

    private int Heads() => architecture.Blocks.First(block => block.Name == graph.Name).Attention.Heads;
}
