using System;
using System.Collections.Generic;
using Moe.Runtime.Models;

namespace Moe.Runtime.Tests.Models;

/// <summary>Keeps what <see cref="FakeModel{TSize}"/> tells: index of the token, its position and its id.</summary>
internal readonly struct Recorder(List<(int Token, float Position, float Id)> seen) : IStepObserver
{
    public static bool IsEnabled => true;

    public List<(int Token, float Position, float Id)> Seen => seen;

    public void HiddenState(int layer, int token, ReadOnlySpan<float> hidden) => seen.Add((token, hidden[0], hidden[1]));

    public void FinalNorm(int token, ReadOnlySpan<float> hidden)
    {
    }

    public void RouterLogits(int layer, int token, ReadOnlySpan<float> logits)
    {
    }

    public void Selected(int layer, int token, Span<int> chosen)
    {
    }

    public void Routed(int layer, int token, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights)
    {
    }

    public void Dropped(int layer, int token, int slot, int expert)
    {
    }
}
