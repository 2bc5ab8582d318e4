using System.Globalization;

namespace Moe.Benchmarks.Peers.Gguf;

/// <summary>What the name of an expert's matrix says.</summary>
/// <param name="Layer">Its layer.</param>
/// <param name="Expert">Its expert.</param>
/// <param name="Matrix">gate, up or down.</param>
internal sealed record ExpertName(int Layer, int Expert, string Matrix)
{
    /// <summary>Null for a tensor that belongs to no expert.</summary>
    public static ExpertName? Parse(string name) =>
        name.Split('.') is ["model", "layers", var layer, "mlp", "experts", var expert, var matrix, "weight"]
            ? new ExpertName(int.Parse(layer, CultureInfo.InvariantCulture), int.Parse(expert, CultureInfo.InvariantCulture), matrix[..^"_proj".Length])
            : null;
}
