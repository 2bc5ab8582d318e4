using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>Ernie4_5_MoeForCausalLM: softmax with a selection bias, weights divided by a sum that is at least moe_norm_min.</summary>
internal sealed class Ernie45MoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(103_424, 2560, 28, 20, KeyValueHeads: 4, HeadSize: 0, 131_072, 1e-5, 500_000, Tied: true);

    public override CheckpointLayout Layout => CheckpointLayout.Ernie45Moe;

    public override string ModelType => "ernie4_5_moe";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .With("SelectionBias", new TensorPlace("model.layers.{layer}.mlp.moe_statics.e_score_correction_bias") { LeadingOne = true });

    /// <summary>Layers that predict further tokens.</summary>
    public override IEnumerable<string> IgnoredTensors(MoeArchitecture architecture) => ["model.mtp*"];

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        (int start, int end, int interval) = Span(model);
        bool bias = model.Attention.QueryBias;
        return FamilyRows.Model(model, ModelType, _absent)
            .Concat(FamilyRows.Heads(model, _absent))
            .Append(ConfigRow.Usual("use_bias", bias, false))
            .Append(FamilyRows.Activation(model))
            .Append(FamilyRows.IfDense(model, "intermediate_size", 12_288))
            .Append(ConfigRow.Usual("moe_num_experts", model.ExpertCount, 64))
            .Append(ConfigRow.Usual("moe_k", model.TopK, 6))
            .Append(ConfigRow.Usual("moe_intermediate_size", model.Routed?.IntermediateSize ?? 1536, 1536))
            .Append(ConfigRow.Usual("moe_num_shared_experts", model.SharedCount, 2))
            .Append(ConfigRow.Usual("moe_norm_min", (model.Experts?.Router.Weights as RenormalisedWeights)?.MinimumSum ?? 1e-12, 1e-12))

            // Of the code beside the released files; the class computes what the values here say.
            .Append(ConfigRow.Usual("moe_gate", "topk", "topk"))
            .Append(ConfigRow.Usual("moe_use_aux_free", true, true))
            .Append(ConfigRow.Irrelevant("moe_capacity"))
            .Append(ConfigRow.Irrelevant("num_nextn_predict_layers"))
            .Append(new ConfigRow("moe_layer_start_index", ConfigRowRule.Remark, start, null, false))
            .Append(new ConfigRow("moe_layer_end_index", ConfigRowRule.Remark, end, null, false))
            .Append(new ConfigRow("moe_layer_interval", ConfigRowRule.ExpertLayers, interval, SparseLayers.Section(model, ("moe_layer_start_index", 1), ("moe_layer_end_index", -1), ("moe_layer_interval", 1)), false));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        bool bias = config.Flag("use_bias", false);
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        int start = config.Integer("moe_layer_start_index", 1);
        int end = config.Integer("moe_layer_end_index", -1);
        int interval = config.Integer("moe_layer_interval", 1);
        int width = config.Integer("moe_intermediate_size", 1536);
        WordText attention = FamilyWords.Attention(config, _absent, bias);
        var words = new List<WordText>
        {
            attention,
            new WordText(Words.Router)
                .With("TopK", config.Integer("moe_k", 6))
                .With("SelectionBias", true)
                .Choice("Weights", RouterWeights.Renormalised, RouterWeights.Raw)
                .With("MinimumSum", config.Real("moe_norm_min", 1e-12), 0),
        };
        if (config.Integer("moe_num_shared_experts", 2) is > 0 and int shared)
            words.Add(FamilyWords.Experts(config, Words.SharedExperts, shared, width, bias));
        words.Add(FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("moe_num_experts", 64), width, bias));
        var sparse = new BlockText(name + "ExpertBlock", words);
        var dense = new BlockText(name + "DenseBlock", [attention, FamilyWords.FeedForward(config, config.Integer("intermediate_size", 12_288), bias)]);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent, RotaryConfig.Read(config, _absent, RotaryLayout.Interleaved), headBias: bias),
            Enumerable.Range(0, layers)
                .Select(layer => (layer + 1) % interval == 0 && layer >= start && layer <= (end == -1 ? layers - 1 : end) ? sparse : dense)
                .ToArray());
    }

    // The three keys that say which layers have experts.
    private static (int Start, int End, int Interval) Span(FamilyView model)
    {
        int[] sparse = Enumerable.Range(0, model.Layers).Where(layer => model.BlockOf(layer).FeedForward is ExpertFeedForward).ToArray();
        if (sparse.Length == 0)
            return (model.Layers, model.Layers - 1, 1);
        int interval = sparse.Length > 1 ? sparse[1] - sparse[0] : 1;
        int end = sparse[sparse.Length - 1];
        return (sparse[0], end + interval >= model.Layers ? model.Layers - 1 : end, interval);
    }
}
