using System.Collections.Immutable;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Emit;

/// <summary>The surface of a model that breaks rules: the same members, with bodies that throw and name the rules.</summary>
internal static class ThrowingSurfaceEmitter
{
    public static EmittedFile Emit(ModelDeclaration declaration, ImmutableArray<Finding> findings) =>
        new(declaration.Type.FullName + ".g.cs", "");
}
