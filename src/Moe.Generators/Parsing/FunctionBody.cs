using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

/// <summary>
/// The body of a static method → the expression it computes. Statements are followed with what each variable stands for;
/// both sides of an if become selections. The first thing that cannot be said stops the reading and is the problem.
/// </summary>
internal sealed partial class FunctionBody(CancellationToken cancellation)
{
    /// <summary>Most operations of a function, those of methods it calls included.</summary>
    public const int MaxOperations = 2000;

    private static readonly ScalarConstant _nothing = new(0);

    private readonly FunctionLocals _locals = new();
    private readonly Stack<IMethodSymbol> _methods = new();
    private readonly Stack<SyntaxNode> _syntax = new();
    private FunctionProblem? _problem;
    private IOperation? _rootCall;
    private int _operations;

    /// <summary>What variables stand for.</summary>
    private sealed record Meanings(
        ImmutableDictionary<ISymbol, ScalarExpression> Numbers,
        ImmutableDictionary<ISymbol, Condition> Truths)
    {
        public static readonly Meanings None = new(
            ImmutableDictionary.Create<ISymbol, ScalarExpression>(SymbolEqualityComparer.Default),
            ImmutableDictionary.Create<ISymbol, Condition>(SymbolEqualityComparer.Default));

        public Meanings With(ISymbol symbol, ScalarExpression value) => this with { Numbers = Numbers.SetItem(symbol, value) };

        public Meanings With(ISymbol symbol, Condition value) => this with { Truths = Truths.SetItem(symbol, value) };
    }

    /// <summary>Statements still to be followed.</summary>
    private sealed record Rest(IOperation Statement, Rest? Next)
    {
        public static Rest? Of(IEnumerable<IOperation> statements, Rest? next) =>
            statements.Reverse().Aggregate(next, (rest, statement) => new Rest(statement, rest));
    }

    /// <summary>The function, or null and the problem.</summary>
    public ScalarFunction? Read(IMethodSymbol method, out FunctionProblem? problem)
    {
        ImmutableArray<string> names = method.Parameters.Select(parameter => _locals.Name(parameter.Name)).ToImmutableArray();
        ScalarExpression result = Read(method, names.Select((_, index) => (ScalarExpression)new ScalarParameter(index)).ToImmutableArray());
        problem = _problem;
        return _problem is null ? _locals.Finish(method.Name, names, result) : null;
    }

    private ScalarExpression Read(IMethodSymbol method, ImmutableArray<ScalarExpression> arguments)
    {
        SyntaxNode syntax = method.DeclaringSyntaxReferences[0].GetSyntax(cancellation);
        SemanticModel model = ((ISourceAssemblySymbol)method.ContainingAssembly).Compilation.GetSemanticModel(syntax.SyntaxTree);
        var body = model.GetOperation(syntax, cancellation) as IMethodBodyOperation;
        _methods.Push(method);
        _syntax.Push(syntax);
        Meanings meanings = Meanings.None;
        foreach (IParameterSymbol parameter in method.Parameters)
            meanings = meanings.With(parameter, arguments[parameter.Ordinal]);

        IBlockOperation? block = body?.BlockBody ?? body?.ExpressionBody;
        ScalarExpression result = block is null
            ? Refuse(null, "MOE605", method.Name, "it has no body")
            : Follow(Rest.Of(block.Operations, null), meanings);
        _methods.Pop();
        _syntax.Pop();
        return result;
    }

    // The value that the statements return.
    private ScalarExpression Follow(Rest? rest, Meanings meanings)
    {
        for (; rest is not null && _problem is null; rest = rest.Next)
        {
            cancellation.ThrowIfCancellationRequested();
            switch (rest.Statement)
            {
                case IReturnOperation { ReturnedValue: { } returned }:
                    return Number(returned, meanings);
                case { } statement when !Returns(statement):
                    meanings = Change(statement, meanings);
                    break;
                case IBlockOperation block:
                    return Follow(Rest.Of(block.Operations, rest.Next), meanings);
                case IConditionalOperation choice:
                    Condition condition = Truth(choice.Condition, meanings);
                    ScalarExpression whenTrue = Follow(new Rest(choice.WhenTrue, rest.Next), meanings);
                    ScalarExpression otherwise = Follow(choice.WhenFalse is null ? rest.Next : new Rest(choice.WhenFalse, rest.Next), meanings);
                    return Select(condition, whenTrue, otherwise);
                default:
                    return Refuse(rest.Statement, "MOE604", "this statement is more than locals, assignments, if and return");
            }
        }

        return _nothing;
    }

    // What variables stand for after a statement that returns nowhere.
    private Meanings Change(IOperation statement, Meanings meanings)
    {
        switch (statement)
        {
            case IBlockOperation block:
                return block.Operations.Aggregate(meanings, (current, inner) => Change(inner, current));
            case IVariableDeclarationGroupOperation group:
                foreach (IVariableDeclaratorOperation declarator in group.Declarations.SelectMany(declaration => declaration.Declarators))
                {
                    if (declarator.GetVariableInitializer()?.Value is { } value)
                        meanings = Assign(declarator.Symbol, value, meanings);
                }

                return meanings;
            case IExpressionStatementOperation { Operation: ISimpleAssignmentOperation { Target: ILocalReferenceOperation or IParameterReferenceOperation, IsRef: false } set }:
                return Assign(Target(set.Target), set.Value, meanings);
            case IExpressionStatementOperation { Operation: ICompoundAssignmentOperation { Target: ILocalReferenceOperation or IParameterReferenceOperation } set }:
                ISymbol target = Target(set.Target);
                ScalarExpression combined = Combine(set, set.OperatorKind, Number(set.Target, meanings), () => Number(set.Value, meanings));
                return meanings.With(target, _locals.Bind(target.Name, combined));
            case IConditionalOperation choice:
                Condition condition = Truth(choice.Condition, meanings);
                Meanings whenTrue = Change(choice.WhenTrue, meanings);
                Meanings otherwise = choice.WhenFalse is null ? meanings : Change(choice.WhenFalse, meanings);
                return Merge(condition, whenTrue, otherwise, meanings);
            case IEmptyOperation:
                return meanings;
            default:
                Refuse(statement, "MOE604", "this statement is more than locals, assignments, if and return");
                return meanings;
        }
    }

    private Meanings Assign(ISymbol symbol, IOperation value, Meanings meanings) => value.Type?.SpecialType == SpecialType.System_Boolean
        ? meanings.With(symbol, Truth(value, meanings))
        : meanings.With(symbol, _locals.Bind(symbol.Name, Number(value, meanings)));

    // Variables from before the if; those that one side assigns are selected.
    private Meanings Merge(Condition condition, Meanings whenTrue, Meanings otherwise, Meanings before)
    {
        Meanings merged = before;
        foreach (KeyValuePair<ISymbol, ScalarExpression> number in whenTrue.Numbers.OrderBy(pair => pair.Key.Name, System.StringComparer.Ordinal))
        {
            if (otherwise.Numbers.TryGetValue(number.Key, out ScalarExpression? other))
                merged = merged.With(number.Key, number.Value.Equals(other) ? other : _locals.Bind(number.Key.Name, Select(condition, number.Value, other)));
        }

        foreach (KeyValuePair<ISymbol, Condition> truth in whenTrue.Truths)
        {
            // c ? a : b = not (not (c and a) and not (not c and b))
            if (otherwise.Truths.TryGetValue(truth.Key, out Condition? other))
                merged = merged.With(truth.Key, new Not(new Both(new Not(new Both(condition, truth.Value)), new Not(new Both(new Not(condition), other)))));
        }

        return merged;
    }

    private ScalarExpression Select(Condition condition, ScalarExpression whenTrue, ScalarExpression otherwise) =>
        condition.Select(whenTrue, otherwise, expression => _locals.Bind("either", expression));

    private static ISymbol Target(IOperation reference) => reference is ILocalReferenceOperation local
        ? local.Local
        : ((IParameterReferenceOperation)reference).Parameter;

    private static bool Returns(IOperation statement) => statement.DescendantsAndSelf().Any(inner => inner is IReturnOperation);

    /// <summary>Records the first problem: in the method being read, or at the call that led there where that stands in another class.</summary>
    private ScalarConstant Refuse(IOperation? at, string rule, params string[] arguments)
    {
        if (_problem is not null)
            return _nothing;

        IMethodSymbol method = _methods.Peek();
        SyntaxNode root = _syntax.Peek();
        SyntaxNode? node = at?.Syntax;
        if (_rootCall is not null && !SymbolEqualityComparer.Default.Equals(method.ContainingType, _methods.Last().ContainingType))
            (method, root, node) = (_methods.Last(), _syntax.Last(), _rootCall.Syntax);

        int index = node is null ? -1 : root.DescendantNodesAndSelf().TakeWhile(other => other != node).Count();
        _problem = new FunctionProblem(
            rule,
            TypeNames.Full(method.ContainingType),
            method.Name,
            FunctionReader.OverloadOf(method),
            index,
            arguments.Prepend(node is null ? method.Name : Shortened(node)).ToImmutableArray());
        return _nothing;
    }

    private static string Shortened(SyntaxNode node)
    {
        string text = string.Join(" ", node.ToString().Split([' ', '\r', '\n', '\t'], System.StringSplitOptions.RemoveEmptyEntries));
        return text.Length <= 60 ? text : text.Substring(0, 57) + "...";
    }
}
