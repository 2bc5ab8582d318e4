using System;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Moe.Generators.Declarations;

namespace Moe.Generators.Parsing;

// Numbers and truth values.
internal sealed partial class FunctionBody
{
    private ScalarExpression Number(IOperation operation, Meanings meanings)
    {
        if (_problem is not null)
            return _nothing;
        if (++_operations > MaxOperations)
            return Refuse(operation, "MOE604", $"the function grows to more than {MaxOperations} operations");
        if (operation.ConstantValue is { HasValue: true, Value: float constant })
            return new ScalarConstant(constant);
        if (operation.Type?.SpecialType != SpecialType.System_Single)
            return Refuse(operation, "MOE604", $"it is {operation.Type?.ToDisplayString() ?? "no number"} and kernels compute in float: write f after numbers and MathF for Math");

        switch (operation)
        {
            case IParenthesizedOperation inner:
                return Number(inner.Operand, meanings);
            case IConversionOperation { Operand: { } operand, OperatorMethod: null } when operand.Type?.SpecialType == SpecialType.System_Single:
                return Number(operand, meanings);
            case IConversionOperation conversion:
                return Refuse(conversion, "MOE604", $"it converts {conversion.Operand.Type?.ToDisplayString()} and kernels compute in float: write f after numbers and MathF for Math");
            case IParameterReferenceOperation or ILocalReferenceOperation:
                return meanings.Numbers.TryGetValue(Target(operation), out ScalarExpression? value)
                    ? value
                    : Refuse(operation, "MOE604", "it is not a parameter or local of this method");
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus, OperatorMethod: null } minus:
                return new ScalarCall(ScalarUnary.Negate, Number(minus.Operand, meanings));
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Plus, OperatorMethod: null } plus:
                return Number(plus.Operand, meanings);
            case IBinaryOperation { OperatorMethod: null } binary:
                ScalarExpression left = Number(binary.LeftOperand, meanings);
                return Combine(binary, binary.OperatorKind, left, () => Number(binary.RightOperand, meanings));
            case IConditionalOperation choice when choice.WhenFalse is not null:
                Condition condition = Truth(choice.Condition, meanings);
                ScalarExpression whenTrue = Number(choice.WhenTrue, meanings);
                return Select(condition, whenTrue, Number(choice.WhenFalse, meanings));
            case IInvocationOperation call:
                return Call(call, meanings);
            case IFieldReferenceOperation or IPropertyReferenceOperation:
                return Refuse(operation, "MOE604", "it can change while the model runs: make it a const, a parameter or a local");
            default:
                return Refuse(operation, "MOE604", "it is more than arithmetic, comparison, MathF and calls of such methods");
        }
    }

    private ScalarExpression Combine(IOperation at, BinaryOperatorKind kind, ScalarExpression left, Func<ScalarExpression> right) => kind switch
    {
        BinaryOperatorKind.Add => new ScalarOperation(ScalarBinary.Add, left, right()),
        BinaryOperatorKind.Subtract => new ScalarOperation(ScalarBinary.Subtract, left, right()),
        BinaryOperatorKind.Multiply => new ScalarOperation(ScalarBinary.Multiply, left, right()),
        BinaryOperatorKind.Divide => new ScalarOperation(ScalarBinary.Divide, left, right()),
        _ => Refuse(at, "MOE604", "of the operators on numbers, kernels have +, -, * and /"),
    };

    private Condition Truth(IOperation operation, Meanings meanings)
    {
        if (_problem is not null)
            return new Known(false);
        if (operation.ConstantValue is { HasValue: true, Value: bool constant })
            return new Known(constant);

        switch (operation)
        {
            case IParenthesizedOperation inner:
                return Truth(inner.Operand, meanings);
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                return new Not(Truth(not.Operand, meanings));
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.And } both:
                return new Both(Truth(both.LeftOperand, meanings), Truth(both.RightOperand, meanings));
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalOr or BinaryOperatorKind.Or } either:
                return new Not(new Both(new Not(Truth(either.LeftOperand, meanings)), new Not(Truth(either.RightOperand, meanings))));
            case IBinaryOperation { OperatorMethod: null } comparison when comparison.LeftOperand.Type?.SpecialType != SpecialType.System_Boolean:
                return Compare(comparison, meanings);
            case ILocalReferenceOperation local when meanings.Truths.TryGetValue(local.Local, out Condition? truth):
                return truth;
            case IInvocationOperation { Arguments.Length: 1, TargetMethod: { ContainingType.SpecialType: SpecialType.System_Single } method } call:
                return Classify(call, method.Name, meanings);
            default:
                Refuse(operation, "MOE604", "it is more than comparisons of numbers with &&, || and !");
                return new Known(false);
        }
    }

    private Condition Compare(IBinaryOperation comparison, Meanings meanings)
    {
        ScalarExpression left = _locals.Bind("left", Number(comparison.LeftOperand, meanings));
        ScalarExpression right = _locals.Bind("right", Number(comparison.RightOperand, meanings));
        switch (comparison.OperatorKind)
        {
            case BinaryOperatorKind.LessThan:
                return new Compared(ScalarComparison.Less, left, right);
            case BinaryOperatorKind.LessThanOrEqual:
                return new Compared(ScalarComparison.LessOrEqual, left, right);
            case BinaryOperatorKind.GreaterThan:
                return new Compared(ScalarComparison.Less, right, left);
            case BinaryOperatorKind.GreaterThanOrEqual:
                return new Compared(ScalarComparison.LessOrEqual, right, left);
            case BinaryOperatorKind.Equals:
                return new Compared(ScalarComparison.Equal, left, right);
            case BinaryOperatorKind.NotEquals:
                return new Not(new Compared(ScalarComparison.Equal, left, right));
            default:
                Refuse(comparison, "MOE604", "it is more than comparisons of numbers with &&, || and !");
                return new Known(false);
        }
    }

    // float.IsNaN and its like.
    private Condition Classify(IInvocationOperation call, string name, Meanings meanings)
    {
        ScalarExpression x = _locals.Bind("number", Number(call.Arguments[0].Value, meanings));
        var size = new ScalarCall(ScalarUnary.Abs, x);
        var infinity = new ScalarConstant(float.PositiveInfinity);
        switch (name)
        {
            case "IsNaN":
                return new Not(new Compared(ScalarComparison.Equal, x, x));
            case "IsFinite":
                return new Compared(ScalarComparison.Less, size, infinity);
            case "IsInfinity":
                return new Compared(ScalarComparison.Equal, size, infinity);
            default:
                Refuse(call, "MOE605", "of float's questions, kernels have IsNaN, IsFinite and IsInfinity");
                return new Known(false);
        }
    }

    private ScalarExpression Call(IInvocationOperation call, Meanings meanings)
    {
        IMethodSymbol method = call.TargetMethod;
        ImmutableArray<IOperation> operands = call.Arguments
            .OrderBy(argument => argument.Parameter!.Ordinal)
            .Select(argument => argument.Value)
            .ToImmutableArray();
        string type = method.ContainingType.ToDisplayString();
        if (type is "System.MathF" or "System.Math" or "float" or KnownNames.Transcendental)
        {
            return FunctionTable.Call(method.Name, operands.Select(operand => Number(operand, meanings)).ToImmutableArray(), _locals)
                ?? Refuse(call, "MOE605", $"there is no {method.ContainingType.Name}.{method.Name} of ours; there are {FunctionTable.Names}");
        }

        if (FunctionReader.FormProblem(method) is { } problem)
            return Refuse(call, "MOE605", $"{method.Name} is not a function on floats: {problem}");
        if (_methods.Any(caller => SymbolEqualityComparer.Default.Equals(caller, method)))
            return Refuse(call, "MOE606", method.Name);

        ImmutableArray<ScalarExpression> arguments = operands
            .Select((operand, index) => _locals.Bind(method.Parameters[index].Name, Number(operand, meanings)))
            .ToImmutableArray();
        if (method.DeclaringSyntaxReferences.IsEmpty)
        {
            return FunctionReader.ReadStored(method) is { } stored
                ? _locals.Inline(stored, arguments)
                : Refuse(call, "MOE605", $"the body of {method.Name} is in the assembly {method.ContainingAssembly.Name}, which stores no function of that name");
        }

        bool isRoot = _methods.Count == 1;
        if (isRoot)
            _rootCall = call;
        ScalarExpression result = Read(method, arguments);
        if (isRoot)
            _rootCall = null;
        return result;
    }
}
