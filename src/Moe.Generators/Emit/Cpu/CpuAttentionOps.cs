using System;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>Attention over the cache: a worker takes one token and one key/value head at a time.</summary>
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
        Branch(rows, $"Remember{block}<%>(step, token, cacheOffset, {phases.Row(op.Key, "token")}, {phases.Row(op.Value, "token")}{Chosen()});");

        SourceWriter body = phases.Begin();
        string queryRow = phases.Row(op.Query, "token");
        phases.PlaceNew(op.Output);
        body.Line($"// {op.Output.Name}[h] = Σₛ softmaxₛ(query[h] · key[s]) value[s], {Positions(op.Reach)}{(op.Sinks is null ? "" : ", e^sink[h] in the sum of the softmax")}{(op.ChosenHeads is null ? "" : ", token and s both of head h")}    [{op.Heads} x {op.HeadSize}], {group} to a key/value head");
        bool isSingle = op.KeyValueHeads == 1;
        using (body.Open($"for (var items = new ItemWalk(worker, step.Tokens{(isSingle ? "" : $" * {op.KeyValueHeads}")}); items.Next();)"))
        {
            body.Line(isSingle ? "int token = items.Item;" : $"int token = items.Item / {op.KeyValueHeads};");
            body.Line(isSingle ? "const int head = 0;" : $"int head = items.Item % {op.KeyValueHeads};");
            string at = $" + head * {group * op.HeadSize}";
            string sinks = op.Sinks is null ? "" : $", weights.{op.Sinks.Role}.Values + head * {group}";
            Branch(body, $"Attend{block}<%>(step, token, head, cacheOffset, {queryRow}{at}, {phases.Row(op.Output, "token")}{at}{sinks}{Chosen()});");
        }

        Methods(phases, op, block, group);

        string Chosen() => op.ChosenHeads is null ? "" : ", " + phases.Row(op.ChosenHeads, "token");
    }

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
        writer.Line($"/// <summary>Attention of one token's {group} query heads that share a key/value head, over the cache block by block.</summary>");
        using (writer.Open($"private static void Attend{block}<TElement>(CpuStep step, int token, int head, long cacheOffset, float* query, float* output{(op.Sinks is null ? "" : ", float* sinks")}{chosen})\n    where TElement : struct, IElement"))
        {
            Start(writer, group, op.HeadSize, size, op.Sinks is not null);
            if (chooses)
            {
                writer.Line("// a head that did not take the token answers 0");
                writer.Line($"if (!{has})");
                using (writer.Indent())
                    writer.Line("return;");
                writer.Line($"float* marked = stackalloc float[{keySize}];");
                writer.Line($"RowMemory.Copy<{size}>(query, marked);");
                writer.Line($"marked[{op.HeadSize}] = 1f;");
                writer.Line();
            }

            string first = "0";
            if (op.Reach is { } reach)
            {
                writer.Line($"int start = {(reach.IsChunked ? $"(length - 1) / {reach.Positions} * {reach.Positions}" : $"Math.Max(0, length - {reach.Positions})")};");
                first = "start / CacheBlock.Positions * CacheBlock.Positions";
            }

            using (writer.Open($"for (int first = {first}; first < length; first += CacheBlock.Positions)"))
            {
                writer.Line("int count = Math.Min(CacheBlock.Positions, length - first);");
                writer.Line("byte* layer = cache.Block(first / CacheBlock.Positions) + cacheOffset * CacheBlock.Positions * TElement.Bytes;");
                writer.Line($"byte* keys = layer + (nint)head * {keySize} * CacheBlock.Positions * TElement.Bytes;");
                writer.Line($"byte* values = layer + (nint)({keys} + head * {op.HeadSize}) * CacheBlock.Positions * TElement.Bytes;");
                writer.Line($"BlockAttention.Scores<TElement, {keyDimension}>({(chooses ? "marked" : "query")}, {keySize}, {group}, keys, scores, CacheBlock.Positions);");
                using (writer.Open($"for (int h = 0; h < {group}; h++)"))
                    writer.Line($"OnlineSoftmax.Update<{size}>(scores + h * CacheBlock.Positions, {(op.Reach is null ? "" : "Math.Max(0, start - first), ")}count, ref maxima[h], ref sums[h], output + h * {op.HeadSize});");
                writer.Line($"BlockAttention.AccumulateValues<TElement, {size}>(scores, CacheBlock.Positions, {group}, count, values, output, {op.HeadSize});");
            }

            using (writer.Open($"for (int h = 0; h < {group}; h++)"))
                writer.Line($"OnlineSoftmax.Finish<{size}>(output + h * {op.HeadSize}, sums[h]);");
        }
    }

    /// <summary>Scores of a block, and the running maximum, sum and weighted sum of each head.</summary>
    public static void Start(SourceWriter writer, int group, int valueSize, string valueDimension, bool hasSinks = false)
    {
        writer.Line("KeyValueCache cache = step.Cache(token);");
        writer.Line("int length = step.Positions[token] + 1;");
        writer.Line($"float* scores = stackalloc float[{group} * CacheBlock.Positions];");
        writer.Line($"float* maxima = stackalloc float[{group}];");
        writer.Line($"float* sums = stackalloc float[{group}];");
        using (writer.Open($"for (int h = 0; h < {group}; h++)"))
        {
            writer.Line(hasSinks ? "maxima[h] = sinks[h];" : "maxima[h] = float.NegativeInfinity;");
            writer.Line(hasSinks ? "sums[h] = 1f;" : "sums[h] = 0f;");
            writer.Line($"RowMemory.Clear<{valueDimension}>(output + h * {valueSize});");
        }

        writer.Line();
    }
}
