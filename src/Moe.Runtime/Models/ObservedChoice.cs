using System;

namespace Moe.Runtime.Models;

/// <summary>The choice of experts that an observer is shown and may change.</summary>
public static class ObservedChoice
{
    /// <summary>Shows one token's choice, and checks what the observer makes of it: weights of experts are read at these indices.</summary>
    /// <typeparam name="TObserver">Sees it.</typeparam>
    /// <param name="layer">Layer, from 0; −1 for the router of a whole model.</param>
    /// <param name="token">Index of the token in the batch.</param>
    /// <param name="chosen">[most experts of a token], −1 in empty slots.</param>
    /// <param name="experts">Routed experts of all kinds.</param>
    /// <param name="observer">Sees it.</param>
    /// <exception cref="InvalidOperationException">The observer chose an expert that does not exist.</exception>
    public static void Show<TObserver>(int layer, int token, Span<int> chosen, int experts, ref TObserver observer)
        where TObserver : struct, IStepObserver
    {
        observer.Selected(layer, token, chosen);
        foreach (int expert in chosen)
        {
            if (expert < -1 || expert >= experts)
                throw new InvalidOperationException($"The observer chose expert {expert} for token {token} in layer {layer}; there are experts 0 to {experts - 1}, and -1 for none.");
        }
    }
}
