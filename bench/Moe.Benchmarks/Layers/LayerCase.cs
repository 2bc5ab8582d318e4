using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Benchmarks.Models;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Layers;

/// <summary>Which experts the tokens of a layer benchmark go to.</summary>
public enum Routing
{
    /// <summary>Top 8 of 64, as random rows and weights have it.</summary>
    Top8,

    /// <summary>Every token of a run to one expert.</summary>
    AllToOne,

    /// <summary>Each token of a run to another expert, 64 being all there are.</summary>
    OneEach,

    /// <summary>Every token to all 64 experts.</summary>
    AllExperts,
}

/// <summary>A layer benchmark's layer: hidden 2048, 64 experts of width 1024.</summary>
/// <param name="Routing">Who goes where.</param>
public sealed record LayerCase(Routing Routing)
{
    /// <summary>Width of a row.</summary>
    public const int HiddenSize = 2048;

    /// <summary>Experts.</summary>
    public const int Experts = 64;

    /// <summary>Width of an expert.</summary>
    public const int IntermediateSize = 1024;

    /// <summary>Experts of a token.</summary>
    public int TopK => Routing switch { Routing.Top8 => 8, Routing.AllExperts => Experts, _ => 1 };

    /// <summary>The layer with random weights.</summary>
    public IMoeLayer Create(WeightFormat format, int? threads)
    {
        LoadOptions options = new() { Weights = (WeightFormat?)format, Threads = threads };
        return Routing switch
        {
            Routing.Top8 => SyntheticLayer.CreateRandom(ModelCase.Seed, options: options),
            Routing.AllExperts => SyntheticLayerOfAll.CreateRandom(ModelCase.Seed, options: options),
            _ => SyntheticLayerOfOne.CreateRandom(ModelCase.Seed, options: options),
        };
    }

    /// <summary>The weights, for a peer.</summary>
    public RandomTensors Weights() => new(ModelCase.Seed, Routing switch
    {
        Routing.Top8 => SyntheticLayer.Tensors(),
        Routing.AllExperts => SyntheticLayerOfAll.Tensors(),
        _ => SyntheticLayerOfOne.Tensors(),
    });

    /// <summary>Whether experts are forced on tokens.</summary>
    public bool IsForced => Routing is Routing.AllToOne or Routing.OneEach;

    /// <summary>The expert that a token is forced to in a run; −1 where its router decides. Every run takes other ones, so that none stays in a cache.</summary>
    public int Forced(int token, int run) => Routing switch
    {
        Routing.AllToOne => run % Experts,
        Routing.OneEach => (token + run) % Experts,
        _ => -1,
    };

    /// <summary>Rows like those behind a norm: standard normal.</summary>
    public static float[] Rows(int tokens)
    {
        using var random = new RandomTensors(2, [new TensorRequirement("rows", [tokens, HiddenSize], TensorKind.Matrix)]);
        var rows = new float[tokens * HiddenSize];
        random.Read("rows", 0, rows);
        // Matrices come with deviation 1.1 / √inputs.
        float scale = MathF.Sqrt(HiddenSize) / 1.1f;
        foreach (ref float element in rows.AsSpan())
            element *= scale;
        return rows;
    }

    /// <summary>Bytes of one expert as it is packed.</summary>
    public static long ExpertBytes(WeightFormat format) =>
        (2 * (IntermediateSize / 16) * PackedMatrix.PanelBytes(HiddenSize, format)) + (HiddenSize / 16 * PackedMatrix.PanelBytes(IntermediateSize, format));

    /// <summary>Bytes of the router.</summary>
    public static long RouterBytes(WeightFormat format) =>
        Experts / 16 * PackedMatrix.PanelBytes(HiddenSize, format == WeightFormat.BF16 ? WeightFormat.BF16 : WeightFormat.F32);

    /// <summary>Operations of one token.</summary>
    public double Flops => 2.0 * HiddenSize * ((Experts) + (3.0 * TopK * IntermediateSize));
}
