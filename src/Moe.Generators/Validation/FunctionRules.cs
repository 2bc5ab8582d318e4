using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about functions that a block names, and about the words of a gate form: MOE112, MOE206 and MOE601 to MOE607.</summary>
internal static class FunctionRules
{
    private static readonly ImmutableArray<string> _gateWords = ImmutableArray.Create("Limit", "SwishBeta", "UpOffset");

    // Which arguments name functions, and of which kind.
    private static readonly ImmutableArray<(string Word, string Argument, FunctionKinds Kinds)> _names = ImmutableArray.Create(
        (Words.FeedForward, Nonlinearity.Function, FunctionKinds.Activation | FunctionKinds.Gate),
        (Words.RoutedExperts, Nonlinearity.Function, FunctionKinds.Activation | FunctionKinds.Gate),
        (Words.SharedExperts, Nonlinearity.Function, FunctionKinds.Activation | FunctionKinds.Gate),
        (Words.Router, "ScoreFunction", FunctionKinds.Score),
        (Words.Router, "LogitFunction", FunctionKinds.Score | FunctionKinds.Activation));

    /// <summary>MOE601 to MOE606: what an argument names is a method that can become part of a kernel.</summary>
    public static IEnumerable<Finding> FunctionsAreReadable(ResolvedBlock block)
    {
        foreach (Word word in block.Present)
        {
            foreach ((string name, string argument, FunctionKinds kinds) in _names)
            {
                if (name == word.Name && word.Has(argument) && Problem(block, word, argument, kinds) is { } finding)
                    yield return finding;
            }
        }
    }

    /// <summary>MOE206 and MOE607 on the words of a gate form.</summary>
    public static IEnumerable<Finding> GateNumbersHold(ResolvedBlock block)
    {
        foreach (Word word in block.Present)
        {
            double limit = word.Real("Limit", 0);
            if (!Float32.IsFinite(limit) || limit < 0 || (limit > 0 && (float)limit == 0))
                yield return Rules.NotFinitePositive.At(word.PartOf("Limit"), "Limit", word.Name, limit, 7.0).Suggest(7);

            double beta = word.Real("SwishBeta", 1);
            if (!Float32.IsFinite(beta) || (float)beta <= 0)
                yield return Rules.NotFinitePositive.At(word.PartOf("SwishBeta"), "SwishBeta", word.Name, beta, 1.702).Suggest(1);

            double offset = word.Real("UpOffset", 0);
            if (!Float32.IsFinite(offset))
                yield return Rules.NotFinite.At(word.PartOf("UpOffset"), "UpOffset", word.Name, offset).Suggest(0);
        }
    }

    /// <summary>MOE112 where two words of one class say what is done between the projections.</summary>
    public static IEnumerable<Finding> OneWordSaysTheNonlinearity(ResolvedBlock block)
    {
        foreach (Word word in block.Present)
        {
            int function = Level(word, Nonlinearity.Function);
            if (word.Has(Nonlinearity.From) && _names.All(row => row.Word != word.Name || !word.Has(row.Argument)))
                yield return Without(word, Nonlinearity.From, "no function is named", "name one or remove it");

            if (function != int.MaxValue && function == Level(word, "Activation"))
                yield return Without(word, "Activation", "Function takes its place", "remove one of them");

            foreach (string argument in _gateWords.Where(argument => word.Has(argument)))
            {
                int level = Level(word, argument);
                if (level == function)
                    yield return Without(word, argument, "Function takes the place of the gate form", "remove one of them");
                else if (!word.Flag("Gated", absent: true) && level <= word.LevelOf("Gated"))
                    yield return Without(word, argument, "Gated is false", "remove one of them");
                else if (level == Level(word, "Activation") && word.Choice("Activation", Activation.SiLU) != Activation.SiLU)
                    yield return Without(word, argument, "it belongs to a gated SiLU", "remove it or write Activation.SiLU");
            }
        }
    }

    private static Finding? Problem(ResolvedBlock block, Word word, string argument, FunctionKinds kinds)
    {
        string method = word.Text(argument) ?? "";
        string type = Nonlinearity.TypeOf(word, argument);
        FunctionDeclaration[] marked = Nonlinearity.Candidates(block, word, argument).Where(function => function.Kinds != FunctionKinds.None).ToArray();
        if (marked.Length == 0)
            return Rules.NoSuchFunction.At(word.PartOf(argument), method, type, Marks(kinds), "add it, mark it, or name its class with From");

        FunctionDeclaration[] fitting = marked.Where(function => (function.Kinds & kinds) != 0).ToArray();
        if (fitting.Length == 0)
            return Rules.FunctionOfOtherKind.At(word.PartOf(argument), method, $"it carries [{Mark(marked[0].Kinds)}] and {argument} takes {Marks(kinds)}");

        FunctionDeclaration chosen = fitting[0];
        if (chosen.Problem is { } problem)
        {
            var part = new Part(problem.TypeName, Occurrence: problem.Overload, Member: problem.Method, Node: problem.Node);
            return Rules.All.Single(rule => rule.Id == problem.Rule).At(part, problem.Arguments.ToArray<object>()).With(word.PartOf(argument));
        }

        if (chosen.Function is null)
            return Rules.NoSuchFunction.At(word.PartOf(argument), method, type, "a stored body that this compiler reads", "build its project with this version of the compiler");
        if (chosen.Kinds == FunctionKinds.Gate && !word.Flag("Gated", absent: true))
            return Rules.FunctionOfOtherKind.At(word.PartOf(argument), method, "it takes gate and up, and Gated is false");

        return null;
    }

    private static Finding Without(Word word, string argument, string why, string wayOut) =>
        Rules.WithoutEffect.At(word.PartOf(argument), $"{argument} of [{word.Name}]", why, wayOut);

    private static int Level(Word word, string argument) => word.Has(argument) ? word.LevelOf(argument) : int.MaxValue;

    private static string Marks(FunctionKinds kinds) => string.Join(" or ", Enum.GetValues(typeof(FunctionKinds))
        .Cast<FunctionKinds>()
        .Where(kind => kind != FunctionKinds.None && (kinds & kind) != 0)
        .Select(kind => $"[{Mark(kind)}]"));

    private static string Mark(FunctionKinds kind) => kind + "Function";
}
