namespace Moe.Runtime.Numerics;

/// <summary>A number format of cache memory, as a type argument: <see cref="F32"/> or <see cref="BF16"/>.</summary>
public unsafe interface IElement
{
    /// <summary>Bytes of one element.</summary>
    static abstract int Bytes { get; }

    /// <summary>Reads consecutive elements, widened to float32.</summary>
    static abstract T Load<T>(byte* source) where T : struct, ILanes<T>;

    /// <summary>Reads consecutive elements into a register, widened to float32.</summary>
    static abstract TVector Load<TRegister, TVector>(byte* source)
        where TRegister : IRegister<TVector> where TVector : struct;

    /// <summary>Writes consecutive elements, rounded to nearest, ties to even.</summary>
    static abstract void Store<T>(T value, byte* destination) where T : struct, ILanes<T>;
}
