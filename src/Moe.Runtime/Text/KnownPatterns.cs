using System.Text.RegularExpressions;

namespace Moe.Runtime.Text;

/// <summary>
/// Patterns of pre-tokenizers that are compiled with the program: the same matches as the interpreter's, which takes several milliseconds to
/// be ready.
/// </summary>
internal static partial class KnownPatterns
{
    // As PatternTranslation writes GPT-2's: 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
    private const string Gpt2 = @"\u0027\u0073|\u0027\u0074|\u0027\u0072\u0065|\u0027\u0076\u0065|\u0027\u006D|\u0027\u006C\u006C|\u0027\u0064"
        + @"|\u0020?\p{L}+|\u0020?\p{N}+|\u0020?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>The compiled form of a pattern in .NET's words, or null.</summary>
    public static Regex? Of(string pattern) => pattern == Gpt2 ? Gpt2Regex() : null;

    [GeneratedRegex(Gpt2, RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();
}
