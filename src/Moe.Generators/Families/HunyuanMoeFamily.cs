using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>HunYuanMoEV1ForCausalLM: queries and keys normalised after the rotation, one shared expert; counts may differ by layer.</summary>
internal sealed class HunyuanMoeFamily : CheckpointFamily
{
    private static readonly ModelDefaults _absent = new(290_943, 4096, 32, 32, KeyValueHeads: 0, HeadSize: 0, 2048, 1e-5, 10_000);

    // Written into released files for other code; neither the class nor that code computes with them.
    private static readonly string[] _unread =
    [
        "moe_drop_tokens", "moe_random_routing_dropped_token", "use_mixed_mlp_moe", "cla_share_factor", "use_rotary_pos_emb",
        "position_embedding_xdrope", "n_group", "topk_group", "capacity_factor", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim",
        "qk_rope_head_dim", "v_head_dim", "attention_head_dim", "org_vocab_size", "add_classification_head", "class_num", "pool_type",
        "dense_list", "eod_token_id", "pad_id", "im_start_id", "im_end_id", "im_newline_id", "text_start_id", "text_end_id",
        "image_token_id", "video_start_id", "video_end_id", "mask_init_id", "skip_cls_token", "sliding_window", "num_media_embeds",
        "vit_path", "vit_type", "vit_used_rms_norm", "anyres_pooling_size", "max_seq_length",
    ];

    // The class reads none of these and computes what the values here say; the code beside the released files reads them.
    private static readonly (string Key, object Value)[] _fixed =
    [
        ("use_qk_norm", true), ("norm_type", "rms"), ("mlp_bias", false), ("norm_topk_prob", true), ("routed_scaling_factor", 1),
        ("group_limited_greedy", false), ("moe_layer_num_skipped", 0), ("use_cla", false), ("use_mla", false),
    ];

    public override CheckpointLayout Layout => CheckpointLayout.HunyuanMoe;

    public override string ModelType => "hunyuan_v1_moe";

    public override TensorTable Tensors { get; } = TensorTable.Usual
        .InLayer("QueryNorm", "self_attn.query_layernorm")
        .InLayer("KeyNorm", "self_attn.key_layernorm")
        .InLayer("Router", "mlp.gate.wg")
        .InLayer("SharedGate", "mlp.shared_mlp.gate_proj")
        .InLayer("SharedUp", "mlp.shared_mlp.up_proj")
        .InLayer("SharedDown", "mlp.shared_mlp.down_proj");

    public override IEnumerable<ConfigRow> Rows(FamilyView model) => FamilyRows.Model(model, ModelType, _absent)
        .Concat(FamilyRows.Heads(model, _absent))
        .Append(ConfigRow.Usual("attention_bias", model.Attention.QueryBias, false))
        .Append(FamilyRows.Activation(model))
        .Append(ConfigRow.Usual("intermediate_size", model.Routed?.IntermediateSize ?? 0, 11_008))
        .Append(OneOrEach(model, "num_experts", experts => experts.Experts))
        .Append(OneOrEach(model, "moe_topk", experts => (experts.Router.Selection as TopKSelection)?.TopK ?? 0))
        .Append(OneOrEach(model, "moe_intermediate_size", experts => experts.Routed?.Shape.IntermediateSize ?? 0) with { WhenAbsent = model.Routed?.IntermediateSize ?? 0, IsRequired = false })
        .Append(OneOrEach(model, "num_shared_expert", experts => experts.Shared?.Count ?? 0))
        .Concat(_fixed.Select(row => ConfigRow.Refused(row.Key, row.Value, "the model class of transformers computes otherwise")))
        .Concat(_unread.Select(ConfigRow.Irrelevant));

    public override ModelText Read(ConfigReader config, string name)
    {
        int layers = config.Integer("num_hidden_layers", _absent.Layers);
        int width = config.Integer("intermediate_size", 11_008);
        WordText attention = FamilyWords.Attention(config, _absent, config.Flag("attention_bias", false))
            .With("QueryKeyNorm", true)
            .Choice("QueryKeyNormPlace", NormPlace.AfterRotary, NormPlace.BeforeRotary);
        int[] experts = Each(config, "num_experts", layers);
        int[] topK = Each(config, "moe_topk", layers);
        var known = new Dictionary<(int, int), BlockText>();
        var blocks = new List<BlockText>();
        for (int layer = 0; layer < layers; layer++)
        {
            (int, int) key = (experts[layer], topK[layer]);
            if (!known.TryGetValue(key, out BlockText? block))
            {
                known[key] = block = new BlockText(name + "Block" + (known.Count == 0 ? "" : $"{known.Count + 1}"),
                [
                    attention,
                    new WordText(Words.Router).With("TopK", topK[layer]).Choice("Weights", RouterWeights.Renormalised, RouterWeights.Raw),
                    FamilyWords.Experts(config, Words.SharedExperts, 1, width),
                    FamilyWords.Experts(config, Words.RoutedExperts, experts[layer], width),
                ]);
            }

            blocks.Add(block);
        }

        return new ModelText(name, FamilyWords.Model(config, Layout, _absent), blocks);
    }

    // A number for all layers, or a list with one for each.
    private static int[] Each(ConfigReader config, string key, int layers)
    {
        if (!config.IsList(key))
            return Enumerable.Repeat(config.Integer(key, 1), layers).ToArray();
        int[] list = config.Integers(key)!;
        return list.Length >= layers ? list : throw config.Wrong(key, $"a number, or one for each of {layers} layers");
    }

    private static ConfigRow OneOrEach(FamilyView model, string key, Func<ExpertFeedForward, int> value)
    {
        object?[] each = Enumerable.Range(0, model.Layers)
            .Select(layer => (object?)(model.BlockOf(layer).FeedForward is ExpertFeedForward experts ? value(experts) : 0))
            .ToArray();
        return each.Distinct().Count() == 1 ? ConfigRow.Usual(key, each[0], 1) with { Also = each } : ConfigRow.Required(key, each);
    }
}
