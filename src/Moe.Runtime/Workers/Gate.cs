using System.Runtime.InteropServices;
using System.Threading;

namespace Moe.Runtime.Workers;

/// <summary>
/// A counter that threads wait upon: spinning first, then giving up the processor, and after a long wait parked until the
/// counter moves. Nothing is allocated.
/// </summary>
internal sealed class Gate
{
    /// <summary>Times the processor is given up before a thread parks.</summary>
    private const int Yields = 64;

    private readonly object _parking = new();
    private Line _line;

    /// <summary>How far the counter has come.</summary>
    internal int Value => Volatile.Read(ref _line.Value);

    /// <summary>Moves the counter by one and wakes whoever is parked.</summary>
    internal void Advance()
    {
        // A full fence: the move is seen before the number of parked threads is read, and Wait does the reverse.
        Interlocked.Increment(ref _line.Value);
        if (Volatile.Read(ref _line.Parked) == 0)
            return;
        lock (_parking)
            Monitor.PulseAll(_parking);
    }

    /// <summary>Returns when the counter is no longer at <paramref name="seen"/>.</summary>
    /// <param name="seen">The value to leave.</param>
    /// <param name="spins">Looks before the processor is given up; 0 where threads outnumber processors.</param>
    internal void Wait(int seen, int spins)
    {
        for (int look = 0; look < spins; look++)
        {
            if (Value != seen)
                return;
            Thread.SpinWait(1);
        }

        for (int look = 0; look < Yields; look++)
        {
            if (Value != seen)
                return;
            Thread.Yield();
        }

        Park(seen);
    }

    private void Park(int seen)
    {
        lock (_parking)
        {
            Interlocked.Increment(ref _line.Parked);
            while (Value == seen)
                Monitor.Wait(_parking);
            Interlocked.Decrement(ref _line.Parked);
        }
    }

    /// <summary>The counters in cache lines of their own, away from what other threads write.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Line
    {
        [FieldOffset(128)]
        public int Value;

        [FieldOffset(256)]
        public int Parked;
    }
}
