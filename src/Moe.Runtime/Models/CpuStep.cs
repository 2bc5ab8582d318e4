using System;
using Moe.Runtime.Memory;
using Moe.Runtime.Numerics;
using Moe.Runtime.Profiling;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Runtime.Models;

/// <summary>
/// What emitted CPU code works with during one step: the batch, scratch memory with a place for every temporary, each
/// worker's tile, and the pool. One for each model; the model's steps take turns.
/// </summary>
public sealed unsafe partial class CpuStep : IDisposable
{
    private readonly int _floatsPerToken;
    private readonly int _tileFloats;
    private readonly WorkerPool _pool;
    private readonly bool _ownsPool;
    private readonly StepProfile? _profile;
    private readonly NativeBuffer _scratch = new();
    private readonly NativeBuffer _tiles = new();
    private readonly float* _tile;
    private KeyValueCache?[] _caches = new KeyValueCache?[1];
    private StepBatch? _batch;
    private int* _sequenceOf;
    private int[] _lengths = new int[1];
    private RoutingOptions?[] _routing = new RoutingOptions?[1];
    private float* _start;
    private int _vocabularySize;
    private bool _isDisposed;

    /// <summary>Memory and workers for a model's steps.</summary>
    /// <param name="options">Threads and cache format.</param>
    /// <param name="floatsPerToken">Scratch floats that the emitted code's plan needs for each token.</param>
    /// <param name="tileFloats">Floats of a worker's tile.</param>
    /// <param name="maxExperts">Most routed experts of a layer.</param>
    /// <param name="maxTopK">Most experts of a token.</param>
    public CpuStep(LoadOptions options, int floatsPerToken, int tileFloats, int maxExperts, int maxTopK)
    {
        _floatsPerToken = floatsPerToken;
        _tileFloats = tileFloats;
        CacheFormat = options.Cache;
        _profile = options.Profile;
        Groups = new ExpertGroups(maxExperts, maxTopK);
        int threads = options.Threads ?? WorkerPool.Shared.Threads;
        _tile = (float*)_tiles.Reserve((long)tileFloats * threads * sizeof(float));

        // Last, since nothing ends its threads where this does not return.
        _ownsPool = options.Threads is not null;
        _pool = _ownsPool ? new WorkerPool(threads) : WorkerPool.Shared;
    }

    /// <summary>Format of the caches.</summary>
    public CacheFormat CacheFormat { get; }

    /// <summary>Tokens of the batch.</summary>
    public int Tokens { get; private set; }

    /// <summary>Token ids, [Tokens].</summary>
    public int* Ids { get; private set; }

    /// <summary>Position of each token in its sequence, [Tokens].</summary>
    public int* Positions { get; private set; }

    /// <summary>Tag of each token, [Tokens].</summary>
    public int* Tags { get; private set; }

    /// <summary>Number of the step, from 0: how many the model has run before.</summary>
    public uint Number { get; private set; } = uint.MaxValue;

    /// <summary>Whether a request of the batch chooses experts otherwise than declared, so that slots may be empty.</summary>
    public bool ChangesSelection { get; private set; }

    /// <summary>Tokens whose logits are asked for.</summary>
    public int LogitRows { get; private set; }

    /// <summary>Their indices, [LogitRows].</summary>
    public int* LogitTokens { get; private set; }

    /// <summary>Where their logits go, [LogitRows, VocabularySize].</summary>
    public float* Logits { get; private set; }

    /// <summary>The current layer's choice, ordered by expert.</summary>
    public ExpertGroups Groups { get; }

    /// <summary>Tokens that attention takes together.</summary>
    public TokenRuns Runs { get; } = new();

    /// <summary>What a layer's router decides over several tokens together.</summary>
    public TokenClaims Claims { get; } = new();

    /// <summary>A temporary with a row for each token (or slot), at its place in scratch memory.</summary>
    /// <typeparam name="TStride">Floats from row to row.</typeparam>
    /// <param name="offset">Floats a token that lie before it.</param>
    public RowsOf<TStride> Rows<TStride>(int offset)
        where TStride : struct, IDimension => new(_start + ((nint)offset * Tokens));

    /// <summary>A temporary of indices, as <see cref="Rows"/>.</summary>
    /// <typeparam name="TStride">Indices from row to row.</typeparam>
    /// <param name="offset">Floats a token that lie before it.</param>
    public IndicesOf<TStride> Indices<TStride>(int offset)
        where TStride : struct, IDimension => new((int*)(_start + ((nint)offset * Tokens)));

    /// <summary>The tile of a worker.</summary>
    public float* Tile(in Worker worker) => _tile + ((nint)worker.Index * _tileFloats);

    /// <summary>The cache of a token's sequence.</summary>
    public KeyValueCache Cache(int token) => _caches[_sequenceOf[token]]!;

    /// <summary>Positions of a token's sequence behind this step.</summary>
    public int LengthAt(int token) => _lengths[_sequenceOf[token]];

    /// <summary>Behind the last token of the sequence that a token belongs to.</summary>
    public int EndOfSequence(int token)
    {
        int end = token + 1;
        while (end < Tokens && _sequenceOf[end] == _sequenceOf[token])
            end++;
        return end;
    }

    /// <summary>Counts the assignments that are in one choice and no longer in the other, and tells the observer.</summary>
    /// <typeparam name="TWidth">Slots.</typeparam>
    /// <typeparam name="TObserver">Sees them.</typeparam>
    /// <param name="layer">Layer.</param>
    /// <param name="chosen">The choice of all tokens before a limit.</param>
    /// <param name="kept">And after.</param>
    /// <param name="stride">Indices from one token to the next.</param>
    /// <param name="observer">Told of each.</param>
    public void CountDropped<TWidth, TObserver>(int layer, int* chosen, int* kept, int stride, ref TObserver observer)
        where TWidth : struct, IDimension
        where TObserver : struct, IStepObserver
    {
        for (int token = 0; token < Tokens; token++)
        {
            int dropped = 0;
            for (int slot = 0; slot < TWidth.Size; slot++)
            {
                nint at = ((nint)token * stride) + slot;
                if (chosen[at] == kept[at])
                    continue;

                dropped++;
                if (TObserver.IsEnabled)
                    observer.Dropped(layer, token, slot, chosen[at]);
            }

            if (dropped > 0)
                _batch!.CountDropped(_sequenceOf[token], dropped);
        }
    }

    /// <summary>Takes a batch: makes room in scratch memory and in the caches.</summary>
    /// <exception cref="ContextOverflowException">A sequence would outgrow the context.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed: its weights are no longer there.</exception>
    public void Begin(StepBatch batch, int vocabularySize)
    {
        if (_isDisposed)
            throw new ObjectDisposedException(null, "The model or layer was disposed, and its weights with it: dispose it after its last call.");

        KernelsAhead.StepBegins();
        Tokens = batch.Tokens;
        Number++;
        ChangesSelection = batch.ChangesSelection;
        _batch = batch;
        _vocabularySize = vocabularySize;
        _start = (float*)_scratch.Reserve((long)_floatsPerToken * Math.Max(1, Tokens) * sizeof(float));
        Groups.Reserve(Tokens);
        if (_caches.Length < batch.Sequences)
        {
            Array.Resize(ref _caches, Math.Max(batch.Sequences, _caches.Length * 2));
            Array.Resize(ref _routing, _caches.Length);
        }

        for (int sequence = 0; sequence < batch.Sequences; sequence++)
        {
            _caches[sequence] = batch.HasCache(sequence) ? (KeyValueCache)batch.Cache(sequence) : null;
            _routing[sequence] = batch.Routing(sequence);
        }

        if (_lengths.Length < _caches.Length)
            _lengths = new int[_caches.Length];

        ReadOnlySpan<int> sequences = batch.SequenceOf;
        ReadOnlySpan<int> positions = batch.Positions;
        for (int token = 0; token < Tokens; token++)
        {
            if (token == Tokens - 1 || sequences[token + 1] != sequences[token])
            {
                _lengths[sequences[token]] = positions[token] + 1;
                _caches[sequences[token]]?.Reserve(positions[token] + 1);
            }
        }

        Runs.Arrange(sequences, positions, _pool.Threads);
    }

    /// <summary>Runs the job on all workers, with the batch's arrays pinned.</summary>
    public void Run<TJob>(ref TJob job)
        where TJob : struct, IWorkerJob
    {
        StepBatch batch = _batch!;
        LogitRows = batch.LogitTokens.Length;
        fixed (int* ids = batch.Ids, positions = batch.Positions, sequenceOf = batch.SequenceOf, tags = batch.Tags, logitTokens = batch.LogitTokens)
        fixed (float* logits = batch.PrepareLogits(_vocabularySize))
        {
            Ids = ids;
            Positions = positions;
            _sequenceOf = sequenceOf;
            Tags = tags;
            LogitTokens = logitTokens;
            Logits = logits;
            if (Tokens > 0)
                RunJob(ref job);
        }

        _batch = null;
        Array.Clear(_caches, 0, batch.Sequences);
        Array.Clear(_routing, 0, batch.Sequences);
    }

    /// <summary>Shows the observer the hidden state of some tokens, which lies at the start of scratch memory.</summary>
    public void ObserveHidden<TSize, TObserver>(int begin, int end, int layer, int stride, ref TObserver observer)
        where TSize : struct, IDimension
        where TObserver : struct, IStepObserver
    {
        for (int token = begin; token < end; token++)
            observer.HiddenState(layer, token, new ReadOnlySpan<float>(_start + ((nint)token * stride), TSize.Size));
    }

    private void RunJob<TJob>(ref TJob job)
        where TJob : struct, IWorkerJob
    {
        _profile?.BeginStep(new StepNumbers
        {
            Tokens = Tokens,
            LogitRows = LogitRows,
            Positions = Positions,
            SequenceOf = _sequenceOf,
            Tags = Tags,
            Scratch = _start,
            CacheElementBytes = CacheFormat == CacheFormat.F32 ? F32.Bytes : BF16.Bytes,
            Groups = Groups,
        });
        _pool.Run(ref job);
        _profile?.EndStep();
    }

    /// <summary>
    /// Gives the memory back. Emitted code holds this object's lock while it runs a step: one that runs ends first, and those after
    /// it are refused, so that weights may be freed as soon as this returns.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called by an observer of the step itself.</exception>
    public void Dispose()
    {
        // The shared pool may be at work for another model.
        if (_batch is not null && _pool.IsRunning)
            throw new InvalidOperationException("An observer must not dispose the model or layer whose step it sees: do it after the step.");

        lock (this)
        {
            _isDisposed = true;
            if (_ownsPool)
                _pool.Dispose();
            _scratch.Dispose();
            _tiles.Dispose();
            Groups.Dispose();
            Claims.Dispose();
        }
    }
}
