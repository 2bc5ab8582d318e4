using System;
using System.Diagnostics;
using System.Threading;
using Moe.Runtime.Text;

namespace Moe.Runtime.Generation;

/// <summary>The text of one sequence while it grows: drawn ids → text that may be shown, where it ends, what it took.</summary>
internal sealed class GeneratedText(GenerationPlan plan, int promptTokens, StreamingDecoder decoder)
{
    private readonly StopStrings _stopStrings = new(plan.StopStrings);
    private int _newTokens;
    private TimeSpan _promptDuration;
    private TimeSpan _generationDuration;

    /// <summary>Why the text has ended; null while it has not.</summary>
    internal FinishReason? Finish { get; private set; }

    /// <summary>The token drawn last.</summary>
    internal int LastToken { get; private set; }

    /// <summary>Whether the consumer holds a piece, so that an end now means that it reads no further.</summary>
    internal bool IsShown { get; set; }

    /// <summary>Takes a drawn token.</summary>
    /// <param name="token">Its id.</param>
    /// <param name="length">Tokens of the sequence that the model has seen, this one not.</param>
    /// <param name="started">Time stamp of the start of the step that it was drawn from.</param>
    /// <returns>Text that may be shown; may be empty.</returns>
    internal string Take(int token, int length, long started)
    {
        _newTokens++;
        LastToken = token;
        string text;
        if (plan.Stop.IsEnd(token))
        {
            Finish = FinishReason.EndToken;
            text = Flush("");
        }
        else
        {
            text = _stopStrings.Push(decoder.Push(token));
            Finish = _stopStrings.IsFound ? FinishReason.StopString : plan.Stop.Limit(_newTokens, length);
            if (Finish is not null)
                text = Flush(text);
        }

        if (_newTokens == 1)
            _promptDuration = Stopwatch.GetElapsedTime(started);
        else
            _generationDuration += Stopwatch.GetElapsedTime(started);

        return text;
    }

    /// <summary>Tells the caller how the generation ended, unless it failed.</summary>
    internal void Report(CancellationToken cancellation)
    {
        if (Finish is null && !IsShown && !cancellation.IsCancellationRequested)
            return;

        plan.OnFinished?.Invoke(new GenerationStatistics(
            promptTokens,
            _newTokens,
            _promptDuration,
            _generationDuration,
            Finish ?? FinishReason.Cancelled,
            plan.Sampling.Seed));
    }

    /// <summary>What decoder and stop strings hold back, behind <paramref name="text"/>.</summary>
    private string Flush(string text)
    {
        text += _stopStrings.Push(decoder.Flush());
        if (_stopStrings.IsFound)
            Finish = FinishReason.StopString;

        return text + _stopStrings.Flush();
    }
}
