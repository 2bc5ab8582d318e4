using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>MiniMaxForCausalLM (MiniMax-Text-01): lightning attention, softmax attention in some layers, residuals from the norm.</summary>
internal sealed class MiniMaxFamily : CheckpointFamily
{
    private const string Linear = "linear_attention";
    private const string Full = "full_attention";

    private static readonly ModelDefaults _absent = new(32_000, 4096, 32, 32, KeyValueHeads: 8, HeadSize: 0, 131_072, 1e-5, 1_000_000);

    public override CheckpointLayout Layout => CheckpointLayout.MiniMax;

    public override string ModelType => "minimax";

    public override TensorTable Tensors { get; } = MixtralFamily.Names.InLayer(TensorTable.LinearAttention + "Output", "self_attn.out_proj");

    /// <summary>Decays, which follow from layer and head, are stored beside the weights.</summary>
    public override IEnumerable<string> IgnoredTensors(MoeArchitecture architecture) =>
        ["self_attn.slope_rate", "self_attn.query_decay", "self_attn.key_decay", "self_attn.diagonal_decay"];

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        object?[] types = Enumerable.Range(0, model.Layers).Select(layer => (object?)(IsLinear(model.BlockOf(layer)) ? Linear : Full)).ToArray();
        ResidualArchitecture? full = Residual(model, isLinear: false);
        ResidualArchitecture? linear = Residual(model, isLinear: true);
        int headSize = model.LinearAttention?.HeadSize ?? model.Attention.HeadSize;
        return FamilyRows.Model(model, ModelType, _absent)
            .Append(full is null ? ConfigRow.Irrelevant("num_key_value_heads") : ConfigRow.Usual("num_key_value_heads", model.Attention.KeyValueHeads, 8))
            .Append(ConfigRow.Usual("head_dim", headSize, model.HiddenSize / model.Heads))
            .Append(ConfigRow.Usual("rotary_dim", model.Rotary.Size, model.Rotary.Size))
            .Append(FamilyRows.Window(model))
            .Append(FamilyRows.Activation(model))
            .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 14_336))
            .Append(ConfigRow.Usual("num_local_experts", model.ExpertCount, 8))
            .Append(ConfigRow.Usual("num_experts_per_tok", model.TopK, 2))
            .Append(ConfigRow.Usual("layer_types", types, Usual(model.Layers)))
            .Append(ConfigRow.Irrelevant("block_size"))
            .Concat(Factors("full_attn", "full_attention", full?.AttentionAlpha, full?.AttentionBeta))
            .Concat(Factors("linear_attn", "linear_attention", linear?.AttentionAlpha, linear?.AttentionBeta))
            .Concat(Factors("mlp", "mlp", model.Residual.FeedForwardAlpha, model.Residual.FeedForwardBeta))
            .Concat(Authors(types));
    }

    public override ModelText Read(ConfigReader config, string name)
    {
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        string[] types = config.Texts("layer_types") ?? Usual(layers).Select(type => (string)type!).ToArray();
        if (types.Length < layers || types.Any(type => type is not (Linear or Full)))
            throw config.Wrong("layer_types", $"{Linear} or {Full} for each of {layers} layers");

        int hidden = FamilyWords.Hidden(config, _absent);
        int heads = config.Integer("num_attention_heads", _absent.Heads);
        int headSize = FamilyWords.HeadSize(config, _absent);
        WordText router = new WordText(Words.Router)
            .With("TopK", config.Integer("num_experts_per_tok", 2))
            .Choice("Weights", RouterWeights.Renormalised, RouterWeights.Raw);
        WordText experts = FamilyWords.Experts(config, Words.RoutedExperts, config.Integer("num_local_experts", 8), config.Integer("intermediate_size", 14_336));
        var linear = new BlockText(name + "LinearBlock",
        [
            Residual(config, "linear_attn"),
            new WordText(Words.LinearAttention)
                .With("Heads", heads)
                .With("HeadSize", headSize, hidden % heads == 0 ? hidden / heads : 0)
                .Choice("Activation", config.Activation("hidden_act"), Activation.SiLU),
            router,
            experts,
        ]);
        var full = new BlockText(name + "Block",
        [
            Residual(config, "full_attn"),
            FamilyWords.Attention(config, _absent, bias: false).With("Window", FamilyWords.Window(config, _absent)),
            router,
            experts,
        ]);
        int turned = config.Integer("rotary_dim", headSize);
        return new ModelText(
            name,
            FamilyWords.Model(config, Layout, _absent, RotaryConfig.Read(config, _absent, size: turned == headSize ? 0 : turned)),
            types.Take(layers).Select(type => type == Linear ? linear : full).ToArray());
    }

    private static WordText Residual(ConfigReader config, string part) => new WordText(Words.Residual)
        .Choice("From", ResidualFrom.Norm, ResidualFrom.Stream)
        .With("AttentionAlpha", config.Real(part + "_alpha_factor", 1), 1)
        .With("AttentionBeta", config.Real(part + "_beta_factor", 1), 1)
        .With("FeedForwardAlpha", config.Real("mlp_alpha_factor", 1), 1)
        .With("FeedForwardBeta", config.Real("mlp_beta_factor", 1), 1);

    private static IEnumerable<ConfigRow> Factors(string part, string authors, double? alpha, double? beta) =>
        Factor(part + "_alpha_factor", $"layernorm_{authors}_alpha", alpha).Concat(Factor(part + "_beta_factor", $"layernorm_{authors}_beta", beta));

    // The second name is that of the authors' own code, whose keys stay in files written over.
    private static IEnumerable<ConfigRow> Factor(string key, string authors, double? value) => value is null
        ? [ConfigRow.Irrelevant(key), ConfigRow.Irrelevant(authors)]
        : [ConfigRow.Usual(key, value, 1) with { OtherName = authors }];

    // What the authors' code reads and the class computes without asking.
    private static IEnumerable<ConfigRow> Authors(object?[] types)
    {
        object?[] numbers = types.Select(type => (object?)((string)type! == Full ? 1 : 0)).ToArray();
        yield return ConfigRow.Usual("attn_type_list", numbers, numbers);
        yield return ConfigRow.Usual("postnorm", true, true);
        yield return ConfigRow.Usual("shared_intermediate_size", 0, 0);
        yield return ConfigRow.Irrelevant("shared_moe_mode");
    }

    private static ResidualArchitecture? Residual(FamilyView model, bool isLinear) => model.Model.Blocks
        .Where(block => IsLinear(block) == isLinear)
        .Select(block => block.Residual ?? new ResidualArchitecture(false, 1, 1, 1, 1))
        .FirstOrDefault();

    private static bool IsLinear(BlockArchitecture block) => block.Attention is LinearAttention;

    private static object?[] Usual(int layers) => Enumerable.Range(0, layers).Select(layer => (object?)(layer % 2 == 0 ? Full : Linear)).ToArray();
}
