using System;
using System.Collections.Generic;
using System.Text;

namespace Moe.Runtime.Text;

/// <summary>Unicode normalisation form C (Unicode Standard Annex 15).</summary>
/// <remarks>
/// <see cref="string.Normalize()"/> returns its input unchanged, without an error, where globalization is invariant, as it is
/// in small ahead-of-time published programs; ids must not depend on that.
/// </remarks>
internal static class CanonicalComposition
{
    // Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28;

    private static readonly Dictionary<int, (int First, int Second)> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly Dictionary<int, byte> Classes = [];

    static CanonicalComposition()
    {
        ReadOnlySpan<int> pairs = CanonicalMappings.Pairs;
        for (int i = 0; i < pairs.Length; i += 3)
        {
            Decompositions.Add(pairs[i], (pairs[i + 1], pairs[i + 2]));
            Compositions.Add((pairs[i + 1], pairs[i + 2]), pairs[i]);
        }

        ReadOnlySpan<int> oneWay = CanonicalMappings.OneWay;
        for (int i = 0; i < oneWay.Length; i += 3)
            Decompositions.Add(oneWay[i], (oneWay[i + 1], oneWay[i + 2]));

        ReadOnlySpan<int> classes = CanonicalMappings.Classes;
        for (int i = 0; i < classes.Length; i += 3)
        {
            for (int value = classes[i]; value <= classes[i + 1]; value++)
                Classes.Add(value, (byte)classes[i + 2]);
        }
    }

    /// <summary>The text in form C.</summary>
    public static string Compose(string text)
    {
        // Every character below U+0300 is its own form C and joins no other.
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF'))
            return text;

        List<(int Value, byte Class)> decomposed = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            Decompose(rune.Value, decomposed);
        SortMarks(decomposed);

        StringBuilder composed = new(text.Length);
        Span<char> letters = stackalloc char[2];
        foreach (int value in Join(decomposed))
            composed.Append(letters[..new Rune(value).EncodeToUtf16(letters)]);
        return composed.ToString();
    }

    private static void Decompose(int value, List<(int Value, byte Class)> output)
    {
        int syllable = value - SyllableBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails)
        {
            output.Add((LeadBase + syllable / (Vowels * Tails), 0));
            output.Add((VowelBase + syllable % (Vowels * Tails) / Tails, 0));
            if (syllable % Tails != 0)
                output.Add((TailBase + syllable % Tails, 0));
        }
        else if (Decompositions.TryGetValue(value, out (int First, int Second) parts))
        {
            Decompose(parts.First, output);
            if (parts.Second != 0)
                Decompose(parts.Second, output);
        }
        else
        {
            output.Add((value, Classes.GetValueOrDefault(value)));
        }
    }

    /// <summary>Puts every run of marks in the order of their classes, equal classes as they came.</summary>
    private static void SortMarks(List<(int Value, byte Class)> symbols)
    {
        for (int start = 0; start < symbols.Count; start++)
        {
            int end = start;
            while (end < symbols.Count && symbols[end].Class != 0)
                end++;
            if (end - start > 1)
            {
                (int Value, byte Class)[] run = symbols.GetRange(start, end - start).ToArray();
                long[] keys = new long[run.Length];
                for (int i = 0; i < run.Length; i++)
                    keys[i] = ((long)run[i].Class << 32) | (uint)i;
                Array.Sort(keys, run);
                for (int i = 0; i < run.Length; i++)
                    symbols[start + i] = run[i];
            }

            start = end;
        }
    }

    /// <summary>Joins each starter with the marks behind it that nothing blocks.</summary>
    private static List<int> Join(List<(int Value, byte Class)> symbols)
    {
        List<int> joined = new(symbols.Count);
        int starter = -1;
        int lastClass = 0;
        foreach ((int value, byte markClass) in symbols)
        {
            bool adjacent = starter == joined.Count - 1;
            bool blocked = starter < 0 || (!adjacent && lastClass >= markClass);
            if (!blocked && Pair(joined[starter], value) is int whole and not 0)
            {
                joined[starter] = whole;
                continue;
            }

            if (markClass == 0)
                starter = joined.Count;
            lastClass = markClass;
            joined.Add(value);
        }

        return joined;
    }

    private static int Pair(int first, int second)
    {
        int lead = first - LeadBase, vowel = second - VowelBase;
        if (lead is >= 0 and < Leads && vowel is >= 0 and < Vowels)
            return SyllableBase + (lead * Vowels + vowel) * Tails;
        int syllable = first - SyllableBase, tail = second - TailBase;
        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && tail is > 0 and < Tails)
            return first + tail;
        return Compositions.GetValueOrDefault((first, second));
    }
}
