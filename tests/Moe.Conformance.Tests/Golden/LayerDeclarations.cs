using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Golden;

/// <summary>A layer of the literature as a declaration, and where its weights lie in the original's files.</summary>
/// <param name="Words">The attributes of the class.</param>
/// <param name="Weights">Elements of a weight: layer, role, expert (−1 for none).</param>
internal sealed record LayerDeclaration(string Words, Func<LayerCase, int, Weight, int, float[]> Weights)
{
    /// <summary>The source file.</summary>
    public string Source => $"using Moe;\n\nnamespace Golden;\n\n{Words}\npublic partial class Layer;\n";
}

/// <summary>The layers whose vectors stand beside the tests.</summary>
internal static class LayerDeclarations
{
    private const string Swiglu = "[RoutedExperts(8, IntermediateSize = 40)]";

    /// <summary>By folder.</summary>
    public static IReadOnlyDictionary<string, LayerDeclaration> All { get; } = new SortedDictionary<string, LayerDeclaration>(StringComparer.Ordinal)
    {
        ["moe_plus_plus-softmax"] = new(
            """
            [MoeLayer(HiddenSize = 32, Residual = LayerResidual.PreNorm)]
            [Norm(Epsilon = 1e-6)]
            [Router(TopK = 2, Logits = RouterLogits.Mlp, LogitResidual = true, Weights = RouterWeights.ZeroedRenormalised, InputScale = 2)]
            [RoutedExperts(4, IntermediateSize = 40)]
            [ConstantExperts(2)]
            [CopyExperts(1)]
            [ZeroExperts(1)]
            """,
            MoePlusPlus),
        ["moe_plus_plus-mixtral"] = new(
            """
            [MoeLayer(HiddenSize = 32, Residual = LayerResidual.PreNorm)]
            [Norm(Epsilon = 1e-6)]
            [Router(TopK = 2, LogitResidual = true, Standardise = 1.5, Weights = RouterWeights.SoftmaxOfChosen)]
            [RoutedExperts(4, IntermediateSize = 40)]
            [ConstantExperts(2)]
            [CopyExperts(1)]
            [ZeroExperts(1)]
            """,
            MoePlusPlus),
        ["rmoe-gru"] = new(
            $"""
            [MoeLayer(HiddenSize = 32, Residual = LayerResidual.PreNorm)]
            [Norm(Epsilon = 1e-6)]
            [Router(TopK = 2, Logits = RouterLogits.Gru, RouterSize = 20, Weights = RouterWeights.Renormalised)]
            {Swiglu}
            """,
            RecurrentMoe),
        ["rmoe-rnn"] = new(
            $"""
            [MoeLayer(HiddenSize = 32, Residual = LayerResidual.PreNorm)]
            [Norm(Epsilon = 1e-6)]
            [Router(TopK = 2, Logits = RouterLogits.Rnn, RouterSize = 20, Weights = RouterWeights.Renormalised)]
            {Swiglu}
            """,
            RecurrentMoe),
        ["dynamic_top_p-0.4"] = new($"[MoeLayer(HiddenSize = 32)]\n[Router(Selection = RouterSelection.TopP, TopP = 0.4)]\n{Swiglu}", Projections("router.weight")),
        ["dynamic_top_p-0.7"] = new($"[MoeLayer(HiddenSize = 32)]\n[Router(Selection = RouterSelection.TopP, TopP = 0.7)]\n{Swiglu}", Projections("router.weight")),
        ["deepseek_moe-seq_aux"] = DeepSeek(),
        ["deepseek_moe-token_aux"] = DeepSeek(", Weights = RouterWeights.Renormalised, RenormaliseEpsilon = 1e-20"),
        ["switch_top1"] = new(
            """
            [MoeLayer(HiddenSize = 32)]
            [Router(TopK = 1, Capacity = 3, CapacityPriority = CapacityPriority.Position)]
            [RoutedExperts(6, IntermediateSize = 48, Activation = Activation.ReLU, Gated = false)]
            """,
            (source, _, weight, expert) => weight.Role switch
            {
                "Router" => source["router.classifier.weight"],
                "ExpertUp" => source[$"experts.expert_{expert}.wi.weight"],
                _ => source[$"experts.expert_{expert}.wo.weight"],
            }),
        ["mixtral_top2"] = new(
            "[MoeLayer(HiddenSize = 32)]\n[Router(TopK = 2, Weights = RouterWeights.Renormalised)]\n[RoutedExperts(8, IntermediateSize = 48)]",
            (source, _, weight, expert) => weight.Role == "Router" ? source["gate.weight"] : source[$"experts.{expert}.{MixtralName(weight.Role)}.weight"]),
        ["smoe_dropout-top4"] = SparseDropout(4),
        ["smoe_dropout-all"] = SparseDropout(16),
    };

    private static LayerDeclaration DeepSeek(string weights = "") => new(
        $"""
        [MoeLayer(HiddenSize = 32)]
        [Router(TopK = 4{weights})]
        [RoutedExperts(16, IntermediateSize = 16)]
        [SharedExperts(2, IntermediateSize = 16)]
        """,
        Projections("gate.weight"));

    private static LayerDeclaration SparseDropout(int topK) => new(
        $"""
        [MoeLayer(HiddenSize = 32, Residual = LayerResidual.PostNorm)]
        [Norm(Kind = NormKind.Layer, Epsilon = 1e-5)]
        [Router(TopK = {topK}, MaxSelected = 16, LogitBias = true, Frozen = true, Weights = RouterWeights.SoftmaxOfChosen)]
        [RoutedExperts(16, IntermediateSize = 32, Activation = Activation.ReLU, Gated = false, Bias = true)]
        """,
        (source, _, weight, expert) => weight.Role switch
        {
            "Router" => source["gate.gate.weight"],
            "RouterBias" => source["gate.gate.bias"],
            "FeedForwardNorm" => source["layer_norm.weight"],
            "FeedForwardNormBias" => source["layer_norm.bias"],
            "ExpertUp" => Part(source["experts.htoh4.weight"], expert, 16),
            "ExpertUpBias" => Part(source["experts.htoh4.bias"], expert, 16),
            "ExpertDown" => Part(source["experts.h4toh.weight"], expert, 16),
            _ => Part(source["experts.h4toh.bias"], expert, 16),
        });

    // gate_proj, up_proj, down_proj of each expert and of the shared ones
    private static Func<LayerCase, int, Weight, int, float[]> Projections(string router) => (source, _, weight, expert) => weight.Role switch
    {
        "Router" => source[router],
        "SharedGate" => source["shared_experts.gate_proj.weight"],
        "SharedUp" => source["shared_experts.up_proj.weight"],
        "SharedDown" => source["shared_experts.down_proj.weight"],
        _ => source[$"experts.{expert}.{weight.Role["Expert".Length..].ToLowerInvariant()}_proj.weight"],
    };

    // Gate and up of an expert are stacked; the constant experts follow the feed-forward ones.
    private static float[] MoePlusPlus(LayerCase source, int layer, Weight weight, int expert)
    {
        string moe = $"layers.{layer}.moe.";
        return weight.Role switch
        {
            "FeedForwardNorm" => source[$"norms.{layer}.weight"],
            "RouterUp" => source[moe + "gate.wg.0.weight"],
            "Router" => source[moe + (source.Has(moe + "gate.wg.2.weight") ? "gate.wg.2.weight" : "gate.wg.weight")],
            "RouterResidual" => source[moe + "gate.gate_map.weight"],
            "ExpertGate" => Part(source[$"{moe}experts.experts.{expert}.up_proj.weight"], 0, 2),
            "ExpertUp" => Part(source[$"{moe}experts.experts.{expert}.up_proj.weight"], 1, 2),
            "ExpertDown" => source[$"{moe}experts.experts.{expert}.down_proj.weight"],
            "ConstantMix" => source[$"{moe}experts.experts.{expert + 4}.wg.weight"],
            _ => source[$"{moe}experts.experts.{expert + 4}.constant"],
        };
    }

    private static float[] RecurrentMoe(LayerCase source, int layer, Weight weight, int expert) => weight.Role switch
    {
        "FeedForwardNorm" => source[$"norms.{layer}.weight"],
        "RouterDown" => source[$"layers.{layer}.weight1"],
        "Router" => source[$"layers.{layer}.weight2"],
        "RouterCellInput" => Gates(source, "rnn.weight_i"),
        "RouterCellInputBias" => Gates(source, "rnn.bias_i"),
        "RouterCellState" => Gates(source, "rnn.weight_h"),
        "RouterCellStateBias" => Gates(source, "rnn.bias_h"),
        _ => source[$"layers.{layer}.experts.{expert}.{MixtralName(weight.Role)}.weight"],
    };

    private static float[] Gates(LayerCase source, string name) =>
        [.. new[] { "r", "z", "n" }.Where(gate => source.Has(name + gate)).SelectMany(gate => source[name + gate])];

    private static string MixtralName(string role) => role switch
    {
        "ExpertGate" => "w1",
        "ExpertUp" => "w3",
        _ => "w2",
    };

    private static float[] Part(float[] whole, int index, int count) =>
        whole[(index * (whole.Length / count))..((index + 1) * (whole.Length / count))];
}
