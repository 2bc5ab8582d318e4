using System;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Gpu.Memory;
using Moe.Runtime.Models;

namespace Moe.Runtime.Gpu.Models;

/// <summary>The input of one step on the device.</summary>
public sealed class GpuBatch
{
    private int[] _firstTokens = new int[4];
    private readonly GpuBuffer<int> _lengths;
    private bool _hasLengths;
    private StepBatch _host = new();

    internal GpuBatch(GpuAccelerator accelerator)
    {
        Ids = new GpuBuffer<int>(accelerator, "token ids");
        Positions = new GpuBuffer<int>(accelerator, "positions");
        _lengths = new GpuBuffer<int>(accelerator, "lengths of sequences");
        LogitTokens = new GpuBuffer<int>(accelerator, "tokens whose logits are asked for");
        Requests = new GpuRequests(accelerator);
    }

    /// <summary>Token ids, [Tokens].</summary>
    public GpuBuffer<int> Ids { get; }

    /// <summary>Positions, [Tokens].</summary>
    public GpuBuffer<int> Positions { get; }

    /// <summary>Positions of each token's sequence behind this step, [Tokens]; copied when first asked for.</summary>
    public GpuBuffer<int> Lengths
    {
        get
        {
            if (!_hasLengths)
            {
                var lengths = new int[Tokens];
                for (int token = Tokens - 1; token >= 0; token--)
                {
                    bool isLast = token == Tokens - 1 || _host.SequenceOf[token + 1] != _host.SequenceOf[token];
                    lengths[token] = isLast ? _host.Positions[token] + 1 : lengths[token + 1];
                }

                _lengths.Reserve(Tokens);
                _lengths.Upload(lengths);
                _hasLengths = true;
            }

            return _lengths;
        }
    }

    /// <summary>Tokens whose logits are asked for, [LogitRows].</summary>
    public GpuBuffer<int> LogitTokens { get; }

    /// <summary>What requests bring to their routers.</summary>
    public GpuRequests Requests { get; }

    /// <summary>Tokens, over all sequences.</summary>
    public int Tokens => _host.Tokens;

    /// <summary>Sequences.</summary>
    public int Sequences => _host.Sequences;

    /// <summary>Tokens whose logits are asked for.</summary>
    public int LogitRows => _host.LogitTokens.Length;

    /// <summary>Positions up to the batch's last, so that tables by position are long enough.</summary>
    public int Reach { get; private set; }

    /// <summary>The batch on the host.</summary>
    internal StepBatch Host => _host;

    /// <summary>The first token of a sequence.</summary>
    public int FirstToken(int sequence) => _firstTokens[sequence];

    /// <summary>How many tokens of the batch belong to a sequence.</summary>
    public int TokensOf(int sequence) => _firstTokens[sequence + 1] - _firstTokens[sequence];

    /// <summary>The cache of a sequence, with room for the batch's tokens.</summary>
    /// <exception cref="ArgumentException">It is a cache of another device or format.</exception>
    public GpuCache<TCache> Cache<TCache>(int sequence)
        where TCache : unmanaged, IGpuElement<TCache> =>
        _host.Cache(sequence) as GpuCache<TCache>
            ?? throw new ArgumentException($"Sequence {sequence} has a {_host.Cache(sequence).GetType().Name}; this model's caches are {typeof(GpuCache<TCache>).Name} of {typeof(TCache).Name}. Use the model's NewCache.");

    /// <summary>Adds up what limits dropped, for each sequence.</summary>
    /// <param name="dropped">Dropped assignments of each token, [Tokens].</param>
    public void CountDropped(GpuBuffer<int> dropped)
    {
        var counts = new int[Tokens];
        dropped.Download(counts);
        for (int token = 0; token < counts.Length; token++)
        {
            if (counts[token] > 0)
                _host.CountDropped(_host.SequenceOf[token], counts[token]);
        }
    }

    /// <summary>Takes a batch over: grows its caches, copies ids and positions.</summary>
    internal void Begin(StepBatch batch, int vocabularySize, bool readsRequests)
    {
        _host = batch;
        _hasLengths = false;
        if (_firstTokens.Length <= batch.Sequences)
            Array.Resize(ref _firstTokens, Math.Max(batch.Sequences + 1, _firstTokens.Length * 2));

        Reach = 0;
        for (int token = 0; token < batch.Tokens; token++)
        {
            if ((uint)batch.Ids[token] >= (uint)vocabularySize)
                throw new ArgumentOutOfRangeException(nameof(batch), batch.Ids[token], $"Token {token} of the batch has an id that is no token: they go from 0 to {vocabularySize - 1}.");
            Reach = Math.Max(Reach, batch.Positions[token] + 1);
        }

        int next = 0;
        for (int sequence = 0; sequence < batch.Sequences; sequence++)
        {
            _firstTokens[sequence] = next;
            while (next < batch.Tokens && batch.SequenceOf[next] == sequence)
                next++;
            _firstTokens[sequence + 1] = next;
            batch.Cache(sequence).Reserve(checked(batch.Cache(sequence).Length + TokensOf(sequence)));
        }

        Requests.Begin(batch, readsRequests);
        Ids.Reserve(batch.Tokens);
        Ids.Upload(batch.Ids);
        Positions.Reserve(batch.Tokens);
        Positions.Upload(batch.Positions);
        LogitTokens.Reserve(batch.LogitTokens.Length);
        LogitTokens.Upload(batch.LogitTokens);
    }
}
