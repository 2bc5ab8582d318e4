using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Moe.Runtime.Generation;

namespace Moe.Runtime.Tests.Generation;

public sealed class StopStringsTests
{
    [Theory]
    [InlineData("abc STOP def", "abc ", "STOP")]
    [InlineData("abc STO def", "abc STO def", "STOP")]
    [InlineData("STOP", "", "STOP")]
    [InlineData("ends with ST", "ends with ST", "STOP")]
    [InlineData("aaab", "a", "aab")]
    [InlineData("ababac", "ab", "abac")]
    [InlineData("xabcdy", "xa", "abcde", "bcd")]
    [InlineData("xabcdy", "x", "abcd", "bcd", "d")]
    [InlineData("one\n\ntwo", "one", "\n\n", "zzz")]
    [InlineData("a😀b😁c", "a😀b", "😁")]
    public void Push_TextCutAnywhere_ShowsTheSameText(string text, string expected, params string[] strings)
    {
        // Every way to cut the text into pieces, one bit for each place between two units.
        for (int cuts = 0; cuts < 1 << Math.Min(text.Length - 1, 11); cuts++)
        {
            var stop = new StopStrings(strings);
            var shown = new StringBuilder();
            int start = 0;
            for (int end = 1; end <= text.Length; end++)
            {
                if (end != text.Length && (cuts >> (end - 1) & 1) == 0)
                    continue;

                shown.Append(stop.Push(text[start..end]));
                Assert.StartsWith(shown.ToString(), expected, StringComparison.Ordinal);
                start = end;
            }

            Assert.Equal(strings.Any(s => text.Contains(s, StringComparison.Ordinal)), stop.IsFound);
            shown.Append(stop.Flush());
            Assert.Equal(expected, shown.ToString());
        }
    }

    [Fact]
    public void Push_RandomTextOfFewLetters_EqualsTheSearchInTheWholeText()
    {
        var random = new Random(21);
        string Word(int longest) => new(Enumerable.Range(0, random.Next(1, longest)).Select(_ => (char)('a' + random.Next(3))).ToArray());
        for (int round = 0; round < 3000; round++)
        {
            string text = Word(40);
            string[] strings = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word(7)).ToArray();
            // The string that is complete first ends the text; of several the longest.
            string expected = text;
            for (int end = 1; end <= text.Length && expected == text; end++)
            {
                string? found = strings.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length);
                if (found is not null)
                    expected = text[..(end - found.Length)];
            }

            var stop = new StopStrings(strings);
            var shown = new StringBuilder();
            for (int start = 0; start < text.Length;)
            {
                int length = Math.Min(random.Next(1, 6), text.Length - start);
                shown.Append(stop.Push(text.Substring(start, length)));
                start += length;
            }

            shown.Append(stop.Flush());
            Assert.Equal(expected, shown.ToString());
        }
    }

    [Fact]
    public void Push_WhatCannotBecomeAStopString_IsShownAtOnce()
    {
        var stop = new StopStrings(["STOP"]);
        Assert.Equal("abc", stop.Push("abc"));
        Assert.Equal("d", stop.Push("dST"));
        Assert.Equal("STx", stop.Push("x"));
        Assert.Equal("", stop.Push("STOP"));
        Assert.True(stop.IsFound);
        Assert.Equal("", stop.Push("more"));
        Assert.Equal("", stop.Flush());
    }

    [Fact]
    public void StopStrings_Empty_IsRefused() => Assert.Throws<ArgumentException>(() => new StopStrings(["a", ""]));

    [Fact]
    public void Push_WithoutStopStrings_ShowsEverything()
    {
        var stop = new StopStrings(new List<string>());
        Assert.Equal("abc", stop.Push("abc"));
        Assert.False(stop.IsFound);
    }
}
