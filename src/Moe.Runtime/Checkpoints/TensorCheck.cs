using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace Moe.Runtime.Checkpoints;

/// <summary>Holds the tensors of a source against what a declaration needs.</summary>
public static class TensorCheck
{
    /// <summary>
    /// Checks that every required tensor is there with its shape and with elements that widen to floats, and that
    /// nothing else is there.
    /// </summary>
    /// <param name="source">The tensors.</param>
    /// <param name="origin">What the declaration is called, for the message.</param>
    /// <param name="required">What the declaration needs.</param>
    /// <param name="ignored">
    /// Names that may be there and are not used: their ends, for instance <c>rotary_emb.inv_freq</c>, which older releases
    /// stored although it follows from the configuration; or with a star behind, their beginnings.
    /// </param>
    /// <exception cref="CheckpointException">
    /// One exception that lists every missing, extra, mis-shaped and mistyped tensor; of each of these kinds the first
    /// fifty, and how many more.
    /// </exception>
    public static void Verify(
        TensorSource source,
        string origin,
        ReadOnlySpan<TensorRequirement> required,
        params ReadOnlySpan<string> ignored)
    {
        var known = new HashSet<string>(required.Length);
        foreach (TensorRequirement requirement in required)
        {
            known.Add(requirement.Name);
            if (IsMicroscaled(source, requirement))
            {
                known.Add(requirement.Name + Microscaling.Blocks);
                known.Add(requirement.Name + Microscaling.Scales);
            }
        }

        string[] patterns = ignored.ToArray();
        string[] extra = [.. source.Tensors.Select(tensor => tensor.Name).Where(name => !known.Contains(name)).Order(StringComparer.Ordinal)];
        var similar = new SimilarNames(extra);
        var problems = new ProblemList(source.Origin);
        foreach (TensorRequirement requirement in required)
        {
            if (IsMicroscaled(source, requirement))
                CompareMicroscaled(source, requirement, origin, problems);
            else if (source.TryFind(requirement.Name, out TensorEntry? tensor))
                Compare(requirement, tensor, origin, problems);
            else if (!requirement.Optional)
                problems.Add("missing tensors", Missing(requirement, origin, similar));
        }

        foreach (string name in extra.Where(name => !patterns.Any(pattern => Matches(name, pattern))))
            problems.Add("extra tensors", $"extra: {source.Find(name)} is not a tensor of {origin}.");
        problems.ThrowIfAny();
    }

    private static bool Matches(string name, string pattern) => pattern.EndsWith('*')
        ? name.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : name.EndsWith(pattern, StringComparison.Ordinal);

    private static void Compare(TensorRequirement requirement, TensorEntry tensor, string origin, ProblemList problems)
    {
        if (!tensor.Shape.AsSpan().SequenceEqual(requirement.Shape.AsSpan()))
            problems.Add("mis-shaped tensors", $"mis-shaped: {tensor}; {origin} needs {TensorShape.Text(requirement.Shape)}.");
        if (requirement.Kind == TensorKind.Indices)
        {
            if (!tensor.Type.IsInteger())
                problems.Add("mistyped tensors", $"mistyped: {tensor}; {origin} reads indices from it, so it must hold integers.");
        }
        else if (!tensor.Type.IsFloat())
            problems.Add("mistyped tensors", $"mistyped: {tensor}; weights are read from F64, F32, F16 and BF16, so convert the checkpoint to one of these.");
    }

    private static bool IsMicroscaled(TensorSource source, TensorRequirement requirement) =>
        requirement.Microscaled && !source.TryFind(requirement.Name, out _)
        && (source.TryFind(requirement.Name + Microscaling.Blocks, out _) || source.TryFind(requirement.Name + Microscaling.Scales, out _));

    // [..., outputs, inputs / 32, 16] and [..., outputs, inputs / 32].
    private static void CompareMicroscaled(TensorSource source, TensorRequirement requirement, string origin, ProblemList problems)
    {
        long blocks = requirement.Inputs / Microscaling.BlockSize;
        ImmutableArray<long> scales = [.. requirement.Shape.Take(requirement.Shape.Length - 2), requirement.Rows, blocks];
        Compare(requirement.Name + Microscaling.Blocks, [.. scales, Microscaling.BlockSize / 2]);
        Compare(requirement.Name + Microscaling.Scales, scales);
        if (requirement.Inputs % Microscaling.BlockSize != 0)
            problems.Add("mis-shaped tensors", $"mis-shaped: {requirement.Name} has {requirement.Inputs} inputs in {origin}, which MXFP4 cannot hold in whole blocks of {Microscaling.BlockSize}.");

        void Compare(string name, ImmutableArray<long> shape)
        {
            if (!source.TryFind(name, out TensorEntry? tensor))
                problems.Add("missing tensors", $"missing: {name} {TensorShape.Text(shape)}, which belongs to the MXFP4 form of {requirement.Name}.");
            else if (!tensor.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
                problems.Add("mis-shaped tensors", $"mis-shaped: {tensor}; {origin} needs {TensorShape.Text(shape)}.");
            else if (tensor.Type != ElementType.U8)
                problems.Add("mistyped tensors", $"mistyped: {tensor}; MXFP4 is stored as U8.");
        }
    }

    private static string Missing(TensorRequirement requirement, string origin, SimilarNames similar)
    {
        string hint = similar.Find(requirement.Name) is { } near ? $" There is '{near}'." : "";
        return $"missing: {requirement.Name} {TensorShape.Text(requirement.Shape)}, which {origin} needs.{hint}";
    }
}
