using System;
using System.Globalization;

namespace Moe.Generators.Emit;

/// <summary>Numbers and names as C# text, the same on every machine.</summary>
internal static class CSharp
{
    /// <summary>The tool's name and version in file heads and attributes.</summary>
    public const string Tool = "Moe.Generators 0.1.0";

    /// <summary>A float literal that rounds to the nearest float of <paramref name="value"/>.</summary>
    public static string Float(double value) => ((float)value).ToString("R", CultureInfo.InvariantCulture).Replace("E", "e") + "f";

    /// <summary>A float literal of exactly this number, infinities and NaN by their names.</summary>
    public static string Literal(float value)
    {
        if (float.IsNaN(value))
            return "float.NaN";
        if (float.IsInfinity(value))
            return value > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity";

        return value == 0 && 1 / value < 0 ? "-0f" : Number(value) + "f";
    }

    /// <summary>A float as short as it can be exact.</summary>
    public static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e");

    /// <summary>A double literal.</summary>
    public static string Double(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e");
        return text.IndexOfAny(['.', 'E', 'e']) < 0 ? text + ".0" : text;
    }

    /// <summary>A number for a reader: 46,702,792,704.</summary>
    public static string Grouped(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>An integer literal with separators: 46_702_792_704.</summary>
    public static string Literal(long value) => Grouped(value).Replace(',', '_');

    /// <summary>"QueryNorm" → "queryNorm".</summary>
    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name.Substring(1);

    /// <summary>"query" → "Query".</summary>
    public static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name.Substring(1);

    /// <summary>The next multiple of 16: rows in scratch memory and panels of weights are that wide.</summary>
    public static int Padded(int width) => checked((width + 15) / 16 * 16);

    /// <summary>
    /// Floats from one row of a buffer to the next: padded, and never a multiple of 4,096 bytes, where rows would fall
    /// into the same sets of the first cache.
    /// </summary>
    public static int Stride(int width) => Padded(width) % 1024 == 0 ? checked(Padded(width) + 16) : Padded(width);

    /// <summary>Panels of 16 rows.</summary>
    public static int Panels(int rows) => Padded(rows) / 16;

    /// <summary>A text literal.</summary>
    public static string Text(string value) => "\"" + value.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    /// <summary>The name of the type that stands for a constant size.</summary>
    public static string Dimension(int size) => "D" + size.ToString(CultureInfo.InvariantCulture);

    /// <summary>A tensor's name pattern as a C# expression: interpolated where it holds {layer} or {expert}.</summary>
    public static string NameExpression(string pattern) =>
        (pattern.IndexOf('{') >= 0 ? "$" : "") + "\"" + pattern + "\"";

    /// <summary>Wraps <paramref name="line"/> and a remark that is set at column 100.</summary>
    public static string WithRemark(string line, string remark) =>
        remark.Length == 0 ? line : line + new string(' ', Math.Max(2, 84 - line.Length)) + remark;
}
