using System;
using System.Diagnostics;
using LLama;
using LLama.Common;
using LLama.Exceptions;
using LLama.Native;
using Moe.Benchmarks.Tokens;

namespace Moe.Benchmarks.Peers.LlamaCpp;

/// <summary>A GGUF file in llama.cpp, driven batch by batch: no tokenizer, no sampler.</summary>
internal sealed class LlamaModel : IContender
{
    // Its own default; larger batches are cut to this.
    private const uint BatchTokens = 2048;
    private const uint MicroBatchTokens = 512;

    private readonly ModelParams _parameters;
    private readonly LLamaWeights _weights;
    private readonly int _vocabulary;
    private readonly LLamaBatch _batch = new();
    private LLamaContext? _context;
    private TokenPoint? _point;

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="threads">Worker threads.</param>
    /// <param name="exact">Keeps keys and values in float32 and attends to them as they are, where llama.cpp's default rounds them to float16.</param>
    /// <exception cref="InvalidOperationException">llama.cpp refuses the file.</exception>
    public LlamaModel(string path, int vocabulary, int threads, bool exact = false)
    {
        NativeLogConfig.llama_log_set((level, message) =>
        {
            if (level == LLamaLogLevel.Error)
                Console.Error.Write(message);
        });
        _vocabulary = vocabulary;
        _parameters = new ModelParams(path)
        {
            GpuLayerCount = 0,
            Threads = threads,
            BatchThreads = threads,
            BatchSize = BatchTokens,
            UBatchSize = MicroBatchTokens,
        };
        if (exact)
        {
            _parameters.TypeK = _parameters.TypeV = GGMLType.GGML_TYPE_F32;
            _parameters.FlashAttention = false;
        }

        try
        {
            _weights = LLamaWeights.LoadFromFile(_parameters);
        }
        catch (LoadWeightsFailedException refusal)
        {
            throw new InvalidOperationException($"llama.cpp does not load {path}; what it says about it stands above.", refusal);
        }
    }

    /// <inheritdoc/>
    public string Name => LlamaPeer.PeerName;

    private SafeLLamaContextHandle Native => _context?.NativeHandle ?? throw new InvalidOperationException("Prepare comes first.");

    private TokenPoint Point => _point ?? throw new InvalidOperationException("Prepare comes first.");

    /// <inheritdoc/>
    public float[] Logits(int[] tokens)
    {
        Open(sequences: 1, tokens.Length);
        Append(0, tokens);
        return Native.GetLogitsIth(tokens.Length - 1)[.._vocabulary].ToArray();
    }

    /// <inheritdoc/>
    public void Prepare(TokenPoint point)
    {
        _point = point;
        Open(point.Batch, point.Prompt + point.Generated);
        for (int sequence = 0; sequence < point.Batch; sequence++)
            Append(sequence, TokenIds.Prompt(_vocabulary, sequence, point.Prompt));
    }

    /// <inheritdoc/>
    public double Sample()
    {
        if (Point.Phase == Phase.Prefill)
        {
            int[] prompt = TokenIds.Prompt(_vocabulary, 0, Point.Prompt);
            Native.MemoryClear(data: false);
            long start = Stopwatch.GetTimestamp();
            Append(0, prompt);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        long begin = Stopwatch.GetTimestamp();
        for (int position = Point.Prompt; position < Point.Prompt + Point.Generated; position++)
        {
            _batch.Clear();
            for (int sequence = 0; sequence < Point.Batch; sequence++)
                _batch.Add(TokenIds.At(_vocabulary, sequence, position), position, (LLamaSeqId)sequence, logits: true);
            Decode(Point.Batch - 1);
        }

        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        for (int sequence = 0; sequence < Point.Batch; sequence++)
            Native.MemorySequenceRemove((LLamaSeqId)sequence, Point.Prompt, -1);
        return seconds;
    }

    /// <summary>Gets ready for <see cref="Loss"/> of texts up to this many tokens.</summary>
    public void Prepare(int length) => Open(sequences: 1, length);

    /// <summary>The nats of all tokens but the first, each predicted from those before it, as a new sequence.</summary>
    public double Loss(int[] tokens)
    {
        Native.MemoryClear(data: false);
        double sum = 0;
        int predicting = tokens.Length - 1;
        for (int start = 0; start < predicting; start += (int)BatchTokens)
        {
            int end = Math.Min(predicting, start + (int)BatchTokens);
            _batch.Clear();
            for (int position = start; position < end; position++)
                _batch.Add(tokens[position], position, (LLamaSeqId)0, logits: true);
            Decode(end - start - 1);
            for (int position = start; position < end; position++)
                sum += Nats(Native.GetLogitsIth(position - start)[.._vocabulary], tokens[position + 1]);
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _context?.Dispose();
        _weights.Dispose();
    }

    private void Open(int sequences, int length)
    {
        _context?.Dispose();
        // A cache for each sequence, as ours has one; its length is rounded up to what llama.cpp works in.
        _parameters.SeqMax = (uint)sequences;
        _parameters.KVUnified = false;
        _parameters.ContextSize = (uint)(sequences * ((length + 255) / 256 * 256));
        _context = _weights.CreateContext(_parameters);
    }

    private void Append(int sequence, int[] tokens)
    {
        for (int start = 0; start < tokens.Length; start += (int)BatchTokens)
        {
            int end = Math.Min(tokens.Length, start + (int)BatchTokens);
            _batch.Clear();
            for (int position = start; position < end; position++)
                _batch.Add(tokens[position], position, (LLamaSeqId)sequence, logits: position == tokens.Length - 1);
            Decode(end == tokens.Length ? end - start - 1 : -1);
        }
    }

    /// <summary>Runs the batch and waits for it: its results come when logits are asked for.</summary>
    private void Decode(int logits)
    {
        DecodeResult result = Native.Decode(_batch);
        if (result != DecodeResult.Ok)
            throw new InvalidOperationException($"llama.cpp answered {result}.");
        if (logits >= 0)
            _ = Native.GetLogitsIth(logits)[0];
        else
            Native.Synchronize();
    }

    /// <summary>−ln softmax(logits)[token], in double precision.</summary>
    private static double Nats(ReadOnlySpan<float> logits, int token)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
            largest = Math.Max(largest, logit);
        foreach (float logit in logits)
            sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum) - logits[token];
    }
}
