using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Models;

/// <summary>A declared model that benchmarks run, with random weights, and that peers rebuild.</summary>
public abstract class ModelCase
{
    /// <summary>Seed of the weights, here and in every peer.</summary>
    public const ulong Seed = 1;

    /// <summary>S and M.</summary>
    public static IReadOnlyList<ModelCase> All { get; } =
    [
        new ModelCase<Synthetic>("S", Synthetic.CreateRandom, Synthetic.Tensors(), Synthetic.Sizes),
        new ModelCase<SyntheticLarge>("M", SyntheticLarge.CreateRandom, SyntheticLarge.Tensors(), SyntheticLarge.Sizes),
    ];

    private protected ModelCase(string name, IEnumerable<TensorRequirement> tensors, DecoderSizes sizes)
    {
        Name = name;
        Tensors = [.. tensors];
        Sizes = sizes;
    }

    /// <summary>The name in tables.</summary>
    public string Name { get; }

    /// <summary>Every tensor, by its name in a checkpoint.</summary>
    public IReadOnlyList<TensorRequirement> Tensors { get; }

    /// <summary>Heads and experts.</summary>
    public DecoderSizes Sizes { get; }

    /// <summary>Vocabulary, width, layers.</summary>
    public abstract ModelShape Shape { get; }

    /// <summary>The weights, for a peer.</summary>
    public RandomTensors Weights() => new(Seed, Tensors);

    /// <summary>Our own contender.</summary>
    public abstract OwnModel Create(WeightFormat format, CacheFormat cache, int threads);

    /// <summary>The case with this name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ModelCase Of(string name) => All.FirstOrDefault(model => string.Equals(model.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no model {name}; there are {string.Join(", ", All.Select(model => model.Name))}.", nameof(name));
}

/// <summary>A declared model by its class.</summary>
internal sealed class ModelCase<TModel>(string name, Func<ulong, LoadOptions, TModel> create, IEnumerable<TensorRequirement> tensors, DecoderSizes sizes)
    : ModelCase(name, tensors, sizes)
    where TModel : class, IMoeModel<TModel>
{
    /// <inheritdoc/>
    public override ModelShape Shape => TModel.Shape;

    /// <inheritdoc/>
    public override OwnModel Create(WeightFormat format, CacheFormat cache, int threads)
    {
        // The shared pool where it has the right size: the limits are then measured by the very threads that run the model.
        int? own = threads == Moe.Runtime.Workers.WorkerPool.Shared.Threads ? null : threads;
        return new OwnModel<TModel>(create(Seed, new LoadOptions { Weights = format, Cache = cache, Threads = own }));
    }
}
