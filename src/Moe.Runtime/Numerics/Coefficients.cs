namespace Moe.Runtime.Numerics;

/// <summary>
/// The numbers in the polynomials of <see cref="Transcendental"/>. Every target uses these, in the order of operations
/// written there: multiplications and additions, nothing fused. A GPU compiler that contracts them differs by a few units
/// in the last place.
/// </summary>
/// <remarks>Fitted for the least largest relative error over the interval named (Remez exchange, 50 digits).</remarks>
public static class Coefficients
{
    /// <summary>1 / ln 2.</summary>
    public const float Log2E = 1.4426950408889634f;

    /// <summary>The upper 9 bits of ln 2; its product with a small integer is exact.</summary>
    public const float Ln2High = 0.693359375f;

    /// <summary>ln 2 less <see cref="Ln2High"/>.</summary>
    public const float Ln2Low = -2.1219444005469057E-4f;

    /// <summary>1.5·2^23: adding it rounds a number below 2^22 to an integer, which the low bits of the sum then hold.</summary>
    public const float Shift = 12582912f;

    /// <summary>Below, e^x rounds to 0.</summary>
    public const float ExpLowest = -104f;

    /// <summary>Above, e^x is infinite in float32.</summary>
    public const float ExpHighest = 89f;

    /// <summary>(e^r - 1 - r) / r^2 for |r| up to ln 2 / 2, error 3.1e-9, power 0.</summary>
    public const float Exp0 = 0.49999994f;

    /// <summary>(e^r - 1 - r) / r^2 for |r| up to ln 2 / 2, error 3.1e-9, power 1.</summary>
    public const float Exp1 = 0.1666652f;

    /// <summary>(e^r - 1 - r) / r^2 for |r| up to ln 2 / 2, error 3.1e-9, power 2.</summary>
    public const float Exp2 = 0.041668393f;

    /// <summary>(e^r - 1 - r) / r^2 for |r| up to ln 2 / 2, error 3.1e-9, power 3.</summary>
    public const float Exp3 = 0.008368781f;

    /// <summary>(e^r - 1 - r) / r^2 for |r| up to ln 2 / 2, error 3.1e-9, power 4.</summary>
    public const float Exp4 = 0.0013814467f;

    /// <summary>Below this size tanh is its polynomial, above it comes from e^2x.</summary>
    public const float TanhSmall = 0.625f;

    /// <summary>(tanh x - x) / x^3 in z = x^2 up to 0.625^2, error 4.2e-9, power 0.</summary>
    public const float Tanh0 = -0.33333284f;

    /// <summary>(tanh x - x) / x^3 in z = x^2 up to 0.625^2, error 4.2e-9, power 1.</summary>
    public const float Tanh1 = 0.13331491f;

    /// <summary>(tanh x - x) / x^3 in z = x^2 up to 0.625^2, error 4.2e-9, power 2.</summary>
    public const float Tanh2 = -0.053743497f;

    /// <summary>(tanh x - x) / x^3 in z = x^2 up to 0.625^2, error 4.2e-9, power 3.</summary>
    public const float Tanh3 = 0.020650588f;

    /// <summary>(tanh x - x) / x^3 in z = x^2 up to 0.625^2, error 4.2e-9, power 4.</summary>
    public const float Tanh4 = -0.0057170456f;

    /// <summary>t = 1 / (1 + NormalScale·y).</summary>
    public const float NormalScale = 0.3f;

    /// <summary>√½.</summary>
    public const float SqrtHalf = 0.70710678118654752f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 0.</summary>
    public const float Normal0 = 0.16918801f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 1.</summary>
    public const float Normal1 = 0.17071521f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 2.</summary>
    public const float Normal2 = 0.14833932f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 3.</summary>
    public const float Normal3 = 0.21492548f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 4.</summary>
    public const float Normal4 = -0.09464937f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 5.</summary>
    public const float Normal5 = 0.54771805f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 6.</summary>
    public const float Normal6 = -0.51227635f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 7.</summary>
    public const float Normal7 = 0.48556235f;

    /// <summary>erfc(y)·e^(y^2) / t in t for y from 0 to 10, error 2e-8, power 8.</summary>
    public const float Normal8 = -0.12952273f;

    /// <summary>The smallest normal number; below it a logarithm scales its argument first.</summary>
    public const float SmallestNormal = 1.17549435E-38f;

    /// <summary>(log((1 + s) / (1 - s)) - 2s) / s^3 in z = s^2 up to 0.1716^2, error 1.2e-9 of the logarithm, power 0.</summary>
    public const float Log0 = 0.66666776f;

    /// <summary>(log((1 + s) / (1 - s)) - 2s) / s^3 in z = s^2 up to 0.1716^2, error 1.2e-9 of the logarithm, power 1.</summary>
    public const float Log1 = 0.3997752f;

    /// <summary>(log((1 + s) / (1 - s)) - 2s) / s^3 in z = s^2 up to 0.1716^2, error 1.2e-9 of the logarithm, power 2.</summary>
    public const float Log2 = 0.2987231f;

    /// <summary>Below this size erf is its polynomial, above it comes from erfc.</summary>
    public const float ErfSmall = 1f;

    /// <summary>erf(x) / x - 1 in z = x^2 up to 1, error 2.5e-9, power 0.</summary>
    public const float Erf0 = 0.12837917f;

    /// <summary>erf(x) / x - 1 in z = x^2 up to 1, error 2.5e-9, power 1.</summary>
    public const float Erf1 = -0.37612626f;

    /// <summary>erf(x) / x - 1 in z = x^2 up to 1, error 2.5e-9, power 2.</summary>
    public const float Erf2 = 0.11283585f;

    /// <summary>erf(x) / x - 1 in z = x^2 up to 1, error 2.5e-9, power 3.</summary>
    public const float Erf3 = -0.026853813f;

    /// <summary>erf(x) / x - 1 in z = x^2 up to 1, error 2.5e-9, power 4.</summary>
    public const float Erf4 = 0.0051883277f;

    /// <summary>erf(x) / x - 1 in z = x^2 up to 1, error 2.5e-9, power 5.</summary>
    public const float Erf5 = -0.0008010194f;

    /// <summary>erf(x) / x - 1 in z = x^2 up to 1, error 2.5e-9, power 6.</summary>
    public const float Erf6 = 7.85386E-05f;

    /// <summary>2 / π.</summary>
    public const float TwoOverPi = 0.63661977f;

    /// <summary>The first 11 bits of π / 2; its product with a whole number of 13 bits is exact, and so for the next two.</summary>
    public const float HalfPi1 = 1.5703125f;

    /// <summary>The next 11 bits of π / 2.</summary>
    public const float HalfPi2 = 0.00048375129699707031f;

    /// <summary>The next 11 bits of π / 2.</summary>
    public const float HalfPi3 = 7.549533620476723E-08f;

    /// <summary>What is left of π / 2.</summary>
    public const float HalfPi4 = 2.5633440682570896E-12f;

    /// <summary>Above this size quarter turns are counted in whole numbers of 64 bits.</summary>
    public const float LargeAngle = 8192f;

    /// <summary>(sin r - r) / r^3 in z = r^2 for r up to π / 4, error 8.4e-9 of the sine, power 0.</summary>
    public const float Sin0 = -0.16666655f;

    /// <summary>(sin r - r) / r^3 in z = r^2 for r up to π / 4, error 8.4e-9 of the sine, power 1.</summary>
    public const float Sin1 = 0.0083321584f;

    /// <summary>(sin r - r) / r^3 in z = r^2 for r up to π / 4, error 8.4e-9 of the sine, power 2.</summary>
    public const float Sin2 = -0.00019514958f;

    /// <summary>(cos r - 1 + z / 2) / z^2 in z = r^2 for r up to π / 4, error 4.9e-10, power 0.</summary>
    public const float Cos0 = 0.041666646f;

    /// <summary>(cos r - 1 + z / 2) / z^2 in z = r^2 for r up to π / 4, error 4.9e-10, power 1.</summary>
    public const float Cos1 = -0.0013887364f;

    /// <summary>(cos r - 1 + z / 2) / z^2 in z = r^2 for r up to π / 4, error 4.9e-10, power 2.</summary>
    public const float Cos2 = 2.4438092E-05f;
}
