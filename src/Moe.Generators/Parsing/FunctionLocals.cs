using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

/// <summary>Names for what a function computes once, while its body is read.</summary>
internal sealed class FunctionLocals
{
    // Words of emitted code that a local or parameter would hide.
    private static readonly HashSet<string> _reserved = ["TLanes", "Transcendental", "GpuMath"];

    private readonly HashSet<string> _names = [];
    private readonly List<ScalarVariable> _locals = [];

    /// <summary>The name, or one like it that is free and not a keyword.</summary>
    public string Name(string wanted)
    {
        string stem = SyntaxFacts.GetKeywordKind(wanted) == SyntaxKind.None && !_reserved.Contains(wanted) ? wanted : wanted + "Value";
        string name = stem;
        for (int number = 2; !_names.Add(name); number++)
            name = stem + number;
        return name;
    }

    /// <summary>The expression under a name; what is a name or a number already stays as it is.</summary>
    public ScalarExpression Bind(string name, ScalarExpression value)
    {
        if (value is ScalarConstant or ScalarParameter or ScalarLocal)
            return value;

        _locals.Add(new ScalarVariable(Name(name), value));
        return new ScalarLocal(_locals.Count - 1);
    }

    /// <summary>The result of another function, its parameters and locals in place.</summary>
    public ScalarExpression Inline(ScalarFunction function, ImmutableArray<ScalarExpression> arguments)
    {
        var locals = new List<ScalarExpression>();
        foreach (ScalarVariable local in function.Locals)
            locals.Add(Bind(local.Name, Replace(local.Value, arguments, locals)));
        return Replace(function.Result, arguments, locals);
    }

    /// <summary>A selection; a number compared with itself asks whether it is NaN, and is emitted without a warning.</summary>
    public static ScalarExpression Select(
        ScalarComparison comparison, ScalarExpression left, ScalarExpression right, ScalarExpression whenTrue, ScalarExpression otherwise)
    {
        if (!left.Equals(right))
            return new ScalarSelect(comparison, left, right, whenTrue, otherwise);
        if (comparison == ScalarComparison.Less)
            return otherwise;

        return new ScalarSelect(
            ScalarComparison.LessOrEqual, new ScalarCall(ScalarUnary.Abs, left), new ScalarConstant(float.PositiveInfinity), whenTrue, otherwise);
    }

    /// <summary>The function, without the locals that nothing reads.</summary>
    public ScalarFunction Finish(string name, ImmutableArray<string> parameters, ScalarExpression result)
    {
        var used = new HashSet<int>();
        Mark(result, used);
        for (int i = _locals.Count - 1; i >= 0; i--)
        {
            if (used.Contains(i))
                Mark(_locals[i].Value, used);
        }

        ImmutableArray<ScalarExpression> same = parameters.Select((_, index) => (ScalarExpression)new ScalarParameter(index)).ToImmutableArray();
        var kept = ImmutableArray.CreateBuilder<ScalarVariable>();
        var places = new List<ScalarExpression>();
        for (int i = 0; i < _locals.Count; i++)
        {
            places.Add(new ScalarLocal(kept.Count));
            if (used.Contains(i))
                kept.Add(_locals[i] with { Value = Replace(_locals[i].Value, same, places) });
        }

        return new ScalarFunction(name, parameters, kept.ToImmutable(), Replace(result, same, places));
    }

    private static void Mark(ScalarExpression expression, HashSet<int> used)
    {
        if (expression is ScalarLocal local)
            used.Add(local.Index);
        foreach (ScalarExpression operand in Operands(expression))
            Mark(operand, used);
    }

    private static ScalarExpression[] Operands(ScalarExpression expression) => expression switch
    {
        ScalarCall call => [call.Operand],
        ScalarOperation operation => [operation.Left, operation.Right],
        ScalarSelect select => [select.Left, select.Right, select.WhenTrue, select.Otherwise],
        _ => [],
    };

    private static ScalarExpression Replace(ScalarExpression expression, ImmutableArray<ScalarExpression> parameters, List<ScalarExpression> locals)
    {
        return expression switch
        {
            ScalarParameter parameter => parameters[parameter.Index],
            ScalarLocal local => locals[local.Index],
            ScalarCall call => new ScalarCall(call.Function, Of(call.Operand)),
            ScalarOperation operation => new ScalarOperation(operation.Operator, Of(operation.Left), Of(operation.Right)),
            ScalarSelect select => Select(select.Comparison, Of(select.Left), Of(select.Right), Of(select.WhenTrue), Of(select.Otherwise)),
            _ => expression,
        };

        ScalarExpression Of(ScalarExpression operand) => Replace(operand, parameters, locals);
    }
}
