using System;

namespace Moe.Runtime.Memory;

/// <summary>Format of the key/value cache's elements.</summary>
public enum CacheFormat
{
    /// <summary>4 bytes, float32.</summary>
    F32,

    /// <summary>2 bytes, bfloat16, rounded to nearest even when written.</summary>
    BF16,
}

/// <summary>What a model remembers of one sequence: keys and values, or latents, of every layer and position.</summary>
public abstract class SequenceCache : IDisposable
{
    /// <summary>Positions that hold something.</summary>
    public int Length { get; protected set; }

    /// <summary>Memory held, in bytes.</summary>
    public abstract long Bytes { get; }

    /// <summary>Makes room for <paramref name="length"/> positions; called before a step writes them.</summary>
    /// <exception cref="ContextOverflowException"><paramref name="length"/> is above the context length.</exception>
    public abstract void Reserve(int length);

    /// <summary>Accepts what a step wrote: the length grows by <paramref name="tokens"/>.</summary>
    public void Advance(int tokens) => Length += tokens;

    /// <summary>
    /// The reverse of <see cref="Advance"/>: the length falls by <paramref name="tokens"/>, memory and contents stay. A
    /// step can then write these positions once more, and if it fails, <see cref="Advance"/> brings them back.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tokens"/> is negative or above <see cref="Length"/>.</exception>
    public void Rewind(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Length);
        Length -= tokens;
    }

    /// <summary>
    /// Forgets every position from <paramref name="length"/> on and gives unneeded memory back, room that was reserved
    /// and never filled included.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative or above <see cref="Length"/>.</exception>
    public abstract void Truncate(int length);

    /// <summary>An independent copy.</summary>
    public abstract SequenceCache Fork();

    /// <inheritdoc/>
    public abstract void Dispose();
}
