using System;
using System.Collections.Generic;

namespace Moe.Runtime.Text;

/// <summary>The <c>pre_tokenizer</c> of tokenizer.json: cuts normalised text into the pieces that no token crosses.</summary>
internal sealed class PreTokenizer
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly List<Action<List<Piece>>> _steps = [];

    /// <param name="section">The section, or null when there is none: then each text is one piece.</param>
    public PreTokenizer(JsonSection? section)
    {
        if (section is JsonSection present)
            Add(present);
    }

    /// <summary>Whether pieces are to be read as bytes.</summary>
    public bool Bytes { get; private set; }

    /// <summary>Part of a text; <paramref name="First"/> says that nothing of the whole input comes before it.</summary>
    public readonly record struct Piece(string Text, int Start, int Length, bool First)
    {
        public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);
    }

    /// <param name="text">A text that is not empty.</param>
    /// <param name="first">Whether the whole input starts with it.</param>
    public List<Piece> Split(string text, bool first)
    {
        List<Piece> pieces = [new Piece(text, 0, text.Length, first)];
        foreach (Action<List<Piece>> step in _steps)
            step(pieces);
        return pieces;
    }

    private void Add(JsonSection section)
    {
        if (Bytes)
            throw section.Fail("a step behind ByteLevel would see bytes as letters and is not supported; ByteLevel must be last");
        string type = section.Required("type").AsString();
        switch (type)
        {
            case "Sequence":
                foreach (JsonSection step in section.Required("pretokenizers").Items())
                    Add(step);
                break;
            case "ByteLevel":
                if (section.Bool("add_prefix_space", true))
                    _steps.Add(pieces => Prepend(pieces, ' ', _ => true));
                if (section.Bool("use_regex", true))
                    AddSplit(SplitPattern.FromRegex(Gpt2Pattern, section.Fail).Cut, SplitBehavior.Isolated);
                Bytes = true;
                break;
            case "Split":
                AddSplit(section);
                break;
            case "Digits":
                AddSplit(
                    SplitPattern.FromRegex(@"\p{N}", section.Fail).Cut,
                    section.Bool("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous);
                break;
            case "Metaspace":
                AddMetaspace(section);
                break;
            default:
                throw section.Fail($"pre-tokenizer {type} is not supported; ByteLevel, Split, Digits, Metaspace and Sequence are");
        }
    }

    private void AddSplit(JsonSection section)
    {
        JsonSection pattern = section.Required("pattern");
        Cutting cut = pattern.Optional("String") is JsonSection text
            ? CutAt(text)
            : SplitPattern.FromRegex(pattern.Required("Regex").AsString(), pattern.Fail).Cut;
        JsonSection behavior = section.Required("behavior");
        if (!Enum.TryParse(behavior.AsString(), out SplitBehavior parsed) || !Enum.IsDefined(parsed) || char.IsAsciiDigit(behavior.AsString()[0]))
            throw behavior.Fail($"behaviour {behavior.AsString()} is not known");
        if (section.Bool("invert", false))
        {
            Cutting straight = cut;
            cut = (span, parts) =>
            {
                straight(span, parts);
                for (int i = 0; i < parts.Count; i++)
                    parts[i] = parts[i] with { Match = !parts[i].Match };
            };
        }

        AddSplit(cut, parsed);
    }

    private void AddMetaspace(JsonSection section)
    {
        JsonSection replacement = section.Required("replacement");
        if (replacement.AsString() is not [char mark] || char.IsSurrogate(mark))
            throw replacement.Fail("expected one character up to U+FFFF");
        string? scheme = section.Optional("prepend_scheme")?.AsString();
        if (!section.Bool("add_prefix_space", true))
        {
            if (scheme is not (null or "never"))
                throw section.Fail($"add_prefix_space is false and prepend_scheme is \"{scheme}\"; they contradict each other");
            scheme = "never";
        }

        _steps.Add(pieces =>
        {
            for (int i = 0; i < pieces.Count; i++)
            {
                string text = pieces[i].Span.ToString().Replace(' ', mark);
                pieces[i] = new Piece(text, 0, text.Length, pieces[i].First);
            }
        });
        switch (scheme ?? "always")
        {
            case "always":
                _steps.Add(pieces => Prepend(pieces, mark, _ => true));
                break;
            case "first":
                _steps.Add(pieces => Prepend(pieces, mark, piece => piece.First));
                break;
            case "never":
                break;
            default:
                throw section.Fail($"prepend_scheme \"{scheme}\" is not known; always, first and never are");
        }

        if (section.Bool("split", true))
            AddSplit((span, parts) => CutAt(span, [mark], parts), SplitBehavior.MergedWithNext);
    }

    private delegate void Cutting(ReadOnlySpan<char> text, List<(int Start, int End, bool Match)> parts);

    private void AddSplit(Cutting cut, SplitBehavior behavior) => _steps.Add(pieces =>
    {
        List<(int Start, int End, bool Match)> parts = [];
        List<Piece> before = [.. pieces];
        pieces.Clear();
        foreach (Piece piece in before)
        {
            parts.Clear();
            cut(piece.Span, parts);
            PieceSplitting.Apply(behavior, parts);
            foreach ((int start, int end, _) in parts)
                pieces.Add(new Piece(piece.Text, piece.Start + start, end - start, piece.First && start == 0));
        }
    });

    private static void Prepend(List<Piece> pieces, char prefix, Predicate<Piece> where)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            if (where(pieces[i]) && pieces[i].Span is var span && (span.IsEmpty || span[0] != prefix))
                pieces[i] = new Piece(prefix + span.ToString(), 0, span.Length + 1, pieces[i].First);
        }
    }

    private static Cutting CutAt(JsonSection text)
    {
        string found = text.AsString();
        if (found.Length == 0)
            throw text.Fail("the string to split at is empty");
        return (span, parts) => CutAt(span, found, parts);
    }

    private static void CutAt(ReadOnlySpan<char> text, ReadOnlySpan<char> found, List<(int Start, int End, bool Match)> parts)
    {
        int done = 0;
        while (done < text.Length)
        {
            int skipped = text[done..].IndexOf(found);
            int start = skipped < 0 ? text.Length : done + skipped;
            if (done < start)
                parts.Add((done, start, false));
            if (skipped >= 0)
                parts.Add((start, start + found.Length, true));
            done = skipped < 0 ? text.Length : start + found.Length;
        }
    }
}
