using System;
using System.Linq;
using Moe.Benchmarks.Models;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Tokens;

/// <summary>
/// Bytes and operations of a sample: every weight that a step needs read once from where it is packed, padding included; the cache once a
/// step for each sequence; two operations for each multiplied weight and for attention.
/// </summary>
public sealed class StepWork
{
    private readonly ModelCase _model;
    private readonly long _always;
    private readonly long _expert;
    private readonly long _embeddingRow;
    private readonly long _cacheToken;

    /// <summary>Adds up the tensors of a model.</summary>
    public StepWork(ModelCase model, WeightFormat format, CacheFormat cache)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        WeightFormats formats = ((WeightFormats?)(WeightFormat?)format)!;
        long experts = 0;
        foreach (TensorRequirement tensor in model.Tensors)
        {
            if (tensor.Shape.Length < 2)
            {
                _always += tensor.Shape[0] * sizeof(float);
                continue;
            }

            int rows = (int)tensor.Shape[0], columns = (int)tensor.Shape[1];
            if (tensor.Kind == TensorKind.Embedding)
                _embeddingRow = PackedMatrix.PanelBytes(columns, format) / 16;
            else if (tensor.Name.Contains(".experts.", StringComparison.Ordinal))
                experts += Packed(rows, columns, format);
            else
                _always += Packed(rows, columns, tensor.Name.EndsWith(".mlp.gate.weight", StringComparison.Ordinal) ? formats.Router ?? WeightFormat.F32 : format);
        }

        _expert = experts / (model.Shape.Layers * model.Sizes.Experts);
        _cacheToken = model.Shape.CacheElementsPerToken * (cache == CacheFormat.F32 ? 4 : 2);
    }

    /// <summary>Bytes of a sample.</summary>
    /// <param name="point">What is run.</param>
    /// <param name="experts">Experts that its steps read, over layers and steps.</param>
    public double Bytes(TokenPoint point, long experts)
    {
        double bytes = (experts * (double)_expert) + (point.Tokens * (double)_embeddingRow);
        if (point.Phase == Phase.Prefill)
        {
            for (int start = 0; start < point.Prompt; start += Session.MaxTokensPerStep)
                bytes += _always + (Math.Min(start + Session.MaxTokensPerStep, point.Prompt) * (double)_cacheToken);
            return bytes;
        }

        for (int step = 0; step < point.Generated; step++)
            bytes += _always + (point.Batch * (point.Prompt + step + 1.0) * _cacheToken);
        return bytes;
    }

    /// <summary>Operations of a sample; the head once for each row of logits.</summary>
    public double Flops(TokenPoint point)
    {
        double head = 2.0 * _model.Shape.VocabularySize * _model.Shape.HiddenSize;
        double position = 4.0 * _model.Sizes.Heads * _model.Sizes.HeadSize * _model.Shape.Layers;
        if (point.Phase == Phase.Prefill)
            return ((_model.Shape.FlopsPerToken - head) * point.Prompt) + head + (position * point.Prompt * (point.Prompt - 1.0) / 2);
        double cached = Enumerable.Range(point.Prompt, point.Generated).Sum(length => (double)length);
        return point.Batch * ((_model.Shape.FlopsPerToken * (double)point.Generated) + (position * cached));
    }

    private static long Packed(int rows, int columns, WeightFormat format) => (rows + 15) / 16 * PackedMatrix.PanelBytes(columns, format);
}
