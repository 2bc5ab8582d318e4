using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Conformance.Tests.Harness;
using Moe.Generators.Architecture;

namespace Moe.Conformance.Tests.Systems;

/// <summary>All declarations of the systems, compiled once for all tests.</summary>
internal static class SystemAssembly
{
    private static readonly Lazy<CompiledAssembly> _assembly = new(() => CompiledAssembly.Compile(SystemDeclarations.Sources));
    private static readonly Lazy<CSharpCompilation> _compilation = new(() => DeclarationCompilation.Of(SystemDeclarations.Sources));
    private static readonly ConcurrentDictionary<string, MoeArchitecture> _architectures = [];

    /// <summary>What a class declares.</summary>
    public static MoeArchitecture Architecture(string name) =>
        _architectures.GetOrAdd(name, key => DeclarationCompilation.Architecture(_compilation.Value, "Systems." + key));

    /// <summary>An emitted layer.</summary>
    public static CompiledLayer Layer(string name) => _assembly.Value.Layer("Systems." + name);

    /// <summary>An emitted model.</summary>
    public static CompiledModel Model(string name) => _assembly.Value.Model("Systems." + name);

    /// <summary>A constant of an emitted class.</summary>
    public static long Constant(string type, string name)
    {
        FieldInfo field = Model(type).Type.GetField(name, BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)
            ?? throw new ArgumentException($"{type} has no constant {name}.");
        return Convert.ToInt64(field.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
