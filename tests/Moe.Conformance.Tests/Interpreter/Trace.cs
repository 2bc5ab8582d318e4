using System.Collections.Generic;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Everything that can be seen while a model runs. Tokens are counted over all sequences, in order.</summary>
internal sealed class Trace
{
    /// <summary>Hidden state of each token at the input of each layer, and after the last: [layer][token][HiddenSize].</summary>
    public List<double[][]> Hidden { get; } = [];

    /// <summary>Output of the final norm: [token][HiddenSize].</summary>
    public double[][] FinalNorm { get; set; } = [];

    /// <summary>Logits, [token][VocabularySize].</summary>
    public double[][] Logits { get; set; } = [];

    /// <summary>What each router decided, by layer and token.</summary>
    public Dictionary<(int Layer, int Token), Decision> Decisions { get; } = [];

    /// <summary>
    /// As <see cref="Decision.Gap"/>, the smallest of all decisions that a test cannot force: who drops out of a sparsemixer,
    /// who finds room, which attention experts a token takes.
    /// </summary>
    public double UnforcedGap { get; set; } = double.PositiveInfinity;

    /// <summary>The decision of a layer for a token, made on first use.</summary>
    public Decision DecisionOf(int layer, int token)
    {
        if (!Decisions.TryGetValue((layer, token), out Decision? decision))
            Decisions[(layer, token)] = decision = new Decision();
        return decision;
    }
}

/// <summary>What a router decided for a token.</summary>
internal sealed class Decision
{
    /// <summary>Logits before score and bias, [Experts].</summary>
    public double[] Logits { get; set; } = [];

    /// <summary>Experts that were chosen before limits, −1 in empty slots.</summary>
    public int[] Selected { get; set; } = [];

    /// <summary>Experts that were used, best first, [TopK].</summary>
    public int[] Chosen { get; set; } = [];

    /// <summary>Weight of each of <see cref="Chosen"/>.</summary>
    public double[] Weights { get; set; } = [];

    /// <summary>
    /// How close the router's own choice was: the smallest key (of an expert or of a group) that won minus the largest
    /// that lost; infinity where everything won.
    /// </summary>
    public double Gap { get; set; } = double.PositiveInfinity;
}
