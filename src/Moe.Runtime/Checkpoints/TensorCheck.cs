using System;
using System.Collections.Generic;
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
    /// <param name="ignoredSuffixes">
    /// Ends of names that may be there and are not used, for instance <c>rotary_emb.inv_freq</c>, which older
    /// releases stored although it follows from the configuration.
    /// </param>
    /// <exception cref="CheckpointException">
    /// One exception that lists every missing, extra, mis-shaped and mistyped tensor; of each of these kinds the first
    /// fifty, and how many more.
    /// </exception>
    public static void Verify(
        TensorSource source,
        string origin,
        ReadOnlySpan<TensorRequirement> required,
        params ReadOnlySpan<string> ignoredSuffixes)
    {
        var known = new HashSet<string>(required.Length);
        foreach (TensorRequirement requirement in required)
            known.Add(requirement.Name);

        string[] suffixes = ignoredSuffixes.ToArray();
        string[] extra = [.. source.Tensors.Select(tensor => tensor.Name).Where(name => !known.Contains(name)).Order(StringComparer.Ordinal)];
        var similar = new SimilarNames(extra);
        var problems = new ProblemList(source.Origin);
        foreach (TensorRequirement requirement in required)
        {
            if (source.TryFind(requirement.Name, out TensorEntry? tensor))
                Compare(requirement, tensor, origin, problems);
            else if (!requirement.Optional)
                problems.Add("missing tensors", Missing(requirement, origin, similar));
        }

        foreach (string name in extra.Where(name => !suffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal))))
            problems.Add("extra tensors", $"extra: {source.Find(name)} is not a tensor of {origin}.");
        problems.ThrowIfAny();
    }

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

    private static string Missing(TensorRequirement requirement, string origin, SimilarNames similar)
    {
        string hint = similar.Find(requirement.Name) is { } near ? $" There is '{near}'." : "";
        return $"missing: {requirement.Name} {TensorShape.Text(requirement.Shape)}, which {origin} needs.{hint}";
    }
}
