using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using CsCheck;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Conformance.Tests.Properties;
using Moe.Runtime.Models;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>
/// Random models through the interpreter and through emitted code. Several are compiled into one assembly, since an
/// assembly costs more than a model; one that fails is drawn again alone and made smaller.
/// </summary>
/// <param name="options">Where emitted code runs.</param>
/// <param name="seesGpu">Whether GPU code is emitted.</param>
/// <param name="models">What is drawn.</param>
internal sealed class PropertyRun(LoadOptions options, bool seesGpu, Gen<DrawnModel> models)
{
    private const string CasesVariable = "MOE_PROPERTY_CASES";
    private const string SeedVariable = "MOE_PROPERTY_SEED";
    private const string OneCaseVariable = "CsCheck_Seed";
    private const int ModelsPerAssembly = 20;

    // A draw on a device costs its driver's compilation.
    private readonly int _shrinkingDraws = seesGpu ? 5 : 40;

    // Sparsemax and entmax give exact zeros, and a choice among those is by index: a third of what counts as close.
    private const double MostForced = 0.12;
    private const double MostUndecided = 0.15;

    // With inputs of 8 bits more cannot be told: a choice that cannot be forced makes the whole model undecided.
    // The most in four seeds of 25 models was 43% forced and 56% undecided.
    private const double MostForcedByBytes = 0.5;
    private const double MostUndecidedByBytes = 0.6;

    // Of a handful of models one is more than that share.
    private const int FewestAllowed = 1;

    private int _undecided;

    /// <summary>How many cases to run: the variable MOE_PROPERTY_CASES, or the usual number.</summary>
    public static int Cases(int usual) =>
        Environment.GetEnvironmentVariable(CasesVariable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    /// <summary>
    /// Draws and checks models. The variable MOE_PROPERTY_SEED (a number) draws others than usual; CsCheck_Seed, as a
    /// failure prints it, draws that one case alone.
    /// </summary>
    /// <returns>What was seen, as a sentence.</returns>
    public string Check(int cases)
    {
        if (Environment.GetEnvironmentVariable(OneCaseVariable) is { Length: > 0 } single)
        {
            Sample(single, draws: 1);
            return "one model from seed " + single;
        }

        string? seedText = Environment.GetEnvironmentVariable(SeedVariable);
        ulong seed = string.IsNullOrEmpty(seedText) ? 1 : ulong.Parse(seedText, CultureInfo.InvariantCulture);
        var draw = new PCG(1, seed);
        ChoiceCount count = ChoiceCount.None;
        for (int first = 0; first < cases; first += ModelsPerAssembly)
        {
            var drawn = new List<(DrawnModel Model, string Seed)>();
            for (int i = first; i < Math.Min(cases, first + ModelsPerAssembly); i++)
            {
                string state = draw.ToString();
                drawn.Add((models.Generate(draw, null, out _) with { Formats = options.Weights }, state));
            }

            count += CheckTogether(drawn);
        }

        bool takesBytes = options.Weights is not null;
        double undecided = takesBytes ? MostUndecidedByBytes : MostUndecided, forced = takesBytes ? MostForcedByBytes : MostForced;
        Assert.True(_undecided <= Math.Max(FewestAllowed, undecided * cases), $"{_undecided} of {cases} models were too close to call");
        Assert.True(count.Close <= forced * count.Decisions, $"{count.Close} of {count.Decisions} decisions were too close to be left to emitted code");
        return $"{cases} models from seed {seed}: {count.Decisions} decisions, {count.Close} of them closer than {Agreement.DecidedGap}, of which emitted code would have made {count.Overruled} differently; {_undecided} models undecided";
    }

    private ChoiceCount CheckTogether(IReadOnlyList<(DrawnModel Model, string Seed)> models)
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile(models.Select((drawn, index) => drawn.Model.Source("Drawn" + index)), seesGpu);
        ChoiceCount count = ChoiceCount.None;
        for (int index = 0; index < models.Count; index++)
        {
            try
            {
                count += CheckOne(models[index].Model, assembly.Model($"Drawn{index}.Model"));
            }
            catch (Exception failure)
            {
                Sample(models[index].Seed, _shrinkingDraws);
                throw new InvalidOperationException($"Fails only beside others.\n{failure.Message}\n{models[index].Model}", failure);
            }
        }

        return count;
    }

    // The draw of the seed comes first; where it fails, the draws after it look for a smaller one.
    private void Sample(string seed, int draws) => models.Sample(
        drawn =>
        {
            DrawnModel model = drawn with { Formats = options.Weights };
            using CompiledAssembly assembly = CompiledAssembly.Compile([model.Source("Drawn0")], seesGpu);
            CheckOne(model, assembly.Model("Drawn0.Model"));
        },
        seed: seed,
        iter: draws,
        threads: 1);

    private ChoiceCount CheckOne(DrawnModel drawn, CompiledModel compiled)
    {
        Trace expected = drawn.Interpret(drawn.Graph);
        if (Agreement.IsUndecided(expected))
        {
            _undecided++;
            return ChoiceCount.None;
        }

        if (drawn.Formats is not null)
        {
            Dictionary<(int Layer, int Token), int[]> all = expected.Decisions.Where(pair => pair.Value.Selected.Length > 0).ToDictionary(pair => pair.Key, pair => pair.Value.Selected);
            new MovedRuns(seed => drawn.InterpretMoved(drawn.Graph, all, seed)).Narrow(expected);
        }

        Dictionary<(int Layer, int Token), int[]> close = Agreement.CloseChoices(expected);
        var moved = new MovedRuns(seed => drawn.InterpretMoved(drawn.Graph, close, seed));
        if (drawn.Formats is not null && (Agreement.IsUndecided(expected) || moved.ChooseOtherwise(expected)))
        {
            _undecided++;
            return ChoiceCount.None;
        }

        using ICompiledModel model = compiled.CreateRandom(drawn.Seed, options);
        Recording actual = EmittedRun.Run(model, drawn.Sequences, EmittedRun.AtOnce, close, drawn.Requests);
        ChoiceCount count = Agreement.Check(expected, actual, moved, options.Weights is null ? 1 : Agreement.EightBits);

        // Where tokens compete, a result holds for the call; everywhere else chunks do not matter.
        if (options.Device == Device.Cpu && !drawn.CouplesTokens)
            SameBits.Check("uneven chunks", actual, EmittedRun.Run(model, drawn.Sequences, EmittedRun.Uneven, close, drawn.Requests));
        return count;
    }
}
