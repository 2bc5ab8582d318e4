using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>
/// Steps in which the tokens of a group compete: a work item decides for one slot or expert of its token by going over the
/// group's tokens, so that the order of decisions cannot matter.
/// </summary>
internal static class GpuCoupledKernels
{
    /// <summary>Each expert takes a fraction of the tokens.</summary>
    public static void SelectByExperts(GpuScope scope, SelectByExperts op)
    {
        string experts = GpuRouteSteps.Width(scope, op.Key);
        string key = op.Key.Name;
        string chosen = op.Chosen.Name;
        Launch(scope, op.Over, op.Chosen, count => Kernel(
            scope,
            op.Chosen.Name == AttentionGraph.ChosenHeadsName ? "HeadChoice" : "ExpertChoice",
            $"{chosen} = experts among whose best {GpuRouteSteps.Number(op.Fraction)} of the tokens by {key} this one is",
            op.Over,
            [scope.Of(op.Key), scope.Of(op.Chosen), new("int", "room", $"Capacity.Fraction({count}, {CSharp.Double(op.Fraction)})")],
            writer =>
            {
                writer.Line($"ArrayView<int> taken = SharedMemory.Allocate<int>({experts});");
                using (writer.Open($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)"))
                {
                    writer.Line($"int own = GpuOrder.Key({key}[((long)token * {experts}) + expert]);");
                    writer.Line("int rank = 0;");
                    using (writer.Open("for (int other = firstToken; other < firstToken + count; other++)"))
                    {
                        writer.Line($"int others = GpuOrder.Key({key}[((long)other * {experts}) + expert]);");
                        writer.Line("rank += others > own || (others == own && other < token) ? 1 : 0;");
                    }

                    writer.Line();
                    writer.Line("taken[expert] = rank < room ? 1 : 0;");
                }

                writer.Line();
                writer.Line("Group.Barrier();");
                using (writer.Open($"for (int expert = Group.IdxX; expert < {experts}; expert += GpuGroup.Size)"))
                {
                    writer.Line("int slot = 0;");
                    writer.Line("int all = 0;");
                    using (writer.Open($"for (int other = 0; other < {experts}; other++)"))
                    {
                        writer.Line("slot += other < expert ? taken[other] : 0;");
                        writer.Line("all += taken[other];");
                    }

                    writer.Line();
                    writer.Line("if (taken[expert] == 1)");
                    using (writer.Indent())
                        writer.Line($"{chosen}[((long)token * {experts}) + slot] = expert;");
                    writer.Line("if (expert >= all)");
                    using (writer.Indent())
                        writer.Line($"{chosen}[((long)token * {experts}) + expert] = -1;");
                }
            }));
    }

    /// <summary>Slots that find no room are emptied.</summary>
    public static void LimitCapacity(GpuScope scope, LimitCapacity op)
    {
        CapacityRule rule = op.Rule;
        string slots = GpuRouteSteps.Width(scope, op.Chosen);
        string experts = GpuRouteSteps.Width(scope, op.Key);
        bool isRanked = rule.Priority is CapacityPriority.Random or CapacityPriority.BatchPriority;
        bool isTwofold = rule.Capacity == 0 && rule.Rounding == CapacityRounding.MoePlusPlus && rule.FeedForwardExperts < rule.Experts;
        scope.Buffers.Need("Dropped", "int", 1, isOfLogitRows: false);
        if (isRanked)
            Priorities(scope, op, experts);

        Launch(scope, rule.Over, op.Output, count => Kernel(
            scope,
            "LimitCapacity",
            $"{op.Output.Name} = {op.Chosen.Name} where fewer claims than the expert's capacity come before, {Order(rule.Priority)}",
            rule.Over,
            [
                scope.Of(op.Chosen),
                rule.Priority == CapacityPriority.Probability ? scope.Of(op.Key) : null,
                isRanked ? Ranks : null,
                scope.Of(op.Output),
                new("int", "capacity", Room(rule, count, true)),
                isTwofold ? new("int", "zeroCapacity", Room(rule, count, false)) : null,
            ],
            writer =>
            {
                using (writer.Open($"for (int slot = Group.IdxX; slot < {slots}; slot += GpuGroup.Size)"))
                {
                    writer.Line($"int expert = {op.Chosen.Name}[((long)token * {slots}) + slot];");
                    if (rule.Priority == CapacityPriority.Probability)
                        writer.Line($"int own = GpuOrder.Key({op.Key.Name}[((long)token * {experts}) + (expert < 0 ? 0 : expert)]);");
                    writer.Line("int before = 0;");
                    using (writer.Open("for (int other = firstToken; other < firstToken + count; other++)"))
                    using (writer.Open($"for (int claim = 0; claim < {slots}; claim++)"))
                    {
                        if (rule.Priority == CapacityPriority.Probability)
                            writer.Line($"int others = GpuOrder.Key({op.Key.Name}[((long)other * {experts}) + (expert < 0 ? 0 : expert)]);");
                        writer.Line($"bool isBefore = {Before(rule.Priority)};");
                        writer.Line($"before += isBefore && {op.Chosen.Name}[((long)other * {slots}) + claim] == expert ? 1 : 0;");
                    }

                    writer.Line();
                    writer.Line($"int room = {(isTwofold ? $"expert < {rule.FeedForwardExperts} ? capacity : zeroCapacity" : "capacity")};");
                    writer.Line($"{op.Output.Name}[((long)token * {slots}) + slot] = before < room ? expert : -1;");
                }
            }));
        CountDropped(scope, op, slots);
        scope.Launches.Line("if (TObserver.IsEnabled)");
        using (scope.Launches.Indent())
            scope.Launches.Line($"GpuObservation.Dropped(batch, buffers.{scope.BufferOf(op.Chosen)}, buffers.{scope.BufferOf(op.Output)}, {op.Chosen.Width}, layer, ref observer);");
    }

    /// <summary>Weights divided by their expert's sum over the group's tokens, times a capacity.</summary>
    public static void NormaliseOverTokens(GpuScope scope, NormaliseOverTokens op)
    {
        string slots = GpuRouteSteps.Width(scope, op.Chosen);
        string epsilon = scope.Words.Float("OverTokensEpsilon", op.Epsilon);
        string input = op.Input.Name;
        Launch(scope, op.Over, op.Output, count => Kernel(
            scope,
            "OverTokens",
            $"{op.Output.Name} = {input} / (Σ over tokens of the expert's {input} + ε) · capacity",
            op.Over,
            [scope.Of(op.Input), scope.Of(op.Chosen), scope.Of(op.Output), new("float", "capacity", $"Capacity.Share({count}, {CSharp.Double(op.Factor)})")],
            writer =>
            {
                using (writer.Open($"for (int slot = Group.IdxX; slot < {slots}; slot += GpuGroup.Size)"))
                {
                    writer.Line($"long own = ((long)token * {slots}) + slot;");
                    writer.Line("float sum = 0f;");
                    writer.Line($"for (long other = (long)firstToken * {slots}; other < (long)(firstToken + count) * {slots}; other++)");
                    using (writer.Indent())
                        writer.Line($"sum += {op.Chosen.Name}[other] == {op.Chosen.Name}[own] ? {input}[other] : 0f;");
                    writer.Line($"{op.Output.Name}[own] = {op.Chosen.Name}[own] < 0 ? 0f : {input}[own] / (sum + {epsilon}) * capacity;");
                }
            }));
    }

    // Full slots that the limit emptied, added to what earlier layers dropped.
    private static void CountDropped(GpuScope scope, LimitCapacity op, string slots) => scope.Launch(
        "CountDropped",
        $"dropped += slots that {op.Chosen.Name} fills and {op.Output.Name} does not",
        "[1]",
        "A work item a token.",
        "GpuGroup.Grid(GpuTile.Count(tokens, GpuGroup.Size))",
        [scope.Of(op.Chosen), scope.Of(op.Output), new GpuParameter("ArrayView<int>", "dropped", "buffers.Dropped.View"), scope.Tokens],
        writer =>
        {
            writer.Line("int token = (Grid.IdxX * GpuGroup.Size) + Group.IdxX;");
            using (writer.Open("if (token < tokens)"))
            {
                writer.Line("int count = 0;");
                writer.Line($"for (int slot = 0; slot < {slots}; slot++)");
                using (writer.Indent())
                    writer.Line($"count += {op.Chosen.Name}[((long)token * {slots}) + slot] != {op.Output.Name}[((long)token * {slots}) + slot] ? 1 : 0;");
                writer.Line("dropped[token] += count;");
            }
        });

    private static readonly GpuParameter Ranks = new("ArrayView<int>", "ranks", "buffers.ClaimRanks.View");

    // A number for each token, larger for those that come first.
    private static void Priorities(GpuScope scope, LimitCapacity op, string experts)
    {
        scope.Buffers.Need("ClaimRanks", "int", 1, isOfLogitRows: false);
        bool isRandom = op.Rule.Priority == CapacityPriority.Random;
        scope.Launch(
            "ClaimRanks",
            isRandom ? "ranks = a number drawn for the token, the smallest first" : $"ranks = the order of each token's best {op.Key.Name}",
            "[1]",
            "A work item a token.",
            "GpuGroup.Grid(GpuTile.Count(tokens, GpuGroup.Size))",
            isRandom ? [GpuRandomSteps.Layer, GpuScope.Positions, Ranks, scope.Tokens] : [scope.Of(op.Key), Ranks, scope.Tokens],
            writer =>
            {
                writer.Line("int token = (Grid.IdxX * GpuGroup.Size) + Group.IdxX;");
                using (writer.Open("if (token < tokens)"))
                {
                    if (isRandom)
                    {
                        string seed = scope.Words.Integer("RouterSeed", op.Rule.Seed);
                        writer.Line($"uint draw = RoutingRandom.Draw(unchecked((uint){seed}), (uint)layer, 0u, (uint)positions[token], 0u);");
                        writer.Line("ranks[token] = ~(int)(draw ^ 0x80000000u);");
                        return;
                    }

                    writer.Line("int best = int.MinValue;");
                    using (writer.Open($"for (int expert = 0; expert < {experts}; expert++)"))
                    {
                        writer.Line($"int key = GpuOrder.Key({op.Key.Name}[((long)token * {experts}) + expert]);");
                        writer.Line("best = key > best ? key : best;");
                    }

                    writer.Line();
                    writer.Line("ranks[token] = best;");
                }
            });
    }

    private static string Order(CapacityPriority priority) => priority switch
    {
        CapacityPriority.ChoiceThenPosition => "first choices first, then by position",
        CapacityPriority.Position => "by position",
        CapacityPriority.Probability => "by score",
        CapacityPriority.Random => "by drawn numbers",
        _ => "first choices first, then by the token's best score",
    };

    private static string Before(CapacityPriority priority) => priority switch
    {
        CapacityPriority.ChoiceThenPosition => "claim < slot || (claim == slot && other < token)",
        CapacityPriority.Position => "other < token || (other == token && claim < slot)",
        CapacityPriority.Probability => "others > own || (others == own && other < token)",
        CapacityPriority.Random => "ranks[other] > ranks[token] || (ranks[other] == ranks[token] && (other < token || (other == token && claim < slot)))",
        _ => "claim < slot || (claim == slot && (ranks[other] > ranks[token] || (ranks[other] == ranks[token] && other < token)))",
    };

    private static string Room(CapacityRule rule, string count, bool isFeedForward)
    {
        if (rule.Capacity > 0)
            return CSharp.Literal(rule.Capacity);

        string factor = CSharp.Double(rule.Factor);
        int zero = rule.Experts - rule.FeedForwardExperts;
        return rule.Rounding switch
        {
            CapacityRounding.MoePlusPlus =>
                $"Capacity.MoePlusPlus({count}, {rule.TopK}, {factor}, {CSharp.Double(rule.Share)}, {rule.FeedForwardExperts}, {zero}, {(isFeedForward ? "true" : "false")})",
            _ => $"Capacity.{rule.Rounding}({count}, {rule.Experts}, {rule.TopK}, {factor}, {rule.Minimum})",
        };
    }

    private static GpuKernel Kernel(
        GpuScope scope, string name, string formula, TokenGroup over, IEnumerable<GpuParameter?> parameters, Action<SourceWriter> body)
    {
        bool isCall = over == TokenGroup.Call;
        return scope.Kernel(
            name,
            formula,
            "A group a token of a group of tokens; experts or slots in turn.",
            "GpuGroup.Grid(tokens)",
            parameters.Concat([new GpuParameter("int", "firstToken", isCall ? "0" : "batch.FirstToken(sequence)"), new GpuParameter("int", "count", Count(over))]),
            writer =>
            {
                writer.Line("int token = firstToken + Grid.IdxX;");
                body(writer);
            },
            Count(over));
    }

    private static string Count(TokenGroup over) => over == TokenGroup.Call ? "batch.Tokens" : "batch.TokensOf(sequence)";

    private static void Launch(GpuScope scope, TokenGroup over, Value output, Func<string, GpuKernel> build)
    {
        GpuKernel kernel = build(Count(over));
        scope.Remark(kernel.Formula, GpuScope.Shape(output));
        if (over == TokenGroup.Call)
        {
            kernel.WriteLaunch(scope.Launches, scope.KernelClass);
            return;
        }

        using (scope.Launches.Open("for (int sequence = 0; sequence < batch.Sequences; sequence++)"))
            kernel.WriteLaunch(scope.Launches, scope.KernelClass);
    }
}
