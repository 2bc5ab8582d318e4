using System;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>
/// Latent attention in its absorbed form: the query is multiplied by Wk of its head, scores are taken against the cached
/// latents themselves, and Wv is applied to the weighted sum of latents.
/// </summary>
internal static class CpuLatentOps
{
    public static void Attend(CpuPhases phases, AttendLatent op)
    {
        string block = phases.Graph.Name;
        int querySize = op.HeadSize + op.RotarySize;
        int cached = op.KeyValueRank + op.RotarySize;
        int absorbedSize = CSharp.Padded(op.KeyValueRank) + CSharp.Padded(op.RotarySize);

        SourceWriter rows = phases.Rows();
        rows.Line($"// {op.Query.Name} · {(op.Scale == 1 / Math.Sqrt(querySize) ? $"1/√{querySize}" : CSharp.Double(op.Scale))}; latent and rotary key join the cache of the sequence");
        rows.Line($"Rows.Scale<{phases.D(op.Query.Width)}>({CSharp.Float(op.Scale)}, {phases.Row(op.Query, "token")});");
        CpuAttentionOps.Branch(rows, $"Remember{block}<%>(step, token, cacheOffset, {phases.Row(op.Latent, "token")}, {phases.Row(op.RotaryKey, "token")});");

        // Wk and Wv of a head are matrices of their own, so that a tile never crosses heads.
        int keyPanels = CSharp.Panels(op.KeyValueRank);
        SourceWriter absorb = phases.Begin();
        string absorbed = phases.NewBuffer("absorbed", op.Heads * absorbedSize);
        absorb.Line($"// absorbed[h] = Wk[h]ᵀ · {op.Query.Name}[h]    [{op.Heads} x {op.KeyValueRank}] = [{op.KeyValueRank} x {op.HeadSize}] · [{op.HeadSize}]");
        using (absorb.Open($"for (var tiles = new HeadWalk(worker, {op.Heads}, {keyPanels}, {CpuTiles.PanelsPerTile(op.HeadSize, keyPanels)}, step.Tokens); tiles.Next();)"))
            absorb.Line($"weights.KeyUp.MultiplyPart<{phases.D(op.HeadSize)}>(tiles.Head, tiles.FirstPanel, tiles.Panels, {phases.Row(op.Query, "tiles.FirstRow")} + tiles.Head * {querySize}, {phases.Stride(op.Query)}, tiles.Rows, {phases.BufferRow(absorbed, "tiles.FirstRow")} + tiles.Head * {absorbedSize} + tiles.FirstColumn, {phases.StrideOf(absorbed)});");

        SourceWriter attend = phases.Begin();
        string context = phases.NewBuffer("context", op.Heads * CSharp.Padded(op.KeyValueRank));
        int contextSize = CSharp.Padded(op.KeyValueRank);
        attend.Line($"// context[h] = Σₛ softmaxₛ(absorbed[h] · latent[s] + turned part of query[h] · rotaryKey[s]) latent[s]    [{op.Heads} x {op.KeyValueRank}]");
        int group = Group(op.Heads);
        using (attend.Open($"for (var runs = new RunWalk(worker, step.Runs, step.Positions, {op.Heads / group}, {TokensOf(group)}); runs.Next();)"))
        {
            string at = $"runs.Head * {group}";
            using (attend.Open("for (int token = runs.First; token < runs.First + runs.Tokens; token++)"))
            {
                using (attend.Open($"for (int head = {at}; head < {at} + {group}; head++)"))
                    attend.Line($"RowMemory.Copy<{phases.D(op.RotarySize)}>({phases.Row(op.Query, "token")} + head * {querySize} + {op.HeadSize}, {phases.BufferRow(absorbed, "token")} + head * {absorbedSize} + {op.KeyValueRank});");
            }

            CpuAttentionOps.Branch(attend, $"Attend{block}<%>(step, runs.First, runs.Tokens, cacheOffset, {phases.BufferRow(absorbed, "runs.First")} + {at} * {absorbedSize}, {phases.BufferRow(context, "runs.First")} + {at} * {contextSize}, step.Tile(worker));");
        }

        int valuePanels = CSharp.Panels(op.ValueHeadSize);
        SourceWriter value = phases.Begin();
        phases.PlaceNew(op.Output);
        bool aligned = op.ValueHeadSize % 16 == 0;
        int perTile = CpuTiles.PanelsPerTile(op.KeyValueRank, valuePanels);
        value.Line($"// {op.Output.Name}[h] = Wv[h] · context[h]    [{op.Heads} x {op.ValueHeadSize}] = [{op.ValueHeadSize} x {op.KeyValueRank}] · [{op.KeyValueRank}]");
        using (value.Open($"for (var tiles = new HeadWalk(worker, {op.Heads}, {valuePanels}, {perTile}, step.Tokens); tiles.Next();)"))
        {
            string product = $"weights.ValueUp.MultiplyPart<{phases.D(op.KeyValueRank)}>(tiles.Head, tiles.FirstPanel, tiles.Panels, {phases.BufferRow(context, "tiles.FirstRow")} + tiles.Head * {contextSize}, {phases.StrideOf(context)}, tiles.Rows, ";
            string output = $"{phases.Row(op.Output, "tiles.FirstRow")} + tiles.Head * {op.ValueHeadSize} + tiles.FirstColumn, {phases.Stride(op.Output)}";
            if (aligned)
            {
                value.Line(product + output + ");");
            }
            else
            {
                phases.Shared.NeedTile(perTile);
                value.Line("float* tile = step.Tile(worker);");
                value.Line(product + "tile, tiles.Width);");
                value.Line($"TileMath.Copy(tile, tiles.Width, tiles.Rows, Math.Min(tiles.Width, {op.ValueHeadSize} - tiles.FirstColumn), {output});");
            }
        }

        Methods(phases, op, block, cached, group, absorbed, context);
    }

    /// <summary>Heads that a worker takes at a time: they read the same latents. The largest divisor up to 8.</summary>
    private static int Group(int heads)
    {
        int group = System.Math.Min(8, heads);
        while (heads % group != 0)
            group--;
        return group;
    }

    // Latents are long: half the rows that heads have.
    private static int TokensOf(int group) => Math.Max(1, AttentionRows.TokensOf(group) / 2);

    private static void Methods(CpuPhases phases, AttendLatent op, string block, int cached, int group, string absorbed, string context)
    {
        SourceWriter writer = phases.Methods;
        writer.Line();
        writer.Line($"/// <summary>Writes one token's latent [{op.KeyValueRank}] and rotary key [{op.RotarySize}] into its sequence's cache.</summary>");
        using (writer.Open($"private static void Remember{block}<TElement>(CpuStep step, int token, long cacheOffset, float* latent, float* rotaryKey)\n    where TElement : struct, IElement"))
        {
            writer.Line("int position = step.Positions[token];");
            writer.Line("byte* layer = step.Cache(token).Block(position / CacheBlock.Positions) + cacheOffset * CacheBlock.Positions * TElement.Bytes;");
            writer.Line($"CacheBlock.WriteKey<TElement, {phases.D(op.KeyValueRank)}>(latent, layer, position % CacheBlock.Positions);");
            writer.Line($"CacheBlock.WriteKey<TElement, {phases.D(op.RotarySize)}>(rotaryKey, layer + (nint){op.KeyValueRank} * CacheBlock.Positions * TElement.Bytes, position % CacheBlock.Positions);");
        }

        string rank = phases.D(op.KeyValueRank);
        writer.Line();
        writer.Line($"/// <summary>Attention of consecutive tokens, of each {(group == 1 ? "one head" : $"{group} heads")}, over the cached latents, block by block.</summary>");
        using (writer.Open($"private static void Attend{block}<TElement>(CpuStep step, int token, int tokens, long cacheOffset, float* query, float* output, float* queries)\n    where TElement : struct, IElement"))
        {
            var rows = new AttentionRows(phases, group, TokensOf(group), cached, op.KeyValueRank);
            rows.Start(writer, cached, CSharp.Padded(op.KeyValueRank) + CSharp.Padded(op.RotarySize), phases.StrideOf(absorbed), hasSinks: false, hasReach: false);
            writer.Line("nint own = (nint)cacheOffset * CacheBlock.Positions * TElement.Bytes;");
            using (writer.Open("for (int first = 0; first < length; first += CacheBlock.Positions)"))
            {
                writer.Line("byte* latents = cache.Block(first / CacheBlock.Positions) + own;");
                writer.Line("byte* next = cache.Behind(first, length, own);");
                rows.Update(writer, "latents", "null", null);
                writer.Line($"BlockAttention.AccumulateLatents<TElement, {rank}>(scores, CacheBlock.Positions, {group}, tokens, seen, latents, answers, {rows.AnswerStride}, next);");
            }

            rows.Finish(writer, CSharp.Padded(op.KeyValueRank), phases.StrideOf(context));
        }
    }
}
