using System;
using System.Collections.Generic;
using System.Threading;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;

namespace Moe.Runtime.Tests.Models;

/// <summary>Sizes of a <see cref="FakeModel{TSize}"/>.</summary>
internal interface IFakeSize
{
    static abstract int Vocabulary { get; }

    static abstract int Context { get; }

    static virtual RoutingShape Routing => RoutingShape.Fixed;
}

/// <summary>Room for long sequences.</summary>
internal readonly struct Wide : IFakeSize
{
    public static int Vocabulary => 258;

    public static int Context => 4096;
}

/// <summary>Requests may choose other experts: up to three from any rank.</summary>
internal readonly struct Routed : IFakeSize
{
    public static int Vocabulary => 258;

    public static int Context => 2048;

    public static RoutingShape Routing { get; } = new(0, 0, [new SelectionShape(2, 0, 3)]);
}

/// <summary>A context that is soon full.</summary>
internal readonly struct Narrow : IFakeSize
{
    public static int Vocabulary => 258;

    public static int Context => 24;
}

/// <summary>
/// Logits are a hash of the whole sequence, which is read back from a real key/value cache: a wrong position, a stale
/// block or a neighbour's cache changes every logit. What a request says about ranks when a token is appended is part of it.
/// </summary>
internal sealed unsafe class FakeModel<TSize> : IMoeModel<FakeModel<TSize>>
    where TSize : struct, IFakeSize
{
    private readonly Lock _turn = new();

    public static ModelShape Shape { get; } = new("Fake", TSize.Vocabulary, 2, TSize.Context, 1, 4, 0, 0, 0, 1) { Routing = TSize.Routing };

    /// <summary>Called at the start of every step.</summary>
    public Action<StepBatch>? OnStep { get; set; }

    /// <summary>Called with a position and its logits before they are given out.</summary>
    public LogitEdit? Edit { get; set; }

    public delegate void LogitEdit(int position, Span<float> logits);

    /// <summary>Every cache made.</summary>
    public List<SequenceCache> Caches { get; } = [];

    /// <summary>The definition: what the model says after a sequence, without a cache.</summary>
    public static float[] LogitsAfter(ReadOnlySpan<int> sequence)
    {
        ulong state = 17;
        foreach (int token in sequence)
            state = Fold(state, token);

        var logits = new float[TSize.Vocabulary];
        Fill(state, logits);
        return logits;
    }

    public SequenceCache NewCache()
    {
        var cache = new KeyValueCache(1, CacheFormat.F32, TSize.Context);
        lock (_turn)
            Caches.Add(cache);

        return cache;
    }

    public void Step<TObserver>(StepBatch batch, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        lock (_turn)
        {
            OnStep?.Invoke(batch);
            Span<float> all = batch.PrepareLogits(TSize.Vocabulary);
            all.Clear();
            Span<float> hidden = stackalloc float[2];
            int row = 0;
            for (int token = 0; token < batch.Tokens; token++)
            {
                var cache = (KeyValueCache)batch.Cache(batch.SequenceOf[token]);
                int position = batch.Positions[token];
                *Slot(cache, position) = batch.Ids[token] + Ranks(batch.Routing(batch.SequenceOf[token]));
                if (TObserver.IsEnabled)
                {
                    hidden[0] = position;
                    hidden[1] = batch.Ids[token];
                    observer.HiddenState(0, token, hidden);
                }

                if (row == batch.LogitTokens.Length || batch.LogitTokens[row] != token)
                    continue;

                ulong state = 17;
                for (int i = 0; i <= position; i++)
                    state = Fold(state, (int)*Slot(cache, i));

                Span<float> logits = batch.Logits(row++, TSize.Vocabulary);
                Fill(state, logits);
                Edit?.Invoke(position, logits);
            }
        }
    }

    public void Dispose()
    {
    }

    private static int Ranks(RoutingOptions? routing) => routing is { TopK: > 0 } or { FirstRank: >= 0 } ? 1024 * (1 + routing.TopK + (8 * (1 + routing.FirstRank))) : 0;

    private static float* Slot(KeyValueCache cache, int position) => (float*)cache.Block(position / 64) + (position % 64);

    private static ulong Fold(ulong state, int token) => (state ^ (uint)token) * 0x9E3779B97F4A7C15 + (state >> 29);

    private static void Fill(ulong state, Span<float> logits)
    {
        for (int token = 0; token < logits.Length; token++)
        {
            ulong bits = Fold(Fold(state, token), token);
            logits[token] = (float)(bits >> 40) / (1 << 24) * 8 - 4;
        }
    }
}
