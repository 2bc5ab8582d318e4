using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Moe.Runtime.Numerics;

/// <summary>A function of one number that an expert applies, as a type argument; written once for every vector width.</summary>
public interface IActivation
{
    /// <summary>The function, lane by lane.</summary>
    static abstract T Apply<T>(T x) where T : struct, ILanes<T>;
}

/// <summary>A function of gate and up that an expert applies, as a type argument; written once for every vector width.</summary>
public interface IGate
{
    /// <summary>The function, lane by lane.</summary>
    static abstract T Apply<T>(T gate, T up) where T : struct, ILanes<T>;
}

/// <summary>act(gate)·up: a gated linear unit (Shazeer 2020).</summary>
public readonly struct GatedBy<TActivation> : IGate where TActivation : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T gate, T up) where T : struct, ILanes<T> => TActivation.Apply(gate) * up;
}

/// <summary>x·sigmoid(x), also called swish (Ramachandran et al. 2017). Minus infinity gives NaN, as in PyTorch.</summary>
public readonly struct SiLU : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T> => x * Transcendental.Sigmoid(x);
}

/// <summary>x·Φ(x) with the normal distribution itself: "gelu" in transformers (Hendrycks and Gimpel 2016).</summary>
public readonly struct Gelu : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T> => x * Transcendental.Normal(x);
}

/// <summary>
/// ½x(1 + tanh(√(2/π)(x + 0.044715x³))): "gelu_pytorch_tanh" in transformers. Computed as x·sigmoid(2u), which is the same.
/// </summary>
public readonly struct GeluTanh : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T>
    {
        const float TwiceSqrtTwoOverPi = 1.5957691216057308f;
        T u = x * (T.Broadcast(1f) + T.Broadcast(0.044715f) * x * x);
        return x * Transcendental.Sigmoid(T.Broadcast(TwiceSqrtTwoOverPi) * u);
    }
}

/// <summary>max(x, 0); NaN stays NaN.</summary>
public readonly struct ReLU : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T> => T.SelectLess(x, T.Broadcast(0f), T.Broadcast(0f), x);
}

/// <summary>1 / (1 + e^-x).</summary>
public readonly struct Sigmoid : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T> => Transcendental.Sigmoid(x);
}

/// <summary>tanh x.</summary>
public readonly struct Tanh : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T> => Transcendental.Tanh(x);
}

/// <summary>x.</summary>
public readonly struct Identity : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T> => x;
}

/// <summary>max(x, 0)² (So et al. 2021); NaN stays NaN.</summary>
public readonly struct ReLUSquared : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T>
    {
        T positive = ReLU.Apply(x);
        return positive * positive;
    }
}

/// <summary>x·sigmoid(1.702x): "quick_gelu" in transformers (Hendrycks and Gimpel 2016).</summary>
public readonly struct QuickGelu : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x) where T : struct, ILanes<T> => x * Transcendental.Sigmoid(T.Broadcast(1.702f) * x);
}

/// <summary>Activations over rows.</summary>
public static unsafe class Activations
{
    /// <summary>One number.</summary>
    public static float Apply<TActivation>(float x) where TActivation : IActivation => TActivation.Apply(new Lanes1(x)).Value;

    /// <summary>Two numbers.</summary>
    public static float Join<TGate>(float gate, float up) where TGate : IGate => TGate.Apply(new Lanes1(gate), new Lanes1(up)).Value;

    /// <summary>A row in place.</summary>
    public static void Apply<TActivation, TSize>(float* x) where TActivation : IActivation where TSize : IDimension =>
        RowLoops.Map<Activated<TActivation>>(x, x, 0f, x, TSize.Size);

    /// <summary>y = act(x); y may be x.</summary>
    public static void Apply<TActivation, TSize>(float* x, float* y) where TActivation : IActivation where TSize : IDimension =>
        RowLoops.Map<Activated<TActivation>>(x, x, 0f, y, TSize.Size);

    /// <summary>y = f(gate, up); y may be either.</summary>
    public static void Join<TGate, TSize>(float* gate, float* up, float* y) where TGate : IGate where TSize : IDimension =>
        RowLoops.Map<JoinedBy<TGate>>(gate, up, 0f, y, TSize.Size);

    /// <summary>
    /// act(gate)·up over a row of tiles: unit j's gate stands in lane j % 8 and its up in lane 8 + j % 8 of the 16 numbers
    /// from tiles + j / 8 · 16 on, as <see cref="Panels"/> leaves them for rows packed in that order.
    /// </summary>
    /// <typeparam name="TActivation">Activation of the gate.</typeparam>
    /// <typeparam name="TSize">Units.</typeparam>
    /// <param name="tiles">16 numbers for every 8 units, the last 16 complete.</param>
    /// <param name="output">TSize numbers; may begin where the tiles begin.</param>
    public static void Gated<TActivation, TSize>(float* tiles, float* output)
        where TActivation : IActivation where TSize : IDimension => Gated<TActivation>(tiles, TSize.Size, output);

    /// <summary>The same for a number of units known at run time, such as the 8 of one tile.</summary>
    public static void Gated<TActivation>(float* tiles, int units, float* output) where TActivation : IActivation =>
        Joined<GatedBy<TActivation>>(tiles, units, output);

    /// <summary>f(gate, up) over a row of tiles laid out as for <see cref="Gated{TActivation,TSize}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Joined<TGate>(float* tiles, int units, float* output) where TGate : IGate
    {
        int unit = 0;
        for (; Vector512.IsHardwareAccelerated && unit <= units - 16; unit += 16, tiles += 32, output += 16)
            Lanes16.Store(TGate.Apply(Lanes16.LoadHalves(tiles, tiles + 16), Lanes16.LoadHalves(tiles + 8, tiles + 24)), output);
        for (; unit <= units - 8; unit += 8, tiles += 16, output += 8)
        {
            if (Vector256.IsHardwareAccelerated)
            {
                Lanes8.Store(TGate.Apply(Lanes8.Load(tiles), Lanes8.Load(tiles + 8)), output);
            }
            else
            {
                Lanes4 low = TGate.Apply(Lanes4.Load(tiles), Lanes4.Load(tiles + 8));
                Lanes4 high = TGate.Apply(Lanes4.Load(tiles + 4), Lanes4.Load(tiles + 12));
                Lanes4.Store(low, output);
                Lanes4.Store(high, output + 4);
            }
        }

        for (int lane = 0; lane < units - unit; lane++)
            output[lane] = TGate.Apply(new Lanes1(tiles[lane]), new Lanes1(tiles[8 + lane])).Value;
    }

    private readonly struct JoinedBy<TGate> : IRowMap where TGate : IGate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => TGate.Apply(x, y);
    }

    private readonly struct Activated<TActivation> : IRowMap where TActivation : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply<T>(T x, T y, T c) where T : struct, ILanes<T> => TActivation.Apply(x);
    }
}
