using System;
using System.Collections.Generic;

namespace Moe.Runtime.Text;

/// <summary>The <c>normalizer</c> of tokenizer.json: steps that change text before it is cut.</summary>
internal sealed class Normalizer
{
    private readonly List<Func<string, string>> _steps = [];

    /// <param name="section">The section, or null when there is none.</param>
    public Normalizer(JsonSection? section)
    {
        if (section is JsonSection present)
            Add(present);
    }

    public string Normalize(string text)
    {
        foreach (Func<string, string> step in _steps)
            text = step(text);
        return text;
    }

    private void Add(JsonSection section)
    {
        string type = section.Required("type").AsString();
        switch (type)
        {
            case "Sequence":
                foreach (JsonSection step in section.Required("normalizers").Items())
                    Add(step);
                break;
            case "NFC":
                _steps.Add(CanonicalComposition.Compose);
                break;
            case "Prepend":
                string prefix = section.Required("prepend").AsString();
                _steps.Add(text => text.Length == 0 ? text : prefix + text);
                break;
            case "Replace":
                JsonSection pattern = section.Required("pattern");
                string found = pattern.Optional("String")?.AsString()
                    ?? throw pattern.Fail("a normalizer that replaces a regular expression is not supported; one that replaces a string is");
                string content = section.Required("content").AsString();
                if (found.Length == 0)
                    throw pattern.Fail("the string to be replaced is empty");
                _steps.Add(text => text.Replace(found, content, StringComparison.Ordinal));
                break;
            default:
                throw section.Fail($"normalizer {type} is not supported; NFC, Prepend, Replace and Sequence are");
        }
    }
}
