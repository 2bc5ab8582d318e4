using System.Runtime.CompilerServices;

namespace Moe.Runtime.Numerics;

/// <summary>float32: in caches one number after the other, in weight panels [column][16 lanes].</summary>
public readonly unsafe struct F32 : IElement, IPanelFormat
{
    /// <inheritdoc/>
    public static int Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    /// <inheritdoc/>
    public static nint StepBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * 16 * 4;
    }

    /// <inheritdoc/>
    public static int LaneBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 4;
    }

    /// <inheritdoc/>
    public static bool IsStreamed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    /// <inheritdoc/>
    public static bool IsFollowed
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    /// <inheritdoc/>
    public static bool IsWidened
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }

    /// <inheritdoc/>
    public static nint PanelBytes(int columns) => (nint)columns * 64;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(byte* source) where T : struct, ILanes<T> => T.Load((float*)source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TRegister, TVector>(byte* source)
        where TRegister : IRegister<TVector> where TVector : struct => TRegister.Load((float*)source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T value, byte* destination) where T : struct, ILanes<T> => T.Store(value, (float*)destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector First<TRegister, TVector>(byte* step)
        where TRegister : IRegister<TVector> where TVector : struct => TRegister.Load((float*)step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Second<TRegister, TVector>(byte* step)
        where TRegister : IRegister<TVector> where TVector : struct => TRegister.Load((float*)(step + 64));
}
