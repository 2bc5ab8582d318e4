using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using CsCheck;
using Moe.Generators.Declarations;

namespace Moe.Conformance.Tests.Functions;

/// <summary>Random functions on scalars.</summary>
internal static class FunctionGen
{
    private static readonly Gen<float> _constant = Gen.OneOf(
        Gen.Float[-4f, 4f],
        Gen.OneOf(0f, -0f, 1f, -1f, 0.5f, 7f, 1e-30f, 3e30f, float.PositiveInfinity, float.NegativeInfinity, float.NaN));

    /// <summary>Any tree of any operation, one or two parameters and up to three locals.</summary>
    public static Gen<ScalarFunction> Any(string name) =>
        from parameters in Gen.Int[1, 2]
        from locals in Gen.Int[0, 3]
        from values in Sequence(Enumerable.Range(0, locals).Select(index => Tree(3, parameters, index, isLocal: true)))
        from result in Tree(4, parameters, locals, isLocal: false)
        select Function(name, parameters, values, result);

    /// <summary>
    /// Functions with slopes of a few at most and without jumps, which experts of random models may apply without
    /// multiplying rounding errors.
    /// </summary>
    public static Gen<ScalarFunction> Tame(string name, int parameters) =>
        from local in TameTree(2, parameters, 0)
        from result in TameTree(2, parameters, 1)
        select Function(name, parameters, local is ScalarCall ? [local] : [], local is ScalarCall ? result : Without(result));

    private static ScalarFunction Function(string name, int parameters, IReadOnlyList<ScalarExpression> locals, ScalarExpression result)
    {
        // As an author's compiler would read it: locals that nothing reads are left out.
        string[] names = parameters == 2 ? ["gate", "up"] : ["x"];
        var reader = new Moe.Generators.Parsing.FunctionLocals();
        foreach (string parameter in names)
            reader.Name(parameter);
        for (int i = 0; i < locals.Count; i++)
            reader.Bind("t" + i, locals[i]);
        return reader.Finish(name, [.. names], result);
    }

    private static Gen<ScalarExpression> Tree(int depth, int parameters, int locals, bool isLocal)
    {
        Gen<ScalarExpression> atom = Gen.Frequency(
            (3, Gen.Int[0, parameters - 1].Select(index => (ScalarExpression)new ScalarParameter(index))),
            (locals > 0 ? 2 : 0, Gen.Int[0, System.Math.Max(0, locals - 1)].Select(index => (ScalarExpression)new ScalarLocal(index))),
            (2, _constant.Select(value => (ScalarExpression)new ScalarConstant(value))));
        if (depth == 0)
            return atom;

        Gen<ScalarExpression> inner = Tree(depth - 1, parameters, locals, false);
        Gen<ScalarExpression> call = Gen.Select(Gen.Enum<ScalarUnary>(), inner.Where(HasVariable), (function, x) => (ScalarExpression)new ScalarCall(function, x));
        Gen<ScalarExpression> operation = Gen.Select(Gen.Enum<ScalarBinary>(), inner, inner, (sign, x, y) => (ScalarExpression)new ScalarOperation(sign, x, y)).Where(HasVariable);
        Gen<ScalarExpression> select = Gen.Select(Gen.Enum<ScalarComparison>(), Gen.Select(atom.Where(HasVariable), atom).Where((x, y) => x != y), Gen.Select(inner, inner),
            (sign, operands, sides) => (ScalarExpression)new ScalarSelect(sign, operands.Item1, operands.Item2, sides.Item1, sides.Item2));
        return isLocal ? Gen.Frequency((2, call), (3, operation), (2, select)) : Gen.Frequency((2, call), (4, operation), (2, select), (1, atom));
    }

    private static Gen<ScalarExpression> TameTree(int depth, int parameters, int locals)
    {
        Gen<ScalarExpression> atom = Gen.Int[0, parameters - 1 + locals].Select(index =>
            index < parameters ? (ScalarExpression)new ScalarParameter(index) : new ScalarLocal(index - parameters));
        if (depth == 0)
            return atom;

        Gen<ScalarExpression> inner = TameTree(depth - 1, parameters, locals);
        Gen<ScalarExpression> bounded = Gen.Select(
            Gen.OneOf(ScalarUnary.Tanh, ScalarUnary.Sigmoid, ScalarUnary.Erf, ScalarUnary.Normal, ScalarUnary.Sin, ScalarUnary.Cos),
            inner,
            (function, x) => (ScalarExpression)new ScalarCall(function, x));
        Gen<ScalarExpression> scaled = Gen.Select(Gen.Float[0.25f, 1.25f], inner, (factor, x) =>
            (ScalarExpression)new ScalarOperation(ScalarBinary.Multiply, new ScalarConstant(factor), x));
        Gen<ScalarExpression> sum = Gen.Select(Gen.OneOf(ScalarBinary.Add, ScalarBinary.Subtract, ScalarBinary.Min, ScalarBinary.Max), inner, inner,
            (sign, x, y) => (ScalarExpression)new ScalarOperation(sign, x, y));
        Gen<ScalarExpression> product = Gen.Select(bounded, inner, (x, y) => (ScalarExpression)new ScalarOperation(ScalarBinary.Multiply, x, y));
        Gen<ScalarExpression> rectified = Gen.Select(atom, Gen.Float[-0.5f, 0.5f], (x, slope) => (ScalarExpression)new ScalarSelect(
            ScalarComparison.Less, x, new ScalarConstant(0), new ScalarOperation(ScalarBinary.Multiply, new ScalarConstant(slope), x), x));
        Gen<ScalarExpression> smooth = inner.Select(x => (ScalarExpression)new ScalarCall(ScalarUnary.Log, new ScalarOperation(
            ScalarBinary.Add, new ScalarConstant(1), new ScalarCall(ScalarUnary.Exp, new ScalarOperation(ScalarBinary.Min, x, new ScalarConstant(20))))));
        return Gen.Frequency((2, bounded), (1, scaled), (1, sum), (3, product), (2, rectified), (1, smooth));
    }

    // The compiler of C# folds constants, so that such a tree does not come back as it was drawn.
    private static bool HasVariable(ScalarExpression expression) => expression switch
    {
        ScalarConstant => false,
        ScalarCall call => HasVariable(call.Operand),
        ScalarOperation operation => HasVariable(operation.Left) || HasVariable(operation.Right),
        _ => true,
    };

    private static ScalarExpression Without(ScalarExpression expression) => expression switch
    {
        ScalarLocal => new ScalarParameter(0),
        ScalarCall call => new ScalarCall(call.Function, Without(call.Operand)),
        ScalarOperation operation => new ScalarOperation(operation.Operator, Without(operation.Left), Without(operation.Right)),
        ScalarSelect select => new ScalarSelect(
            select.Comparison, Without(select.Left), Without(select.Right), Without(select.WhenTrue), Without(select.Otherwise)),
        _ => expression,
    };

    private static Gen<IReadOnlyList<ScalarExpression>> Sequence(IEnumerable<Gen<ScalarExpression>> gens) => gens.Aggregate(
        Gen.Const((IReadOnlyList<ScalarExpression>)[]),
        (all, next) => Gen.Select(all, next, (list, item) => (IReadOnlyList<ScalarExpression>)[.. list, item]));
}
