using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Moe.Runtime.Text;

/// <summary>The <c>decoder</c> of tokenizer.json: what bytes a token stands for.</summary>
internal sealed class TokenDecoder
{
    private readonly List<(string Found, string Content)> _replacements = [];
    private bool _byteLevel;
    private bool _byteTokens;
    private bool _fused;

    public TokenDecoder(JsonSection root)
    {
        JsonSection section = root.Optional("decoder")
            ?? throw root.Fail("there is no decoder: ids could not be turned into text");
        Add(section);
    }

    /// <summary>How many spaces are taken off the start of a text.</summary>
    public int LeadingSpaces { get; private set; }

    /// <summary>Appends the bytes of a token.</summary>
    /// <param name="token">The token as the vocabulary writes it.</param>
    /// <param name="verbatim">Whether it is an added token that the model's own vocabulary does not hold.</param>
    /// <param name="output">Where the bytes go.</param>
    public void Append(string token, bool verbatim, List<byte> output)
    {
        if (_byteLevel && !verbatim && IsByteLevel(token))
        {
            foreach (char letter in token)
                output.Add((byte)ByteAlphabet.ToByte(letter));
            return;
        }

        if (_byteTokens && token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            output.Add(value);
            return;
        }

        foreach ((string found, string content) in _replacements)
            token = token.Replace(found, content, StringComparison.Ordinal);
        output.AddRange(Encoding.UTF8.GetBytes(token));
    }

    private static bool IsByteLevel(string token)
    {
        foreach (char letter in token)
        {
            if (ByteAlphabet.ToByte(letter) < 0)
                return false;
        }

        return true;
    }

    private void Add(JsonSection section)
    {
        string type = section.Required("type").AsString();
        switch (type)
        {
            case "Sequence":
                foreach (JsonSection step in section.Required("decoders").Items())
                    Add(step);
                break;
            case "ByteLevel":
                if (_fused || _byteTokens || _replacements.Count > 0)
                    throw section.Fail("ByteLevel behind other decoders is not supported");
                _byteLevel = true;
                break;
            case "Replace":
                if (_fused || _byteTokens)
                    throw section.Fail("Replace behind ByteFallback or Fuse is not supported");
                JsonSection found = section.Required("pattern").Required("String");
                if (found.AsString().Length == 0)
                    throw found.Fail("the string to be replaced is empty");
                _replacements.Add((found.AsString(), section.Required("content").AsString()));
                break;
            case "ByteFallback":
                _byteTokens = true;
                break;
            case "Fuse":
                _fused = true;
                break;
            case "Strip":
                AddStrip(section);
                break;
            case "Metaspace":
                JsonSection mark = section.Required("replacement");
                if (mark.AsString().Length == 0)
                    throw mark.Fail("the character to be replaced is missing");
                _replacements.Add((mark.AsString(), " "));
                bool never = !section.Bool("add_prefix_space", true) || section.Optional("prepend_scheme")?.AsString() == "never";
                LeadingSpaces += never ? 0 : 1;
                break;
            default:
                throw section.Fail($"decoder {type} is not supported; ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace and Sequence are");
        }
    }

    private void AddStrip(JsonSection section)
    {
        if (!_fused)
            throw section.Fail("Strip without Fuse before it would strip every token and is not supported");
        if (section.Required("content").AsString() != " ")
            throw section.Fail("Strip takes spaces only");
        if (section.Required("stop").AsInt() != 0)
            throw section.Fail("Strip at the end of the text is not supported: a stream does not know its end");
        int start = section.Required("start").AsInt();
        if (start < 0)
            throw section.Fail($"cannot strip {start} spaces");
        LeadingSpaces += start;
    }
}
