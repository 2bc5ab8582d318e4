namespace Moe.Runtime.Memory;

/// <summary>How many tokens of a group each expert takes.</summary>
/// <param name="Capacity">Of the first experts.</param>
/// <param name="FirstExperts">How many those are.</param>
/// <param name="OtherCapacity">Of the experts after them.</param>
public readonly record struct ExpertRoom(int Capacity, int FirstExperts, int OtherCapacity)
{
    /// <summary>The same for every expert.</summary>
    public ExpertRoom(int capacity)
        : this(capacity, int.MaxValue, capacity)
    {
    }

    /// <summary>Room of an expert.</summary>
    public int Of(int expert) => expert < FirstExperts ? Capacity : OtherCapacity;
}
