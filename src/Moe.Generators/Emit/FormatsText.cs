using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Generators.Emit;

/// <summary>The formats that a declaration gives its weights, as a member of the emitted class.</summary>
internal static class FormatsText
{
    /// <summary>Whether the declaration says anything.</summary>
    public static bool IsStated(MoeArchitecture architecture) => architecture.Formats.Stated.Any();

    /// <summary>Writes the member, where there is something to say.</summary>
    public static void Write(SourceWriter writer, MoeArchitecture architecture)
    {
        if (!IsStated(architecture))
            return;

        string formats = string.Join(", ", architecture.Formats.Stated.Select(stated => $"{stated.Part} = WeightFormat.{stated.Format}"));
        writer.Line("/// <summary>What [Weights] declares; LoadOptions.Weights overrides it part by part.</summary>");
        writer.Line($"private static readonly WeightFormats DeclaredFormats = new() {{ {formats} }};");
        writer.Line();
    }
}
