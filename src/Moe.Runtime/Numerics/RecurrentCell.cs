using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>The elementwise half of a recurrent cell, after its two matrix products.</summary>
public static unsafe class RecurrentCell
{
    /// <summary>
    /// r = σ(iᵣ + hᵣ), c = σ(i_z + h_z), n = tanh(iₙ + r·hₙ); output = (1 − c)·n + c·state (Cho et al. 2014, in the form of
    /// torch.nn.GRUCell).
    /// </summary>
    /// <typeparam name="TSize">Width of the state.</typeparam>
    /// <param name="inputGates">[3, TSize]: r, z, n of the input, biases added.</param>
    /// <param name="stateGates">[3, TSize]: r, z, n of the state, biases added.</param>
    /// <param name="state">TSize numbers.</param>
    /// <param name="output">Receives TSize numbers; may be the state.</param>
    public static void Gru<TSize>(float* inputGates, float* stateGates, float* state, float* output)
        where TSize : IDimension
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= TSize.Size - Lanes8.Count; i += Lanes8.Count)
                Lanes8.Store(Gru<Lanes8, TSize>(inputGates + i, stateGates + i, state + i), output + i);
        }
        else
        {
            for (; i <= TSize.Size - Lanes4.Count; i += Lanes4.Count)
                Lanes4.Store(Gru<Lanes4, TSize>(inputGates + i, stateGates + i, state + i), output + i);
        }

        for (; i < TSize.Size; i++)
            output[i] = Gru<Lanes1, TSize>(inputGates + i, stateGates + i, state + i).Value;
    }

    private static T Gru<T, TSize>(float* input, float* hidden, float* state)
        where T : struct, ILanes<T>
        where TSize : IDimension
    {
        T reset = Transcendental.Sigmoid(T.Load(input) + T.Load(hidden));
        T keep = Transcendental.Sigmoid(T.Load(input + TSize.Size) + T.Load(hidden + TSize.Size));
        T fresh = Transcendental.Tanh(T.Load(input + (2 * TSize.Size)) + (reset * T.Load(hidden + (2 * TSize.Size))));
        return ((T.Broadcast(1f) - keep) * fresh) + (keep * T.Load(state));
    }
}
