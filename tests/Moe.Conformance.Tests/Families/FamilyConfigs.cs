using System.Collections.Generic;

namespace Moe.Conformance.Tests.Families;

/// <summary>A small config.json of each family, with every key that save_pretrained of transformers 4.57 writes about the model.</summary>
internal static class FamilyConfigs
{
    private const string Common = """
        "architectures": ["X"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "dtype": "float32", "initializer_range": 0.02,
        "transformers_version": "4.57.6", "use_cache": true, "vocab_size": 40, "max_position_embeddings": 96, "rms_norm_eps": 1e-05,
        """;

    /// <summary>By name; what stands behind a dash is a variant.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["llama"] = "{" + Common + """
            "model_type": "llama", "hidden_size": 24, "intermediate_size": 36, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
            "hidden_act": "silu", "attention_bias": true, "mlp_bias": true, "pretraining_tp": 1, "rope_theta": 500000.0, "tie_word_embeddings": true,
            "rope_scaling": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 16, "rope_type": "llama3"}}
            """,
        ["qwen3"] = "{" + Common + """
            "model_type": "qwen3", "hidden_size": 24, "intermediate_size": 36, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "attention_bias": false, "layer_types": ["full_attention", "full_attention"], "max_window_layers": 28, "rope_scaling": null,
            "rope_theta": 1000000.0, "sliding_window": null, "tie_word_embeddings": false, "use_sliding_window": false}
            """,
        ["mixtral"] = "{" + Common + """
            "model_type": "mixtral", "hidden_size": 24, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": null,
            "hidden_act": "silu", "num_experts_per_tok": 2, "num_local_experts": 5, "output_router_logits": false, "router_aux_loss_coef": 0.001,
            "router_jitter_noise": 0.0, "rope_theta": 1000000.0, "sliding_window": 6, "tie_word_embeddings": false}
            """,
        ["qwen2_moe"] = "{" + Common + """
            "model_type": "qwen2_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 14, "shared_expert_intermediate_size": 22, "num_hidden_layers": 3,
            "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu", "num_experts": 6, "num_experts_per_tok": 3, "norm_topk_prob": false,
            "decoder_sparse_step": 1, "mlp_only_layers": [1], "qkv_bias": true, "layer_types": ["full_attention", "full_attention", "full_attention"], "max_window_layers": 28,
            "output_router_logits": false, "router_aux_loss_coef": 0.001, "rope_scaling": null, "rope_theta": 10000.0, "sliding_window": 0, "use_sliding_window": false,
            "tie_word_embeddings": false}
            """,
        ["qwen3_moe"] = "{" + Common + """
            "model_type": "qwen3_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "hidden_act": "silu", "num_experts": 6, "num_experts_per_tok": 3, "norm_topk_prob": true, "attention_bias": false,
            "decoder_sparse_step": 1, "mlp_only_layers": [0], "rope_theta": 10000.0, "sliding_window": null, "use_sliding_window": false, "tie_word_embeddings": false,
            "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 24}}
            """,
        ["deepseek"] = "{" + Common + """
            "model_type": "deepseek", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 3, "num_attention_heads": 4,
            "num_key_value_heads": 4, "hidden_act": "silu", "n_routed_experts": 6, "n_shared_experts": 2, "num_experts_per_tok": 3, "first_k_dense_replace": 1, "moe_layer_freq": 1,
            "norm_topk_prob": false, "scoring_func": "softmax", "seq_aux": true, "aux_loss_alpha": 0.001, "attention_bias": false, "pretraining_tp": 1, "rope_scaling": null,
            "rope_theta": 10000, "tie_word_embeddings": false, "auto_map": {"AutoConfig": "configuration_deepseek.DeepseekConfig"}}
            """,
        ["deepseek_v2"] = "{" + Common + """
            "model_type": "deepseek_v2", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 4, "head_dim": 6, "hidden_act": "silu", "n_routed_experts": 8, "n_shared_experts": 2, "num_experts_per_tok": 3, "first_k_dense_replace": 1,
            "n_group": 4, "topk_group": 2, "topk_method": "group_limited_greedy", "norm_topk_prob": false, "routed_scaling_factor": 16.0, "q_lora_rank": null, "kv_lora_rank": 10,
            "qk_nope_head_dim": 8, "qk_rope_head_dim": 6, "v_head_dim": 7, "attention_bias": false, "mlp_bias": false, "rope_theta": 10000.0, "tie_word_embeddings": false,
            "rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 4, "mscale": 0.707, "mscale_all_dim": 1.0, "original_max_position_embeddings": 24, "type": "yarn"}}
            """,
        ["deepseek_v3"] = "{" + Common + """
            "model_type": "deepseek_v3", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 4, "head_dim": 6, "qk_head_dim": 14, "hidden_act": "silu", "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 3,
            "first_k_dense_replace": 1, "n_group": 4, "topk_group": 2, "norm_topk_prob": true, "routed_scaling_factor": 2.5, "q_lora_rank": 9, "kv_lora_rank": 10,
            "qk_nope_head_dim": 8, "qk_rope_head_dim": 6, "v_head_dim": 7, "attention_bias": false, "pretraining_tp": 1, "rope_interleave": true, "rope_theta": 10000.0,
            "tie_word_embeddings": false,
            "rope_scaling": {"beta_fast": 32, "beta_slow": 1, "factor": 4.0, "mscale": 1.0, "mscale_all_dim": 1.0, "original_max_position_embeddings": 24, "rope_type": "yarn", "type": "yarn"}}
            """,
        ["olmoe"] = "{" + Common + """
            "model_type": "olmoe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
            "num_experts": 6, "num_experts_per_tok": 3, "norm_topk_prob": false, "attention_bias": false, "clip_qkv": 0.7, "output_router_logits": false,
            "router_aux_loss_coef": 0.01, "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": false, "pad_token_id": 1}
            """,
        ["granitemoe"] = "{" + Common + """
            "model_type": "granitemoe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
            "num_local_experts": 6, "num_experts_per_tok": 3, "attention_bias": false, "attention_multiplier": 0.25, "embedding_multiplier": 12.0, "logits_scaling": 6.0,
            "residual_multiplier": 0.22, "position_embedding_type": "rope", "output_router_logits": false, "router_aux_loss_coef": 0.001, "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": true}
            """,
        ["jetmoe"] = "{" + Common + """
            "model_type": "jetmoe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 9, "num_key_value_heads": 3, "kv_channels": 6,
            "activation_function": "silu", "num_local_experts": 5, "num_experts_per_tok": 3, "output_router_logits": false, "aux_loss_coef": 0.01,
            "rope_theta": 10000.0, "tie_word_embeddings": true}
            """,
        ["phimoe"] = "{" + Common + """
            "model_type": "phimoe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_act": "silu",
            "num_local_experts": 6, "num_experts_per_tok": 2, "attention_bias": true, "lm_head_bias": true, "input_jitter_noise": 0.01, "router_jitter_noise": 0.01,
            "original_max_position_embeddings": 32, "output_router_logits": false, "router_aux_loss_coef": 0.0, "rope_theta": 10000.0, "sliding_window": 131072,
            "tie_word_embeddings": false, "rope_scaling": {"long_factor": [1.5, 3.0, 6.5], "long_mscale": 1.25, "original_max_position_embeddings": 32, "rope_type": "longrope",
            "short_factor": [1.0, 1.25, 2.0], "short_mscale": 1.125, "type": "longrope"}}
            """,
        ["gpt_oss"] = "{" + Common + """
            "model_type": "gpt_oss", "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "num_local_experts": 5, "num_experts_per_tok": 2, "experts_per_token": 2, "attention_bias": true, "initial_context_length": 4096,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "output_router_logits": false, "router_aux_loss_coef": 0.9, "rope_theta": 150000,
            "sliding_window": 5, "swiglu_limit": 7.0, "tie_word_embeddings": false, "pad_token_id": 3,
            "rope_scaling": {"beta_fast": 32.0, "beta_slow": 1.0, "factor": 32.0, "original_max_position_embeddings": 24, "rope_type": "yarn", "truncate": false}}
            """,
        ["llama4_text"] = "{" + Common + """
            "model_type": "llama4_text", "hidden_size": 24, "intermediate_size": 14, "intermediate_size_mlp": 36, "num_hidden_layers": 4, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 6, "hidden_act": "silu", "num_local_experts": 5, "num_experts_per_tok": 1, "attention_bias": false, "attention_chunk_size": 4,
            "attn_scale": 0.1, "attn_temperature_tuning": true, "floor_scale": 3, "for_llm_compressor": false, "interleave_moe_layer_step": 2,
            "layer_types": ["chunked_attention", "chunked_attention", "chunked_attention", "full_attention"], "moe_layers": [1, 3], "no_rope_layers": [1, 1, 1, 0],
            "output_router_logits": false, "rope_scaling": null, "rope_theta": 500000.0, "router_aux_loss_coef": 0.001, "router_jitter_noise": 0.0, "use_qk_norm": true,
            "tie_word_embeddings": false, "pad_token_id": null}
            """,
        ["glm4_moe"] = "{" + Common + """
            "model_type": "glm4_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 2, "head_dim": 8, "partial_rotary_factor": 0.5, "hidden_act": "silu", "n_routed_experts": 6, "n_shared_experts": 1, "num_experts_per_tok": 3,
            "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1, "norm_topk_prob": true, "routed_scaling_factor": 1.5, "attention_bias": true, "use_qk_norm": true,
            "rope_scaling": null, "rope_theta": 1000000.0, "tie_word_embeddings": false, "num_nextn_predict_layers": 1}
            """,
        ["ernie4_5_moe"] = "{" + Common + """
            "model_type": "ernie4_5_moe", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 4, "num_attention_heads": 4,
            "num_key_value_heads": 2, "hidden_act": "silu", "moe_num_experts": 6, "moe_k": 3, "moe_num_shared_experts": 2, "moe_layer_start_index": 1, "moe_layer_end_index": 3,
            "moe_layer_interval": 2, "moe_norm_min": 1e-12, "use_bias": true, "output_router_logits": false, "router_aux_loss_coef": 0.001, "rope_scaling": null,
            "rope_theta": 500000.0, "tie_word_embeddings": false, "pad_token_id": 0}
            """,
        ["hunyuan_v1_moe"] = "{" + Common + """
            "model_type": "hunyuan_v1_moe", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "num_experts": 6, "moe_topk": [3, 2], "moe_drop_tokens": false, "moe_random_routing_dropped_token": false, "use_mixed_mlp_moe": false,
            "attention_bias": false, "pretraining_tp": 1, "rope_theta": 10000.0, "sliding_window": null, "tie_word_embeddings": false, "sep_token_id": 4, "pad_token_id": 0,
            "rope_scaling": {"alpha": 1000.0, "beta_fast": 32, "beta_slow": 1, "factor": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "type": "dynamic"}}
            """,
        ["dots1"] = "{" + Common + """
            "model_type": "dots1", "hidden_size": 24, "intermediate_size": 36, "moe_intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 4,
            "num_key_value_heads": 4, "head_dim": 8, "hidden_act": "silu", "n_routed_experts": 6, "n_shared_experts": 2, "num_experts_per_tok": 3, "first_k_dense_replace": 1,
            "n_group": 1, "topk_group": 1, "norm_topk_prob": true, "routed_scaling_factor": 2.5, "attention_bias": false, "layer_types": ["full_attention", "full_attention"],
            "max_window_layers": 62, "rope_scaling": null, "rope_theta": 10000.0, "sliding_window": 4096, "tie_word_embeddings": false}
            """,
        ["minimax"] = "{" + Common + """
            "model_type": "minimax", "hidden_size": 24, "intermediate_size": 14, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "num_local_experts": 6, "num_experts_per_tok": 2, "block_size": 4, "full_attn_alpha_factor": 1.5, "full_attn_beta_factor": 0.75,
            "linear_attn_alpha_factor": 2.5, "linear_attn_beta_factor": 1.25, "mlp_alpha_factor": 3.5, "mlp_beta_factor": 0.5,
            "layer_types": ["linear_attention", "full_attention", "linear_attention"], "output_router_logits": false, "router_aux_loss_coef": 0.001,
            "router_jitter_noise": 0.0, "rope_theta": 1000000.0, "sliding_window": null, "tie_word_embeddings": false}
            """,
        ["gpt_oss-mxfp4"] = "{" + Common + """
            "model_type": "gpt_oss", "hidden_size": 64, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
            "hidden_act": "silu", "num_local_experts": 3, "num_experts_per_tok": 2, "attention_bias": true,
            "layer_types": ["sliding_attention", "full_attention"], "rope_theta": 150000, "sliding_window": 5, "swiglu_limit": 7.0, "tie_word_embeddings": false,
            "quantization_config": {"modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router"], "quant_method": "mxfp4"},
            "rope_scaling": {"beta_fast": 32.0, "beta_slow": 1.0, "factor": 32.0, "original_max_position_embeddings": 24, "rope_type": "yarn", "truncate": false}}
            """,
        ["dbrx"] = """
            {"architectures": ["DbrxForCausalLM"], "model_type": "dbrx", "d_model": 24, "n_heads": 4, "n_layers": 2, "max_seq_len": 96, "vocab_size": 40, "emb_pdrop": 0.0,
            "resid_pdrop": 0.0, "initializer_range": 0.02, "output_router_logits": false, "tie_word_embeddings": false, "num_key_value_heads": 2, "use_cache": true,
            "dtype": "float32", "transformers_version": "4.57.6",
            "attn_config": {"attn_pdrop": 0.0, "clip_qkv": 0.8, "kv_n_heads": 2, "model_type": "", "rope_theta": 500000},
            "ffn_config": {"ffn_act_fn": {"name": "silu"}, "ffn_hidden_size": 14, "model_type": "", "moe_jitter_eps": 0.01, "moe_loss_weight": 0.05, "moe_normalize_expert_weights": 1,
            "moe_num_experts": 5, "moe_top_k": 2}}
            """,
    };
}
