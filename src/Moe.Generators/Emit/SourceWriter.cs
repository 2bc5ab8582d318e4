using System;
using System.Text;

namespace Moe.Generators.Emit;

/// <summary>Writes indented C#: lines end with "\n", blank lines carry no spaces, a block opens with <c>using</c>, and a blank line follows it.</summary>
internal sealed class SourceWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;
    private bool _afterBlock;

    /// <summary>One line, or several separated by "\n", each at the current depth.</summary>
    public void Line(string line = "")
    {
        foreach (string part in line.Split('\n'))
        {
            string content = part.TrimEnd('\r', ' ');
            if (_afterBlock && content.Length > 0 && !IsClosing(content))
                _text.Append('\n');
            _afterBlock = false;
            if (content.Length > 0)
                _text.Append(' ', _depth * 4).Append(content);
            _text.Append('\n');
        }
    }

    /// <summary>Writes <paramref name="head"/>, where there is one, and an opening brace; disposing the result closes it.</summary>
    public Block Open(string head, string open = "{", string close = "}")
    {
        if (head.Length > 0)
            Line(head);
        Line(open);
        _depth++;
        return new Block(this, close);
    }

    /// <summary>Indents until disposed, without braces.</summary>
    public Block Indent()
    {
        _depth++;
        return new Block(this, null);
    }

    /// <summary>Lines that belong to the block above them: no blank line comes before.</summary>
    private static bool IsClosing(string line) => line[0] is '}' or ']' || line.StartsWith("else", StringComparison.Ordinal);

    /// <summary>The text written so far.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>An open block.</summary>
    public readonly struct Block : IDisposable
    {
        private readonly SourceWriter _writer;
        private readonly string? _close;

        internal Block(SourceWriter writer, string? close)
        {
            _writer = writer;
            _close = close;
        }

        public void Dispose()
        {
            _writer._depth--;
            _writer._afterBlock = false;
            if (_close is null)
                return;

            _writer.Line(_close);
            _writer._afterBlock = true;
        }
    }
}
