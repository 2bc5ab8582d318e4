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
        rows.Line($"// {op.Query.Name} · 1/√{querySize}; latent and rotary key join the cache of the sequence");
        rows.Line($"RowMath.Scale<{phases.D(op.Query.Width)}>({phases.Row(op.Query, "token")}, {CSharp.Float(op.Scale)});");
        CpuAttentionOps.Branch(rows, $"Remember{block}<%>(step, token, cacheOffset, {phases.Row(op.Latent, "token")}, {phases.Row(op.RotaryKey, "token")});");

        // Wk and Wv of a head are matrices of their own, so that a tile never crosses heads.
        int keyPanels = CSharp.Panels(op.KeyValueRank);
        SourceWriter absorb = phases.Begin();
        string absorbed = phases.NewBuffer("absorbed", op.Heads * absorbedSize);
        absorb.Line($"// absorbed[h] = Wk[h]ᵀ · {op.Query.Name}[h]    [{op.Heads} x {op.KeyValueRank}] = [{op.KeyValueRank} x {op.HeadSize}] · [{op.HeadSize}]");
        using (absorb.Open($"for (var tiles = new HeadWalk(worker, {op.Heads}, {keyPanels}, {CpuTiles.PanelsPerTile(op.HeadSize, keyPanels)}, step.Tokens); tiles.Next();)"))
            absorb.Line($"weights.KeyUp.Multiply<{phases.D(op.HeadSize)}>(tiles.Head, tiles.FirstPanel, tiles.Panels, {phases.Row(op.Query, "tiles.FirstRow")} + tiles.Head * {querySize}, {phases.Stride(op.Query)}, tiles.Rows, {phases.BufferRow(absorbed, "tiles.FirstRow")} + tiles.Head * {absorbedSize} + tiles.FirstColumn, {phases.StrideOf(absorbed)});");

        SourceWriter attend = phases.Begin();
        string context = phases.NewBuffer("context", op.Heads * CSharp.Padded(op.KeyValueRank));
        int contextSize = CSharp.Padded(op.KeyValueRank);
        attend.Line($"// context[h] = Σₛ softmaxₛ(absorbed[h] · latent[s] + turned part of query[h] · rotaryKey[s]) latent[s]    [{op.Heads} x {op.KeyValueRank}]");
        using (attend.Open($"for (var items = new ItemWalk(worker, step.Tokens * {op.Heads}); items.Next();)"))
        {
            attend.Line($"int token = items.Item / {op.Heads};");
            attend.Line($"int head = items.Item % {op.Heads};");
            attend.Line($"float* key = {phases.BufferRow(absorbed, "token")} + head * {absorbedSize};");
            attend.Line($"RowMath.Copy<{phases.D(op.RotarySize)}>({phases.Row(op.Query, "token")} + head * {querySize} + {op.HeadSize}, key + {op.KeyValueRank});");
            CpuAttentionOps.Branch(attend, $"Attend{block}<%>(step, token, cacheOffset, key, {phases.BufferRow(context, "token")} + head * {contextSize});");
        }

        int valuePanels = CSharp.Panels(op.ValueHeadSize);
        SourceWriter value = phases.Begin();
        phases.PlaceNew(op.Output);
        bool aligned = op.ValueHeadSize % 16 == 0;
        int perTile = CpuTiles.PanelsPerTile(op.KeyValueRank, valuePanels);
        value.Line($"// {op.Output.Name}[h] = Wv[h] · context[h]    [{op.Heads} x {op.ValueHeadSize}] = [{op.ValueHeadSize} x {op.KeyValueRank}] · [{op.KeyValueRank}]");
        using (value.Open($"for (var tiles = new HeadWalk(worker, {op.Heads}, {valuePanels}, {perTile}, step.Tokens); tiles.Next();)"))
        {
            string product = $"weights.ValueUp.Multiply<{phases.D(op.KeyValueRank)}>(tiles.Head, tiles.FirstPanel, tiles.Panels, {phases.BufferRow(context, "tiles.FirstRow")} + tiles.Head * {contextSize}, {phases.StrideOf(context)}, tiles.Rows, ";
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

        Methods(phases, op, block, cached);
    }

    private static void Methods(CpuPhases phases, AttendLatent op, string block, int cached)
    {
        SourceWriter writer = phases.Methods;
        writer.Line();
        writer.Line($"/// <summary>Writes one token's latent [{op.KeyValueRank}] and rotary key [{op.RotarySize}] into its sequence's cache.</summary>");
        using (writer.Open($"private static void Remember{block}<TElement>(CpuStep step, int token, long cacheOffset, float* latent, float* rotaryKey)\n    where TElement : struct, IElement"))
        {
            writer.Line("int position = step.Positions[token];");
            writer.Line("byte* layer = step.Cache(token).Block(position / CacheBlock.Positions) + cacheOffset * CacheBlock.Positions * TElement.Bytes;");
            writer.Line($"CacheBlock.WriteKey<TElement, {phases.D(op.KeyValueRank)}>(layer, position % CacheBlock.Positions, latent);");
            writer.Line($"CacheBlock.WriteKey<TElement, {phases.D(op.RotarySize)}>(layer + (nint){op.KeyValueRank} * CacheBlock.Positions * TElement.Bytes, position % CacheBlock.Positions, rotaryKey);");
        }

        string rank = phases.D(op.KeyValueRank);
        writer.Line();
        writer.Line("/// <summary>Attention of one token's head over the cached latents, block by block.</summary>");
        using (writer.Open($"private static void Attend{block}<TElement>(CpuStep step, int token, long cacheOffset, float* query, float* output)\n    where TElement : struct, IElement"))
        {
            CpuAttentionOps.OpenLoop(writer, 1, op.KeyValueRank, rank);
            using (writer.Open("for (int first = 0; first < length; first += CacheBlock.Positions)"))
            {
                writer.Line("int count = Math.Min(CacheBlock.Positions, length - first);");
                writer.Line("byte* latents = cache.Block(first / CacheBlock.Positions) + cacheOffset * CacheBlock.Positions * TElement.Bytes;");
                writer.Line($"CacheBlock.Scores<TElement, {phases.D(cached)}>(query, latents, scores);");
                writer.Line($"OnlineSoftmax.Update<{rank}>(scores, count, ref maxima[0], ref sums[0], output);");
                writer.Line($"CacheBlock.AccumulateLatent<TElement, {rank}>(scores, count, latents, output);");
            }

            writer.Line($"OnlineSoftmax.Finish<{rank}>(sums[0], output);");
        }
    }
}
