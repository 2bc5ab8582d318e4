using System.Text.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// A model of text and images keeps its text model's configuration under <c>text_config</c>, and that model's tensors under
/// <c>language_model.</c>.
/// </summary>
internal static class TextConfig
{
    /// <summary>What the names of the text model's tensors begin with.</summary>
    public const string TensorPrefix = "language_model.";

    private const string Key = "text_config";

    /// <summary>Whether the file describes more than a text model.</summary>
    public static bool IsWrapped(JsonElement root) => root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty(Key, out JsonElement text) && text.ValueKind == JsonValueKind.Object;

    /// <summary>The text model's keys: those of the object, or of the whole file.</summary>
    public static JsonElement Of(JsonElement root) => IsWrapped(root) ? root.GetProperty(Key) : root;
}
