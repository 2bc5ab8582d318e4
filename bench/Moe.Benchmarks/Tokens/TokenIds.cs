namespace Moe.Benchmarks.Tokens;

/// <summary>The ids that every contender runs: scattered over the vocabulary, other ones for each sequence, nothing sampled.</summary>
public static class TokenIds
{
    /// <summary>The id at a position of a sequence.</summary>
    public static int At(int vocabulary, int sequence, int position) => (int)(((position * 7919L) + (sequence * 104_729L) + 1) % vocabulary);

    /// <summary>The first ids of a sequence.</summary>
    public static int[] Prompt(int vocabulary, int sequence, int length)
    {
        var ids = new int[length];
        for (int position = 0; position < length; position++)
            ids[position] = At(vocabulary, sequence, position);
        return ids;
    }
}
