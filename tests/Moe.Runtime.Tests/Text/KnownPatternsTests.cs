using System;
using System.Linq;
using System.Text.RegularExpressions;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

public sealed class KnownPatternsTests
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Letters = " \n\t's'ret'llaZé中1²٣.,!-_\u00A0\u3000\u0301€";

    /// <summary>Against the interpreter, with the pattern as it stands in GPT-2's own program.</summary>
    [Fact]
    public void Gpt2_IsKnownAndMatchesAsTheInterpreterDoes()
    {
        Regex? known = KnownPatterns.Of(new PatternTranslation(Gpt2, problem => new TokenizerException("", "", problem)).Result);
        Assert.NotNull(known);

        var interpreted = new Regex(Gpt2, RegexOptions.CultureInvariant);
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            var text = new string(random.GetItems<char>(Letters, random.Next(40)));
            Assert.Equal(interpreted.Matches(text).Select(match => (match.Index, match.Length)), known.Matches(text).Select(match => (match.Index, match.Length)));
        }
    }

    [Fact]
    public void Of_AnotherPattern_IsNull() => Assert.Null(KnownPatterns.Of(@"\s+"));
}
