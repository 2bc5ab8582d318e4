using System.Collections.Generic;

namespace Moe.Conformance.Tests.Families;

/// <summary>
/// Files of the same families that say something else: windows that begin at a later layer, the keys of transformers 5,
/// a text model inside a model of text and images, and values that the first files leave at their defaults.
/// </summary>
internal static class VariantConfigs
{
    private const string Common = """
        "architectures": ["X"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "dtype": "float32", "initializer_range": 0.02,
        "use_cache": true, "vocab_size": 40, "max_position_embeddings": 96, "rms_norm_eps": 1e-05, "tie_word_embeddings": false,
        """;

    /// <summary>By family, a dash and a name.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        // transformers 5: base and scaling in one object.
        ["llama-v5"] = "{" + Common + """
            "model_type": "llama", "hidden_size": 24, "intermediate_size": 36, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
            "hidden_act": "gelu_new", "attention_bias": false, "mlp_bias": false, "pretraining_tp": 1, "transformers_version": "5.2.0",
            "rope_parameters": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 16, "rope_theta": 500000.0, "rope_type": "llama3"}}
            """,
        ["llama-longrope"] = "{" + Common + """
            "model_type": "llama", "hidden_size": 24, "intermediate_size": 36, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
            "hidden_act": "relu2", "attention_bias": false, "mlp_bias": false, "pretraining_tp": 1, "transformers_version": "4.57.6", "rope_theta": 10000.0,
            "original_max_position_embeddings": 32,
            "rope_scaling": {"factor": 3.0, "long_factor": [1.5, 3.0, 6.5], "original_max_position_embeddings": 32, "rope_type": "longrope", "short_factor": [1.0, 1.25, 2.0]}}
            """,
        ["qwen3-window"] = "{" + Common + """
            "model_type": "qwen3", "hidden_size": 24, "intermediate_size": 36, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "attention_bias": false, "layer_types": ["full_attention", "sliding_attention", "sliding_attention"], "max_window_layers": 1,
            "rope_scaling": null, "rope_theta": 1000000.0, "sliding_window": 5, "use_sliding_window": true, "transformers_version": "4.57.6"}
            """,

        // Before layer_types was written.
        ["qwen3-old"] = "{" + Common + """
            "model_type": "qwen3", "hidden_size": 24, "intermediate_size": 36, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "attention_bias": false, "max_window_layers": 2, "rope_scaling": null, "rope_theta": 1000000.0, "sliding_window": 4,
            "use_sliding_window": true, "transformers_version": "4.51.0"}
            """,
        ["qwen2_moe-window"] = "{" + Common + """
            "model_type": "qwen2_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 14, "shared_expert_intermediate_size": 22, "num_hidden_layers": 4,
            "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu", "num_experts": 6, "num_experts_per_tok": 3, "norm_topk_prob": true,
            "decoder_sparse_step": 1, "mlp_only_layers": [1, 2], "qkv_bias": true, "max_window_layers": 3, "transformers_version": "5.2.0",
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
            "output_router_logits": false, "router_aux_loss_coef": 0.001, "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
            "sliding_window": 4, "use_sliding_window": true}
            """,
        // Before layer_types was written: the class masked every layer alike.
        ["qwen2_moe-old"] = "{" + Common + """
            "model_type": "qwen2_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 14, "shared_expert_intermediate_size": 22, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu", "num_experts": 6, "num_experts_per_tok": 3, "norm_topk_prob": false,
            "decoder_sparse_step": 2, "mlp_only_layers": [], "qkv_bias": true, "max_window_layers": 1, "transformers_version": "4.51.0",
            "output_router_logits": false, "router_aux_loss_coef": 0.001, "rope_scaling": null, "rope_theta": 10000.0, "sliding_window": 4, "use_sliding_window": true}
            """,
        ["qwen3_moe-v5"] = "{" + Common + """
            "model_type": "qwen3_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "hidden_act": "silu", "num_local_experts": 6, "num_experts_per_tok": 3, "norm_topk_prob": true, "attention_bias": false,
            "decoder_sparse_step": 1, "mlp_only_layers": [0], "sliding_window": 6, "use_sliding_window": true, "transformers_version": "5.2.0",
            "rope_parameters": {"rope_type": "yarn", "factor": null, "original_max_position_embeddings": 24, "rope_theta": 10000.0}}
            """,
        ["dots1-window"] = "{" + Common + """
            "model_type": "dots1", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 3, "num_attention_heads": 4,
            "num_key_value_heads": 4, "head_dim": 8, "hidden_act": "silu", "n_routed_experts": 6, "n_shared_experts": 2, "num_experts_per_tok": 3, "first_k_dense_replace": 1,
            "n_group": 1, "topk_group": 1, "norm_topk_prob": true, "routed_scaling_factor": 2.5, "attention_bias": false, "transformers_version": "4.57.6",
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "max_window_layers": 62, "rope_scaling": null, "rope_theta": 10000.0, "sliding_window": 5}
            """,
        ["glm4_moe-v5"] = "{" + Common + """
            "model_type": "glm4_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "hidden_act": "silu", "n_routed_experts": 6, "n_shared_experts": 1, "num_experts_per_tok": 3,
            "first_k_dense_replace": 1, "n_group": 3, "topk_group": 2, "norm_topk_prob": false, "routed_scaling_factor": 1.5, "attention_bias": true, "use_qk_norm": true,
            "rope_parameters": {"partial_rotary_factor": 0.25, "rope_theta": 1000000.0, "rope_type": "default"}, "transformers_version": "5.2.0"}
            """,

        // DeepSeek's own code lies beside it: yarn changes the softmax scale.
        ["deepseek_v2-authors"] = "{" + Common + """
            "model_type": "deepseek_v2", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 4, "hidden_act": "silu", "n_routed_experts": 8, "n_shared_experts": 2, "num_experts_per_tok": 3, "first_k_dense_replace": 1, "moe_layer_freq": 1,
            "n_group": 1, "topk_group": 1, "topk_method": "greedy", "norm_topk_prob": false, "scoring_func": "softmax", "routed_scaling_factor": 1.0, "q_lora_rank": 9,
            "kv_lora_rank": 10, "qk_nope_head_dim": 8, "qk_rope_head_dim": 6, "v_head_dim": 7, "attention_bias": false, "rope_theta": 10000, "transformers_version": "4.57.6",
            "auto_map": {"AutoConfig": "configuration_deepseek.DeepseekV2Config"},
            "rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 4, "mscale": 0.707, "mscale_all_dim": 0.707, "original_max_position_embeddings": 24, "type": "yarn"}}
            """,
        ["gpt_oss-limit"] = "{" + Common + """
            "model_type": "gpt_oss", "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "num_local_experts": 5, "num_experts_per_tok": 2, "attention_bias": true, "layer_types": ["sliding_attention", "full_attention"],
            "rope_scaling": null, "rope_theta": 150000, "sliding_window": 5, "swiglu_limit": 0.02, "swiglu_alpha": 1.25, "transformers_version": "5.16.0"}
            """,
        ["dbrx-v5"] = """
            {"architectures": ["DbrxForCausalLM"], "model_type": "dbrx", "d_model": 24, "n_heads": 4, "n_layers": 2, "max_seq_len": 96, "vocab_size": 40, "emb_pdrop": 0.0,
            "resid_pdrop": 0.0, "initializer_range": 0.02, "output_router_logits": false, "tie_word_embeddings": false, "use_cache": true,
            "dtype": "float32", "transformers_version": "5.2.0", "rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"},
            "attn_config": {"attn_pdrop": 0.0, "clip_qkv": 0.8, "kv_n_heads": 2, "model_type": "", "rope_theta": 500000.0},
            "ffn_config": {"ffn_act_fn": {"name": "silu"}, "ffn_hidden_size": 14, "model_type": "", "moe_jitter_eps": null, "moe_loss_weight": 0.01, "moe_normalize_expert_weights": 1.0,
            "moe_num_experts": 5, "moe_top_k": 2}}
            """,
        ["dbrx-raw"] = """
            {"architectures": ["DbrxForCausalLM"], "model_type": "dbrx", "d_model": 24, "n_heads": 4, "n_layers": 2, "max_seq_len": 96, "vocab_size": 40, "emb_pdrop": 0.0,
            "resid_pdrop": 0.0, "initializer_range": 0.02, "output_router_logits": false, "tie_word_embeddings": false, "use_cache": true,
            "dtype": "float32", "transformers_version": "4.57.6",
            "attn_config": {"attn_pdrop": 0.0, "clip_qkv": 0.8, "kv_n_heads": 2, "model_type": "", "rope_theta": 500000},
            "ffn_config": {"ffn_act_fn": {"name": "silu"}, "ffn_hidden_size": 14, "model_type": "", "moe_jitter_eps": 0.01, "moe_loss_weight": 0.05, "moe_normalize_expert_weights": null,
            "moe_num_experts": 5, "moe_top_k": 2}}
            """,

        // The longest sequence lies beyond the trained length and turns by the long list at all its positions; the others do not.
        ["phimoe-long"] = "{" + Common + """
            "model_type": "phimoe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
            "num_local_experts": 6, "num_experts_per_tok": 2, "attention_bias": true, "lm_head_bias": true, "input_jitter_noise": 0.01, "router_jitter_noise": 0.01,
            "output_router_logits": false, "router_aux_loss_coef": 0.0, "rope_theta": 10000.0, "sliding_window": 131072, "transformers_version": "4.57.6",
            "original_max_position_embeddings": 8, "rope_scaling": {"long_factor": [1.5, 3.0, 6.5], "long_mscale": 1.25, "original_max_position_embeddings": 8,
            "rope_type": "longrope", "short_factor": [1.0, 1.25, 2.0], "short_mscale": 1.125, "type": "longrope"}}
            """,
        ["phimoe-jitter"] = "{" + Common + """
            "model_type": "phimoe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
            "num_local_experts": 6, "num_experts_per_tok": 2, "attention_bias": false, "lm_head_bias": false, "input_jitter_noise": 0.0, "router_jitter_noise": 0.2,
            "output_router_logits": false, "router_aux_loss_coef": 0.0, "rope_scaling": null, "rope_theta": 10000.0, "sliding_window": null, "transformers_version": "4.57.6"}
            """,

        // Without a mask's width only the best expert itself is left: both weights are 1.
        ["phimoe-still"] = "{" + Common + """
            "model_type": "phimoe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
            "num_local_experts": 6, "num_experts_per_tok": 2, "attention_bias": false, "lm_head_bias": false, "input_jitter_noise": 0.0, "router_jitter_noise": 0.0,
            "output_router_logits": false, "router_aux_loss_coef": 0.0, "rope_scaling": null, "rope_theta": 10000.0, "sliding_window": null, "transformers_version": "4.57.6"}
            """,
        ["deepseek_v2-biases"] = "{" + Common + """
            "model_type": "deepseek_v2", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 4, "head_dim": 6, "hidden_act": "silu", "n_routed_experts": 8, "n_shared_experts": 2, "num_experts_per_tok": 3, "first_k_dense_replace": 1,
            "n_group": 1, "topk_group": 1, "topk_method": "greedy", "norm_topk_prob": false, "routed_scaling_factor": 1.0, "q_lora_rank": 9, "kv_lora_rank": 10,
            "qk_nope_head_dim": 8, "qk_rope_head_dim": 6, "v_head_dim": 7, "attention_bias": false, "mlp_bias": true, "rope_theta": 10000.0, "transformers_version": "4.57.6",
            "rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 4, "mscale": 0.707, "mscale_all_dim": 0.707, "original_max_position_embeddings": 24, "type": "yarn"}}
            """,

        // Layers 1 and 3 of 5: neither the last layer nor the distance from the first one to the second says so.
        ["ernie4_5_moe-span"] = "{" + Common + """
            "model_type": "ernie4_5_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 5, "num_attention_heads": 4,
            "num_key_value_heads": 2, "hidden_act": "silu", "moe_num_experts": 6, "moe_k": 3, "moe_num_shared_experts": 2, "moe_layer_start_index": 0, "moe_layer_end_index": 3,
            "moe_layer_interval": 2, "moe_norm_min": 0.6, "use_bias": false, "output_router_logits": false, "router_aux_loss_coef": 0.001, "rope_scaling": null,
            "rope_theta": 500000.0, "pad_token_id": 0, "transformers_version": "4.57.6"}
            """,

        // The list decides, and the step beside it is the class's default.
        ["llama4_text-list"] = "{" + Common + """
            "model_type": "llama4_text", "hidden_size": 24, "intermediate_size": 14, "intermediate_size_mlp": 36, "num_hidden_layers": 3, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 6, "hidden_act": "silu", "num_local_experts": 5, "num_experts_per_tok": 2, "attention_bias": false, "attention_chunk_size": 4,
            "attn_scale": 0.1, "attn_temperature_tuning": true, "floor_scale": 3, "for_llm_compressor": false, "interleave_moe_layer_step": 1,
            "layer_types": ["chunked_attention", "full_attention", "chunked_attention"], "moe_layers": [0], "no_rope_layers": [1, 0, 1],
            "output_router_logits": false, "rope_scaling": null, "rope_theta": 500000.0, "router_aux_loss_coef": 0.001, "router_jitter_noise": 0.0, "use_qk_norm": true,
            "transformers_version": "4.57.6"}
            """,
        ["qwen3_moe-dense"] = "{" + Common + """
            "model_type": "qwen3_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "hidden_act": "silu", "num_experts": 0, "num_experts_per_tok": 3, "norm_topk_prob": true, "attention_bias": false,
            "decoder_sparse_step": 1, "mlp_only_layers": [], "sliding_window": null, "use_sliding_window": false, "rope_theta": 10000.0, "transformers_version": "4.57.6",
            "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 24}}
            """,

        // No layer turns anything, so that nothing depends on the base.
        ["minimax-linear"] = "{" + Common + """
            "model_type": "minimax", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "num_local_experts": 6, "num_experts_per_tok": 2, "block_size": 4, "full_attn_alpha_factor": 1, "full_attn_beta_factor": 1,
            "linear_attn_alpha_factor": 2.5, "linear_attn_beta_factor": 1.25, "mlp_alpha_factor": 3.5, "mlp_beta_factor": 0.5,
            "layer_types": ["linear_attention", "linear_attention"], "output_router_logits": false, "router_aux_loss_coef": 0.001,
            "router_jitter_noise": 0.0, "rope_theta": 1000000.0, "sliding_window": null, "transformers_version": "4.57.6"}
            """,

        // The model of text and images: the text model's keys and tensors lie inside.
        ["llama4-images"] = """
            {"architectures": ["Llama4ForConditionalGeneration"], "model_type": "llama4", "boi_token_index": 30, "eoi_token_index": 31, "image_token_index": 32,
            "tie_word_embeddings": false, "transformers_version": "4.57.6", "dtype": "float32", "vision_config": {"model_type": "llama4_vision_model", "hidden_size": 16, "rope_theta": 10000},
            "text_config": {
            """ + Common + """
            "model_type": "llama4_text", "hidden_size": 24, "intermediate_size": 14, "intermediate_size_mlp": 36, "num_hidden_layers": 4, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 6, "hidden_act": "silu", "num_local_experts": 5, "num_experts_per_tok": 1, "attention_bias": false, "attention_chunk_size": 4,
            "attn_scale": 0.1, "attn_temperature_tuning": false, "floor_scale": 3, "for_llm_compressor": false, "interleave_moe_layer_step": 1,
            "layer_types": ["chunked_attention", "chunked_attention", "chunked_attention", "full_attention"], "moe_layers": [0, 1, 2, 3], "no_rope_layers": [1, 1, 1, 0],
            "output_router_logits": false, "rope_scaling": null, "rope_theta": 500000.0, "router_aux_loss_coef": 0.001, "router_jitter_noise": 0.0, "use_qk_norm": false}}
            """,
    };
}
