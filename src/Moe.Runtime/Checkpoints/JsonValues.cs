using System;
using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>Equality of JSON by value, and short text of it for messages.</summary>
internal static class JsonValues
{
    private const int ShownLetters = 160;

    /// <summary>Deep equality: numbers by value, objects in any order of keys, arrays in order.</summary>
    internal static bool AreEqual(JsonElement left, JsonElement right)
    {
        if (left.ValueKind != right.ValueKind)
            return false;
        return left.ValueKind switch
        {
            JsonValueKind.Number => NumbersAreEqual(left, right),
            JsonValueKind.String => left.GetString() == right.GetString(),
            JsonValueKind.Array => ArraysAreEqual(left, right),
            JsonValueKind.Object => ObjectsAreEqual(left, right),
            _ => true,
        };
    }

    /// <summary>The value on one line, cut when it is long.</summary>
    internal static string Text(JsonElement value)
    {
        string text = value.GetRawText().ReplaceLineEndings(" ");
        return text.Length <= ShownLetters ? text : $"{text.AsSpan(0, ShownLetters)}…";
    }

    /// <summary>Parses the JSON text of a declared value.</summary>
    /// <exception cref="ArgumentException">The text is not JSON.</exception>
    internal static JsonElement Parse(string key, string? json)
    {
        try
        {
            return JsonElement.Parse(json ?? throw new ArgumentException($"The key '{key}' has a rule that needs a declared value.", nameof(json)));
        }
        catch (JsonException malformed)
        {
            throw new ArgumentException($"The declared value of '{key}' is not JSON: {json}", nameof(json), malformed);
        }
    }

    // Whole numbers exactly; two fractions to a float's precision, which is what the arithmetic keeps of an epsilon or a
    // scale (files hold both 1e-05 and 9.999999747378752e-06).
    private static bool NumbersAreEqual(JsonElement left, JsonElement right)
    {
        if (left.TryGetInt64(out long leftInteger) && right.TryGetInt64(out long rightInteger))
            return leftInteger == rightInteger;

        double a = left.GetDouble();
        double b = right.GetDouble();
        if (double.IsInfinity(a) || double.IsInfinity(b))
            return left.GetRawText() == right.GetRawText();
        if (a == b)
            return true;

        bool areFractions = !double.IsInteger(a) && !double.IsInteger(b);
        return areFractions && (float)a == (float)b && (float)a != 0f && float.IsFinite((float)a);
    }

    private static bool ArraysAreEqual(JsonElement left, JsonElement right)
    {
        if (left.GetArrayLength() != right.GetArrayLength())
            return false;
        for (int i = 0; i < left.GetArrayLength(); i++)
        {
            if (!AreEqual(left[i], right[i]))
                return false;
        }

        return true;
    }

    private static bool ObjectsAreEqual(JsonElement left, JsonElement right)
    {
        if (left.GetPropertyCount() != right.GetPropertyCount())
            return false;
        foreach (JsonProperty property in left.EnumerateObject())
        {
            if (!right.TryGetProperty(property.Name, out JsonElement other) || !AreEqual(property.Value, other))
                return false;
        }

        return true;
    }
}
