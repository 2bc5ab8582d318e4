namespace Moe.Runtime.Numerics;

/// <summary>MoE++'s constant expert (Jin et al. 2024).</summary>
public static unsafe class ConstantExpert
{
    /// <summary>output += weight · (a₀·x + a₁·constant), a = softmax(mix₀ · x, mix₁ · x).</summary>
    /// <typeparam name="TSize">Width of a row.</typeparam>
    /// <param name="x">What the expert sees.</param>
    /// <param name="mix0">First row of its matrix.</param>
    /// <param name="mix1">Second row.</param>
    /// <param name="constant">Its vector.</param>
    /// <param name="weight">Weight of its answer.</param>
    /// <param name="output">TSize numbers that grow.</param>
    public static void AddTo<TSize>(float* x, float* mix0, float* mix1, float* constant, float weight, float* output)
        where TSize : IDimension
    {
        float first = Rows.Dot<TSize>(mix0, x);
        float second = Rows.Dot<TSize>(mix1, x);
        Rows.AddScaled<TSize>(weight * Transcendental.Sigmoid(first - second), x, output);
        Rows.AddScaled<TSize>(weight * Transcendental.Sigmoid(second - first), constant, output);
    }
}
