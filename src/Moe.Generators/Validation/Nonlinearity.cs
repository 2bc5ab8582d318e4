using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Validation;

/// <summary>
/// What is done between the projections of a feed-forward network: a named activation, a function of the author's or a
/// gate form. Of several on different levels of a chain the nearest one holds.
/// </summary>
internal static class Nonlinearity
{
    /// <summary>The argument that names a function.</summary>
    public const string Function = "Function";

    /// <summary>The argument that names its class.</summary>
    public const string From = "From";

    /// <summary>The function in the place of the activation or of the gate, or null where the activation holds.</summary>
    public static ScalarFunction? Of(ResolvedBlock block, Word word)
    {
        int activation = Level(word, "Activation");
        int function = Level(word, Function);
        double limit = word.Real("Limit", 0);
        double beta = word.Real("SwishBeta", 1);
        double offset = word.Real("UpOffset", 0);
        int form = limit == 0 && beta == 1 && offset == 0
            ? int.MaxValue
            : System.Math.Min(Level(word, "Limit"), System.Math.Min(Level(word, "SwishBeta"), Level(word, "UpOffset")));

        if (function != int.MaxValue && function <= activation && function <= form)
            return Named(block, word, Function, FunctionKinds.Activation | FunctionKinds.Gate);

        bool isGated = word.Flag("Gated", absent: true);
        return form != int.MaxValue && form <= activation && isGated ? GateForms.ClampedSwiGlu(limit, beta, offset) : null;
    }

    /// <summary>The function that an argument names; null where there is none.</summary>
    public static ScalarFunction? Named(ResolvedBlock block, Word word, string argument, FunctionKinds kinds) => word.Has(argument)
        ? Candidates(block, word, argument).FirstOrDefault(function => (function.Kinds & kinds) != 0)?.Function
        : null;

    /// <summary>The methods that an argument may mean.</summary>
    public static IEnumerable<FunctionDeclaration> Candidates(ResolvedBlock block, Word word, string argument)
    {
        string type = TypeOf(word, argument);
        string? method = word.Text(argument);
        return block.Declaration.Functions.Where(function => function.TypeName == type && function.Method == method);
    }

    /// <summary>The class in which the method is looked for: From, or the class that names the method.</summary>
    public static string TypeOf(Word word, string argument) => word.Text(From) ?? word.PartOf(argument).TypeName;

    private static int Level(Word word, string argument) => word.Has(argument) ? word.LevelOf(argument) : int.MaxValue;
}
