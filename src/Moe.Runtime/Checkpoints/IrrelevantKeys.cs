using System;
using System.Collections.Generic;
using System.Linq;

namespace Moe.Runtime.Checkpoints;

/// <summary>The keys of config.json that no family's mathematics depends on when it generates text.</summary>
internal static class IrrelevantKeys
{
    private static readonly HashSet<string> Names =
    [
        // where the file comes from
        "architectures", "auto_map", "transformers_version", "_name_or_path", "_commit_hash", "_from_model_config",
        "tokenizer_class", "torch_dtype", "dtype", "unsloth_version", "unsloth_fixed", "transformers.js_config",

        // how a library runs it
        "use_cache", "cache_implementation", "pretraining_tp", "ep_size", "return_dict", "use_return_dict", "output_attentions",
        "output_hidden_states", "output_router_logits", "output_scores", "return_dict_in_generate", "torchscript",
        "use_bfloat16", "tf_legacy_loss", "chunk_size_feed_forward", "attn_implementation", "_attn_implementation",
        "_attn_implementation_autoset", "_attn_implementation_internal", "_experts_implementation", "gradient_checkpointing",

        // training
        "initializer_range", "router_aux_loss_coef", "router_z_loss_coef", "router_z_loss_coefficient", "aux_loss_alpha",
        "seq_aux", "router_jitter_noise", "embd_pdrop", "emb_pdrop", "attn_pdrop", "resid_pdrop", "dropout",

        // tokens
        "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id", "mask_token_id",
        "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id",

        // tasks other than generation
        "id2label", "label2id", "num_labels", "problem_type", "finetuning_task", "task_specific_params", "prefix",
        "classifier_dropout",

        // generation defaults, as releases before generation_config.json kept them here
        "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty",
        "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
        "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "remove_invalid_values",
        "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",

        // decoder flags of the base class; add_cross_attention and is_encoder_decoder are judged by value
        "is_decoder", "cross_attention_hidden_size", "tie_encoder_decoder",

        // counts the layers without a window; without use_sliding_window it counts nothing
        "max_window_layers",
    ];

    // Nothing is dropped while generating.
    private static readonly string[] Suffixes = ["_dropout", "_dropout_prob", "_dropout_rate"];

    internal static bool Contains(string name) =>
        Names.Contains(name) || Suffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));
}
