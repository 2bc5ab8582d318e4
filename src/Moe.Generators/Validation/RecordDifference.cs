using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Reflection;

namespace Moe.Generators.Validation;

/// <summary>A member in which two records differ.</summary>
/// <param name="Path">Names of the members that lead to it, outermost first; the last is its own.</param>
/// <param name="Declared">Its value in the first record, as text.</param>
/// <param name="Meant">Its value in the second.</param>
internal sealed record RecordDifference(ImmutableArray<string> Path, string Declared, string Meant)
{
    // Names, and places and formats of weights, are no part of what a model computes.
    private static readonly string[] _ignored = ["Name", "TypeName", "TensorNames", "Formats", "EqualityContract"];

    /// <summary>Every innermost difference.</summary>
    public static IEnumerable<RecordDifference> Between(object? declared, object? meant, params string[] path)
    {
        if (Equals(declared, meant))
            return [];
        if (declared is System.Collections.IEnumerable left and not string && meant is System.Collections.IEnumerable right)
        {
            object?[] first = left.Cast<object?>().ToArray();
            object?[] second = right.Cast<object?>().ToArray();
            return first.Length == second.Length
                ? first.Zip(second, (a, b) => Between(a, b, path)).SelectMany(differences => differences).ToArray()
                : [new RecordDifference(path.ToImmutableArray(), Text(declared, path), Text(meant, path))];
        }

        if (declared is null || meant is null || declared.GetType() != meant.GetType() || !IsRecord(declared.GetType()))
            return [new RecordDifference(path.ToImmutableArray(), Text(declared, path), Text(meant, path))];

        RecordDifference[] inner = Members(declared.GetType())
            .SelectMany(member => Between(member.GetValue(declared), member.GetValue(meant), [.. path, member.Name]))
            .ToArray();
        return inner;
    }

    private static IEnumerable<PropertyInfo> Members(Type type) => type
        .GetProperties(BindingFlags.Instance | BindingFlags.Public)
        .Where(member => member.GetIndexParameters().Length == 0 && member.SetMethod is not null && !_ignored.Contains(member.Name));

    private static bool IsRecord(Type type) => type.IsClass && type.GetMethod("<Clone>$") is not null;

    private static string Text(object? value, string[] path) => value switch
    {
        null => "absent",
        bool truth => truth ? "true" : "false",
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        System.Collections.IEnumerable list => "[" + string.Join(", ", list.Cast<object?>().Select(item => Text(item, path))) + "]",
        _ => Kind(value.GetType().Name, path),
    };

    // SoftmaxScore under Score is Softmax.
    private static string Kind(string type, string[] path)
    {
        string member = path.Length == 0 ? "" : path[path.Length - 1];
        return member.Length > 0 && type.Length > member.Length && type.EndsWith(member, StringComparison.Ordinal)
            ? type.Substring(0, type.Length - member.Length)
            : type;
    }
}
