using System;

namespace Moe;

/// <summary>
/// Experts among which <see cref="RouterAttribute"/> chooses for each token. On a derived block it replaces an inherited
/// dense feed-forward part. Several groups of different shapes stand side by side under different names; experts are
/// numbered through all groups in source order, a base class's groups first.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false, AllowMultiple = true)]
public sealed class RoutedExpertsAttribute : Attribute
{
    /// <summary>Experts whose number a base class states.</summary>
    public RoutedExpertsAttribute()
    {
    }

    /// <summary><paramref name="count"/> experts of one shape.</summary>
    /// <param name="count">Number of experts.</param>
    public RoutedExpertsAttribute(int count) => Count = count;

    /// <summary>Number of experts.</summary>
    /// <remarks>Rules: MOE201, MOE301, MOE302, MOE501.</remarks>
    public int Count { get; }

    /// <summary>The group's name, a C# identifier; groups of one name are one group, stated on several levels.</summary>
    /// <remarks>Rules: MOE311.</remarks>
    public string Name { get; set; } = "";

    /// <summary>Width of one expert between its projections.</summary>
    /// <remarks>Rules: MOE201, MOE205.</remarks>
    public int IntermediateSize { get; set; }

    /// <summary>The nonlinearity.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public Activation Activation { get; set; } = Activation.SiLU;

    /// <summary>
    /// Name of a method of <see cref="From"/>: marked <see cref="ActivationFunctionAttribute"/>, it takes the place of
    /// <see cref="Activation"/>; marked <see cref="GateFunctionAttribute"/>, the place of act(gate) · up.
    /// </summary>
    /// <remarks>Rules: MOE112, MOE602, MOE603.</remarks>
    public string? Function { get; set; }

    /// <summary>The class that holds <see cref="Function"/>; the class that writes <see cref="Function"/> where there is none.</summary>
    /// <remarks>Rules: MOE112.</remarks>
    public Type? From { get; set; }

    /// <summary>
    /// Clamped SwiGLU (gpt-oss): gate' = min(gate, Limit), up' = clamp(up, −Limit, Limit), and the inner value is
    /// (up' + <see cref="UpOffset"/>) · gate' · sigmoid(<see cref="SwishBeta"/> · gate'). 0 (the default) means no limit.
    /// </summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double Limit { get; set; }

    /// <summary>The factor inside the sigmoid of a gated SiLU; 1.702 in gpt-oss.</summary>
    /// <remarks>Rules: MOE112, MOE206.</remarks>
    public double SwishBeta { get; set; } = 1;

    /// <summary>Added to up before the product of a gated SiLU; 1 in gpt-oss.</summary>
    /// <remarks>Rules: MOE112, MOE607.</remarks>
    public double UpOffset { get; set; }

    /// <summary>Has a gate projection beside the up projection.</summary>
    public bool Gated { get; set; } = true;

    /// <summary>Every projection has a bias.</summary>
    public bool Bias { get; set; }

    /// <summary>
    /// The experts are the equal slices of one network whose intermediate size is Count · <see cref="IntermediateSize"/>: expert e has
    /// rows e · IntermediateSize and on of the gate and up projections, and those columns of the down projection (UoE, SPT). A checkpoint
    /// stores the one network, under the names of a dense feed-forward part. With <see cref="Bias"/>, gate and up biases are sliced
    /// too, and the down bias is <see cref="OutputBias"/>.
    /// </summary>
    /// <remarks>Rules: MOE312.</remarks>
    public bool Sliced { get; set; }

    /// <summary>A bias is added once to the weighted sum of the experts' answers (JetMoE).</summary>
    public bool OutputBias { get; set; }

    /// <summary>
    /// Width of the experts' input and output, between a projection down and one up that all experts share; 0 for the
    /// hidden size itself (BigMac).
    /// </summary>
    /// <remarks>Rules: MOE201.</remarks>
    public int DispatchSize { get; set; }

    /// <summary>What is summed with the weights: the experts' answers, or their projections.</summary>
    /// <remarks>Rules: MOE207.</remarks>
    public ExpertMerge Merge { get; set; } = ExpertMerge.Outputs;

    /// <summary>Forget what base classes declared with this attribute.</summary>
    public bool Reset { get; set; }
}
