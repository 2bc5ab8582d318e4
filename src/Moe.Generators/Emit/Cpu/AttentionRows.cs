using System;

namespace Moe.Generators.Emit.Cpu;

/// <summary>
/// The text around attention of consecutive tokens to a cache block: a row for each query of each token, token by token, with its scores,
/// its running maximum and sum, and its answer. Rows lie in the worker's tile.
/// </summary>
/// <param name="phases">Where the sizes' types come from.</param>
/// <param name="queries">Queries of a token that read the same keys.</param>
/// <param name="tokens">Most tokens.</param>
/// <param name="keySize">Numbers of a key.</param>
/// <param name="valueSize">Numbers of a value.</param>
internal sealed class AttentionRows(CpuPhases phases, int queries, int tokens, int keySize, int valueSize)
{
    // As the runtime has them: positions of a CacheBlock, tokens of the longest of TokenRuns, rows of a TileWalk's tile.
    private const int BlockPositions = 64;
    private const int MostTokens = 12;
    private const int MostRows = CpuTiles.TokensPerTile;

    private readonly int _queryStride = CSharp.Padded(keySize);

    /// <summary>Floats from one answer to the next.</summary>
    public int AnswerStride { get; } = CSharp.Padded(valueSize);

    /// <summary>Tokens whose queries, so many of each, are rows of one product; scores and answers then stay in the second cache.</summary>
    public static int TokensOf(int queries) => Math.Min(MostTokens, Math.Max(1, MostRows / queries));

    /// <summary>Writes the rows' start: the queries side by side, nothing seen yet.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="querySize">Numbers of a query as it comes; behind them a key that has one more number has a mark, and the query 1.</param>
    /// <param name="queryDistance">Floats from one query of a token to the next.</param>
    /// <param name="tokenDistance">Floats from one token's queries to the next's.</param>
    /// <param name="hasSinks">Whether a logit without a value joins each query's softmax.</param>
    /// <param name="hasReach">Whether tokens see a part of their sequence only.</param>
    public void Start(SourceWriter writer, int querySize, int queryDistance, int tokenDistance, bool hasSinks, bool hasReach)
    {
        int most = queries * tokens;
        phases.Shared.NeedTileFloats(most * (_queryStride + BlockPositions + AnswerStride));
        writer.Line("KeyValueCache cache = step.Cache(token);");
        writer.Line("int length = step.Positions[token] + tokens;");
        writer.Line($"// a row for each {(queries == 1 ? "token" : "head of each token")}, in the worker's tile: queries, then scores, then answers");
        writer.Line($"int rows = tokens{(queries == 1 ? "" : $" * {queries}")};");
        writer.Line($"float* scores = queries + {most * _queryStride};");
        writer.Line($"float* answers = scores + {most} * CacheBlock.Positions;");
        writer.Line($"float* maxima = stackalloc float[{most}];");
        writer.Line($"float* sums = stackalloc float[{most}];");
        writer.Line($"int* seen = stackalloc int[{tokens}];");
        if (hasReach)
            writer.Line($"int* unseen = stackalloc int[{tokens}];");
        using (writer.Open("for (int row = 0; row < rows; row++)"))
        {
            writer.Line($"RowMemory.Copy<{phases.D(querySize)}>(query + {At(tokenDistance, queryDistance)}, queries + row * {_queryStride});");
            if (querySize < keySize)
                writer.Line($"queries[row * {_queryStride} + {querySize}] = 1f;");
            writer.Line($"RowMemory.Clear<{phases.D(valueSize)}>(answers + row * {AnswerStride});");
            writer.Line($"maxima[row] = {(hasSinks ? queries == 1 ? "sinks[0]" : $"sinks[row % {queries}]" : "float.NegativeInfinity")};");
            writer.Line($"sums[row] = {(hasSinks ? "1f" : "0f")};");
        }

        writer.Line();
    }

    /// <summary>Writes scores of a block and the softmax so far; weights stand in "scores" afterwards, what each token sees in "seen".</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="keys">C# for the block's keys.</param>
    /// <param name="next">C# for what is read after them, or "null".</param>
    /// <param name="start">C# for the first position that token "token + t" sees; null for 0.</param>
    public void Update(SourceWriter writer, string keys, string next, string? start)
    {
        writer.Line($"BlockAttention.Scores<TElement, {phases.D(keySize)}>(queries, {_queryStride}, rows, {keys}, Math.Min(CacheBlock.Positions, length - first), scores, CacheBlock.Positions, {next});");
        using (writer.Open("for (int t = 0; t < tokens; t++)"))
        {
            writer.Line("seen[t] = Math.Min(CacheBlock.Positions, step.Positions[token + t] + 1 - first);");
            if (start is not null)
                writer.Line($"unseen[t] = Math.Max(0, {start} - first);");
        }

        writer.Line($"OnlineSoftmax.Update<{phases.D(valueSize)}>(scores, {queries}, tokens, {(start is null ? "null" : "unseen")}, seen, maxima, sums, answers, {AnswerStride});");
    }

    /// <summary>Writes the answers to where they go.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="answerDistance">Floats from one answer of a token to the next.</param>
    /// <param name="tokenDistance">Floats from one token's answers to the next's.</param>
    public void Finish(SourceWriter writer, int answerDistance, int tokenDistance)
    {
        writer.Line();
        using (writer.Open("for (int row = 0; row < rows; row++)"))
        {
            writer.Line($"OnlineSoftmax.Finish<{phases.D(valueSize)}>(answers + row * {AnswerStride}, sums[row]);");
            writer.Line($"RowMemory.Copy<{phases.D(valueSize)}>(answers + row * {AnswerStride}, output + {At(tokenDistance, answerDistance)});");
        }
    }

    private string At(int tokenDistance, int distance) =>
        queries == 1 ? $"(nint)row * {tokenDistance}" : $"(nint)(row / {queries}) * {tokenDistance} + row % {queries} * {distance}";
}
