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

    /// <summary>How many experts each token gets, [Tokens], −1 for what is declared, where <see cref="HasChoices"/>.</summary>
    public GpuBuffer<int> TopKs { get; }

    /// <summary>Rank of the first expert that each token gets, [Tokens], −1 for what is declared, where <see cref="HasChoices"/>.</summary>
    public GpuBuffer<int> FirstRanks { get; }

    /// <summary>Bias of each sequence, [Sequences, experts], where <see cref="HasBiases"/>.</summary>
    public GpuBuffer<float> Biases { get; }

    /// <summary>1 where a request asks for another choice than the declared one, else 0.</summary>
    public int HasChoices { get; private set; }

    /// <summary>1 where a request has a bias, else 0.</summary>
    public int HasBiases { get; private set; }

    /// <summary>The number of the step, from 0.</summary>
    public int Step { get; private set; } = -1;

    /// <summary>Takes over what the requests of a batch bring.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="readsAll">Whether the model reads more than the size of a choice.</param>
    internal void Begin(StepBatch batch, bool readsAll)
    {
        Step = unchecked(Step + 1);
        HasChoices = batch.ChangesSelection ? 1 : 0;
        HasBiases = 0;
        if (_numbers.Length < batch.Tokens)
            _numbers = new int[batch.Tokens];
        if (batch.ChangesSelection)
        {
            // A request that leaves one of the two as declared says so with −1.
            SendEach(TopKs, batch, routing => routing is { TopK: > 0 } ? routing.TopK : -1);
            SendEach(FirstRanks, batch, routing => routing is null ? -1 : routing.FirstRank);
        }

        if (!readsAll)
            return;

        Send(Sequences, batch.SequenceOf);
        Send(Tags, batch.Tags);
        SendEach(Seeds, batch, routing => routing is null ? 0 : routing.Seed);
        SendBiases(batch);
    }

    private void SendEach(GpuBuffer<int> buffer, StepBatch batch, Func<RoutingOptions?, int> number)
    {
        for (int token = 0; token < batch.Tokens; token++)
            _numbers[token] = number(batch.Routing(batch.SequenceOf[token]));
        Send(buffer, _numbers.AsSpan(0, batch.Tokens));
    }

    private void SendBiases(StepBatch batch)
    {
        int experts = 0;
        for (int sequence = 0; sequence < batch.Sequences; sequence++)
            experts = Math.Max(experts, batch.Routing(sequence)?.Bias?.Count ?? 0);
        if (experts == 0)
            return;

        var biases = new float[batch.Sequences * experts];
        for (int sequence = 0; sequence < batch.Sequences; sequence++)
        {
            for (int expert = 0; batch.Routing(sequence)?.Bias is { } bias && expert < experts; expert++)
                biases[(sequence * experts) + expert] = bias[expert];
        }

        HasBiases = 1;
        Biases.Reserve(biases.Length);
        Biases.Upload(biases);
    }

    private static void Send(GpuBuffer<int> buffer, ReadOnlySpan<int> numbers)
    {
        buffer.Reserve(numbers.Length);
        buffer.Upload(numbers);
    }
}
