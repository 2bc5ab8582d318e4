using System;
using Moe.Runtime.Gpu.Devices;
using Moe.Runtime.Gpu.Memory;
using Moe.Runtime.Models;

namespace Moe.Runtime.Gpu.Models;

/// <summary>
/// What the requests of a step bring to their routers, on the device. What nobody asked for is not copied: then the
/// numbers that say so are 0 and the buffers hold what no kernel reads.
/// </summary>
public sealed class GpuRequests
{
    private int[] _numbers = [];

    internal GpuRequests(GpuAccelerator accelerator)
    {
        Sequences = new GpuBuffer<int>(accelerator, "sequences of tokens");
        Tags = new GpuBuffer<int>(accelerator, "tags");
        Seeds = new GpuBuffer<int>(accelerator, "routing seeds");
        TopKs = new GpuBuffer<int>(accelerator, "sizes of choices");
        FirstRanks = new GpuBuffer<int>(accelerator, "first ranks of choices");
        Biases = new GpuBuffer<float>(accelerator, "biases of requests");
        TopKs.Reserve(1);
        FirstRanks.Reserve(1);
        Biases.Reserve(1);
    }

    /// <summary>Sequence of each token, [Tokens].</summary>
    public GpuBuffer<int> Sequences { get; }

    /// <summary>Tag of each token, [Tokens].</summary>
    public GpuBuffer<int> Tags { get; }

    /// <summary>Routing seed of each token's request, [Tokens].</summary>
    public GpuBuffer<int> Seeds { get; }

    /// <summary>How many experts each token gets, [Tokens], where <see cref="HasChoices"/>.</summary>
    public GpuBuffer<int> TopKs { get; }

    /// <summary>Rank of the first expert that each token gets, [Tokens], where <see cref="HasChoices"/>.</summary>
    public GpuBuffer<int> FirstRanks { get; }

    /// <summary>Bias of each sequence, [Sequences, experts], where <see cref="HasBiases"/>.</summary>
    public GpuBuffer<float> Biases { get; }

    /// <summary>1 where a request asks for another choice than the declared one, else 0.</summary>
    public int HasChoices { get; private set; }

    /// <summary>1 where a request has a bias, else 0.</summary>
    public int HasBiases { get; private set; }

    /// <summary>The number of the step.</summary>
    public int Step { get; private set; }

    /// <summary>Takes over what the requests of a batch bring.</summary>
    internal void Begin(StepBatch batch, bool readsAll)
    {
        HasChoices = 0;
        HasBiases = 0;
        Step++;
        if (!readsAll)
            return;

        Array.Resize(ref _numbers, Math.Max(_numbers.Length, batch.Tokens));
        Send(Sequences, batch.SequenceOf);
        Array.Clear(_numbers);
        Send(Tags, _numbers.AsSpan(0, batch.Tokens));
        Send(Seeds, _numbers.AsSpan(0, batch.Tokens));
    }

    private static void Send(GpuBuffer<int> buffer, ReadOnlySpan<int> numbers)
    {
        buffer.Reserve(numbers.Length);
        buffer.Upload(numbers);
    }
}
