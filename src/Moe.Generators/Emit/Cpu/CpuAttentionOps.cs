using System;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Attention over the cache: a worker takes a run of tokens and one key/value head at a time.</summary>
internal static class CpuAttentionOps
{
    public static void Attend(CpuPhases phases, Attend op)
    {
        string block = phases.Graph.Name;
        int group = op.Heads / op.KeyValueHeads;

        SourceWriter rows = phases.Rows();
        string query = phases.Row(op.Query, "token");
        rows.Line($"// {op.Query.Name} · {Factor(op)}; key and value join the cache of the sequence");
        rows.Line($"Rows.Scale<{phases.D(op.Query.Width)}>({CSharp.Float(op.Scale)}, {query});");
        Branch(rows, $"Remember{block}<%>(step, token, cacheOffset, {phases.Row(op.Key, "token")}, {phases.Row(op.Value, "token")}{(op.ChosenHeads is null ? "" : ", " + phases.Row(op.ChosenHeads, "token"))});");

        SourceWriter body = phases.Begin();
        string queryRow = phases.Row(op.Query, "token");
        phases.PlaceNew(op.Output);
        body.Line($"// {op.Output.Name}[h] = Σₛ softmaxₛ(query[h] · key[s]) value[s], {Positions(op.Reach)}{(op.Sinks is null ? "" : ", e^sink[h] in the sum of the softmax")}{(op.ChosenHeads is null ? "" : ", token and s both of head h")}    [{op.Heads} x {op.HeadSize}], {group} to a key/value head");
        string reach = op.Reach is null ? "" : $", {Reach(op.Reach)}";
        using (body.Open($"for (var runs = new RunWalk(worker, step.Runs, step.Positions, {op.KeyValueHeads}, {Tokens(op)}{reach}); runs.Next();)"))
        {
            string at = $" + runs.Head * {group * op.HeadSize}";
            string sinks = op.Sinks is null ? "" : $", weights.{op.Sinks.Role}.Values + runs.Head * {group}";
            Branch(body, $"Attend{block}<%>(step, runs.First, runs.Tokens, runs.Head, cacheOffset, {phases.Row(op.Query, "runs.First")}{at}, {phases.Row(op.Output, "runs.First")}{at}{sinks}{(op.ChosenHeads is null ? "" : ", " + phases.Row(op.ChosenHeads, "runs.First"))}, step.Tile(worker));");
        }

        Methods(phases, op, block, group);
    }

    // Heads that choose their tokens look at each.
    private static int Tokens(Attend op) => op.ChosenHeads is null ? AttentionRows.TokensOf(op.Heads / op.KeyValueHeads) : 1;

    private static string Reach(AttentionReach reach) => $"{reach.Positions}, isChunked: {(reach.IsChunked ? "true" : "false")}";

    /// <summary>One statement for either format of the cache; "%" stands for the format's type.</summary>
    public static void Branch(SourceWriter writer, string statement)
    {
        writer.Line("if (step.CacheFormat == CacheFormat.F32)");
        using (writer.Indent())
            writer.Line(statement.Replace("%", "F32"));
        writer.Line("else");
        using (writer.Indent())
            writer.Line(statement.Replace("%", "BF16"));
    }

    private static string Factor(Attend op) =>
        op.Scale == 1 / Math.Sqrt(op.HeadSize) ? $"1/√{op.HeadSize}" : CSharp.Double(op.Scale);

    private static string Positions(AttentionReach? reach) => reach switch
    {
        null => "s up to the token's position",
        { IsChunked: true } => $"s up to the token's position in its chunk of {reach.Positions}",
        _ => $"s the last {reach.Positions} up to the token's position",
    };

    private static void Methods(CpuPhases phases, Attend op, string block, int group)
    {
        SourceWriter writer = phases.Methods;
        string size = phases.D(op.HeadSize);
        bool chooses = op.ChosenHeads is not null;
        string chosen = chooses ? ", int* chosen" : "";
        string has = chooses ? $"RoutingChoice.Contains<{phases.D(op.Heads)}>(chosen, head)" : "";

        // Heads that choose their tokens keep a mark behind each key, 0 or -1e30, which a 1 behind the query adds to the score.
        int keySize = op.HeadSize + (chooses ? 1 : 0);
        string keyDimension = phases.D(keySize);
        int keys = op.KeyValueHeads * keySize;

        writer.Line();
        writer.Line($"/// <summary>Writes one token's keys and values into its sequence's cache, {op.KeyValueHeads} heads of {op.HeadSize}{(chooses ? "; behind each key 0 where the head took the token, else -1e30" : "")}.</summary>");
        using (writer.Open($"private static void Remember{block}<TElement>(CpuStep step, int token, long cacheOffset, float* key, float* value{chosen})\n    where TElement : struct, IElement"))
        {
            writer.Line("int position = step.Positions[token];");
            writer.Line("byte* layer = step.Cache(token).Block(position / CacheBlock.Positions) + cacheOffset * CacheBlock.Positions * TElement.Bytes;");
            if (chooses)
                writer.Line($"float* marked = stackalloc float[{keySize}];");
            using (writer.Open($"for (int head = 0; head < {op.KeyValueHeads}; head++)"))
            {
                if (chooses)
                {
                    writer.Line($"RowMemory.Copy<{size}>(key + head * {op.HeadSize}, marked);");
                    writer.Line($"marked[{op.HeadSize}] = {has} ? 0f : -1e30f;");
                }

                writer.Line($"CacheBlock.WriteKey<TElement, {keyDimension}>({(chooses ? "marked" : $"key + head * {op.HeadSize}")}, layer + (nint)head * {keySize} * CacheBlock.Positions * TElement.Bytes, position % CacheBlock.Positions);");
                writer.Line($"CacheBlock.WriteValue<TElement, {size}>(value + head * {op.HeadSize}, layer + (nint)({keys} + head * {op.HeadSize}) * CacheBlock.Positions * TElement.Bytes, position % CacheBlock.Positions);");
            }
        }

        writer.Line();
        writer.Line($"/// <summary>Attention of consecutive tokens, of each {(group == 1 ? "the query head" : $"the {group} query heads")} of a key/value head, over the cache block by block.</summary>");
        using (writer.Open($"private static void Attend{block}<TElement>(CpuStep step, int token, int tokens, int head, long cacheOffset, float* query, float* output{(op.Sinks is null ? "" : ", float* sinks")}{chosen}, float* queries)\n    where TElement : struct, IElement"))
        {
            if (chooses)
            {
                writer.Line("// a head that did not take the token answers 0; tokens come one by one");
                using (writer.Open($"if (!{has})"))
                {
                    writer.Line($"RowMemory.Clear<{size}>(output);");
                    writer.Line("return;");
                }

                writer.Line();
            }

            var rows = new AttentionRows(phases, group, Tokens(op), keySize, op.HeadSize);
            rows.Start(writer, op.HeadSize, op.HeadSize, phases.Stride(op.Query), op.Sinks is not null, op.Reach is not null);
            if (op.Reach is not null)
                writer.Line($"int start = RunWalk.FirstPosition(step.Positions[token], {Reach(op.Reach)});");
            writer.Line($"nint ownKeys = (nint)(cacheOffset + head * {keySize}) * CacheBlock.Positions * TElement.Bytes;");
            writer.Line($"nint ownValues = (nint)(cacheOffset + {keys} + head * {op.HeadSize}) * CacheBlock.Positions * TElement.Bytes;");
            using (writer.Open($"for (int first = {(op.Reach is null ? "0" : "start / CacheBlock.Positions * CacheBlock.Positions")}; first < length; first += CacheBlock.Positions)"))
            {
                writer.Line("byte* keys = cache.Block(first / CacheBlock.Positions) + ownKeys;");
                writer.Line("byte* values = cache.Block(first / CacheBlock.Positions) + ownValues;");
                writer.Line("byte* next = cache.Behind(first, length, ownKeys);");
                rows.Update(writer, "keys", "values", op.Reach is { } reach ? $"RunWalk.FirstPosition(step.Positions[token + t], {Reach(reach)})" : null);
                writer.Line($"BlockAttention.AccumulateValues<TElement, {size}>(scores, CacheBlock.Positions, {group}, tokens, seen, values, answers, {rows.AnswerStride}, next);");
            }

            rows.Finish(writer, op.HeadSize, phases.Stride(op.Output));
        }
    }
}
