namespace Moe.Generators.Families;

/// <summary>What a family's configuration class assumes for the keys that nearly all families share.</summary>
/// <param name="Vocabulary">"vocab_size".</param>
/// <param name="Hidden">"hidden_size".</param>
/// <param name="Layers">"num_hidden_layers".</param>
/// <param name="Heads">"num_attention_heads".</param>
/// <param name="KeyValueHeads">"num_key_value_heads"; 0: as many as heads.</param>
/// <param name="HeadSize">"head_dim"; 0: hidden_size / num_attention_heads.</param>
/// <param name="Context">"max_position_embeddings".</param>
/// <param name="Epsilon">"rms_norm_eps".</param>
/// <param name="RotaryBase">"rope_theta".</param>
/// <param name="Tied">"tie_word_embeddings".</param>
/// <param name="HasLongRopeScales">LongRoPE has an attention factor for each of its lists, "short_mscale" and "long_mscale".</param>
internal sealed record ModelDefaults(
    int Vocabulary,
    int Hidden,
    int Layers,
    int Heads,
    int KeyValueHeads,
    int HeadSize,
    int Context,
    double Epsilon,
    double RotaryBase,
    bool Tied = false,
    bool HasLongRopeScales = false);
