using System;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Harness;

/// <summary>The type of an emitted layer that stands alone.</summary>
internal sealed class CompiledLayer(Type type)
{
    /// <summary>The emitted class.</summary>
    public Type Type => type;

    /// <summary>Loads weights.</summary>
    public IMoeLayer Load(string path, string prefix = "", int layer = 0, LoadOptions? options = null) => Create("Load", path, prefix, layer, options);

    /// <summary>Invents weights.</summary>
    public IMoeLayer CreateRandom(ulong seed, int layer = 0, LoadOptions? options = null) => Create("CreateRandom", seed, layer, options);

    private IMoeLayer Create(string method, params object?[] arguments)
    {
        try
        {
            return (IMoeLayer)type.GetMethod(method)!.Invoke(null, arguments)!;
        }
        catch (TargetInvocationException failure) when (failure.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(failure.InnerException);
            throw;
        }
    }
}
