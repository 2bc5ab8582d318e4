using System;
using System.ComponentModel;

namespace Moe;

/// <summary>
/// A marked function as the compiler writes it into the assembly that declares it, so that projects which reference that
/// assembly can compile it into their own kernels. Not for authors.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class StoredFunctionAttribute : Attribute
{
    /// <summary>One function.</summary>
    /// <param name="typeName">Full name of the class that holds the method.</param>
    /// <param name="method">Name of the method.</param>
    /// <param name="text">Its expression, in the compiler's own form.</param>
    public StoredFunctionAttribute(string typeName, string method, string text)
    {
        TypeName = typeName;
        Method = method;
        Text = text;
    }

    /// <summary>Full name of the class that holds the method.</summary>
    public string TypeName { get; }

    /// <summary>Name of the method.</summary>
    public string Method { get; }

    /// <summary>Its expression, in the compiler's own form.</summary>
    public string Text { get; }
}
