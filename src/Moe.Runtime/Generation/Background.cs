using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Moe.Runtime.Generation;

/// <summary>Walks an enumeration that computes, off the thread of whoever reads it.</summary>
internal static class Background
{
    /// <summary>
    /// Every element is computed on a thread-pool thread when it is asked for, so that nothing runs ahead of the reader
    /// and nothing runs on when it stops.
    /// </summary>
    internal static async IAsyncEnumerable<T> Run<T>(
        Func<CancellationToken, IEnumerable<T>> walk,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using IEnumerator<T> elements = walk(cancellation).GetEnumerator();
        Func<bool> next = elements.MoveNext;
        while (await Task.Run(next, cancellation).ConfigureAwait(false))
            yield return elements.Current;
    }
}
