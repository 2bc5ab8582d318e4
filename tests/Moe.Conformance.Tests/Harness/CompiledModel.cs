using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Memory;
using Moe.Runtime.Models;
using Moe.Runtime.Text;

namespace Moe.Conformance.Tests.Harness;

/// <summary>An emitted model without its type: what tests call.</summary>
internal interface ICompiledModel : IDisposable
{
    /// <summary>What the declaration fixes.</summary>
    ModelShape Shape { get; }

    /// <summary>An empty cache.</summary>
    SequenceCache NewCache();

    /// <summary>A step that shows itself.</summary>
    void Step(StepBatch batch, Recording recording);

    /// <summary>A step that nobody watches.</summary>
    void Step(StepBatch batch);
}

/// <summary>Binds to an emitted model by its type, as the runtime's own generic code does.</summary>
internal sealed class Adapter<TModel>(TModel model) : ICompiledModel
    where TModel : class, IMoeModel<TModel>
{
    /// <inheritdoc/>
    public ModelShape Shape => TModel.Shape;

    /// <inheritdoc/>
    public SequenceCache NewCache() => model.NewCache();

    /// <inheritdoc/>
    public void Step(StepBatch batch, Recording recording)
    {
        var observer = new RecordingObserver(recording);
        model.Step(batch, ref observer);
    }

    /// <inheritdoc/>
    public void Step(StepBatch batch)
    {
        var observer = default(NoObserver);
        model.Step(batch, ref observer);
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}

/// <summary>The type of an emitted model, and its static members.</summary>
internal sealed class CompiledModel(Type type)
{
    /// <summary>The emitted class.</summary>
    public Type Type => type;

    /// <summary>Loads a checkpoint folder.</summary>
    public ICompiledModel Load(string folder, LoadOptions? options = null) => Create("Load", folder, options);

    /// <summary>Packs a checkpoint folder.</summary>
    public void Pack(string folder, string packedFile, LoadOptions? options = null, CancellationToken cancellation = default)
    {
        var pack = type.GetMethod("Pack")!.CreateDelegate<Action<string, string, LoadOptions?, CancellationToken>>();
        pack(folder, packedFile, options, cancellation);
    }

    /// <summary>What a loaded model has for text.</summary>
    public (Tokenizer? Tokenizer, GenerationDefaults Defaults) TextOf(string path)
    {
        using var model = (IDisposable)type.GetMethod("Load")!.Invoke(null, [path, null])!;
        return ((Tokenizer?)type.GetProperty("Tokenizer")!.GetValue(model), (GenerationDefaults)type.GetProperty("GenerationDefaults")!.GetValue(model)!);
    }

    /// <summary>Every tensor that its checkpoints need.</summary>
    public IEnumerable<TensorRequirement> Requirements =>
        (IEnumerable<TensorRequirement>)type.GetMethod("Requirements", BindingFlags.NonPublic | BindingFlags.Static)!.Invoke(null, null)!;

    /// <summary>Invents weights.</summary>
    public ICompiledModel CreateRandom(ulong seed, LoadOptions? options = null) => Create("CreateRandom", seed, options);

    private ICompiledModel Create(string method, object argument, LoadOptions? options)
    {
        MethodInfo create = type.GetMethod(method, [argument.GetType(), typeof(LoadOptions)])
            ?? throw new InvalidOperationException($"{type} has no public {method}({argument.GetType().Name}, LoadOptions).");
        object model;
        try
        {
            model = create.Invoke(null, [argument, options])!;
        }
        catch (TargetInvocationException failure) when (failure.InnerException is not null)
        {
            throw failure.InnerException;
        }

        return (ICompiledModel)Activator.CreateInstance(typeof(Adapter<>).MakeGenericType(type), model)!;
    }
}
