using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>The sizes of one graph as constants, named by the words of the declaration.</summary>
internal sealed class GpuWords
{
    private readonly List<(string Name, string Type, string Value, string Remark)> _constants = [];
    private readonly Dictionary<string, (string Name, int Size)> _widths = [];
    private readonly Dictionary<string, int> _sizes = [];

    /// <summary>The words of a block.</summary>
    public static GpuWords Of(MoeArchitecture architecture, BlockArchitecture block)
    {
        var words = new GpuWords();
        words.Size("HiddenSize", architecture.HiddenSize, "hidden", "attentionInput", "attention", "attended", "feedForwardInput", "answer", "output", "routed", "sharedAnswer");
        switch (block.Attention)
        {
            case MultiHeadAttention attention:
                words.MultiHead(attention);
                break;
            case LinearAttention attention:
                words.Integer("Heads", attention.Heads);
                words.Integer("HeadSize", attention.HeadSize);
                words.Product("HeadsWidth", "Heads * HeadSize", attention.Heads * attention.HeadSize, "heads", "headsNormed", "outputGate", "headsGated");
                words.Product("CacheWidth", "2 * HeadsWidth", attention.CacheElementsPerToken);
                break;
            case AttentionExperts attention:
                words.Integer("Heads", attention.Heads);
                words.Integer("KeyValueHeads", attention.KeyValueHeads);
                words.Integer("HeadSize", attention.HeadSize);
                words.Product("QueryWidth", "Heads * HeadSize", attention.Heads * attention.HeadSize, "query", "queryTurned", "heads");
                words.Product("KeyValueWidth", "KeyValueHeads * HeadSize", attention.KeyValueHeads * attention.HeadSize, "key", "keyTurned", "value", "expertQueries", "expertHeads");
                words.Product("CacheWidth", "2 * KeyValueWidth", attention.CacheElementsPerToken);
                words.Integer("RotarySize", attention.Rotary!.Size);
                break;
            case LatentAttention attention:
                words.Latent(attention);
                break;
        }

        switch (block.FeedForward)
        {
            case DenseFeedForward dense:
                words.Size("IntermediateSize", dense.Shape.IntermediateSize, "up", "gate", "activated", "inner");
                break;
            case ExpertFeedForward experts:
                words.Experts(experts);
                break;
        }

        return words;
    }

    /// <summary>The words of embedding and head.</summary>
    public static GpuWords OfEnds(MoeArchitecture architecture)
    {
        var words = new GpuWords();
        words.Size("HiddenSize", architecture.HiddenSize, "hidden", "embedded", "normed");
        words.Size("VocabularySize", architecture.VocabularySize, "undivided", "logits");
        return words;
    }

    /// <summary>The width of a value, as a constant's name where it has one.</summary>
    public string Width(Value value) => _widths.TryGetValue(value.Name, out (string Name, int Size) word) && word.Size == value.Width
        ? word.Name
        : value.Width.ToString(CultureInfo.InvariantCulture);

    /// <summary>The first of the given constants that has this size, or the size itself.</summary>
    public string Named(int size, params string[] names) =>
        names.FirstOrDefault(name => _sizes.TryGetValue(name, out int known) && known == size) ?? size.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether there is a constant of the name.</summary>
    public bool Has(string name) => _sizes.ContainsKey(name);

    /// <summary>Adds a float constant.</summary>
    public string Float(string name, double value, string remark = "")
    {
        if (_constants.All(constant => constant.Name != name))
            _constants.Add((name, "float", CSharp.Float(value), remark));
        return name;
    }

    /// <summary>Adds an integer constant.</summary>
    public string Integer(string name, int value)
    {
        if (_constants.All(constant => constant.Name != name))
            _constants.Add((name, "int", value.ToString(CultureInfo.InvariantCulture), ""));
        _sizes[name] = value;
        return name;
    }

    /// <summary>Writes all constants.</summary>
    public void Write(SourceWriter writer)
    {
        foreach ((string name, string type, string value, string remark) in _constants)
            writer.Line(CSharp.WithRemark($"internal const {type} {name} = {value};", remark.Length == 0 ? "" : "// " + remark));
    }

    private void MultiHead(MultiHeadAttention attention)
    {
        Integer("Heads", attention.Heads);
        Integer("KeyValueHeads", attention.KeyValueHeads);
        Integer("HeadSize", attention.HeadSize);
        Product("QueryWidth", "Heads * HeadSize", attention.Heads * attention.HeadSize, "query", "queryNormed", "queryClipped", "queryTurned", "queryTempered", "heads");
        Product("KeyValueWidth", "KeyValueHeads * HeadSize", attention.KeyValueHeads * attention.HeadSize, "key", "keyNormed", "keyClipped", "keyTurned", "value", "valueClipped");
        Product("CacheWidth", attention.HeadFraction is null ? "2 * KeyValueWidth" : "(2 * KeyValueWidth) + Heads", attention.CacheElementsPerToken);
        if (attention.Rotary is { } rotary)
            Integer("RotarySize", rotary.Size);
    }

    private void Latent(LatentAttention attention)
    {
        Integer("Heads", attention.Heads);
        Integer("HeadSize", attention.HeadSize);
        Size("RotarySize", attention.RotarySize, "rotaryKey", "rotaryKeyTurned");
        Integer("ValueHeadSize", attention.ValueHeadSize);
        if (attention.QueryRank > 0)
            Size("QueryRank", attention.QueryRank, "queryDown", "queryLatent");
        Size("KeyValueRank", attention.KeyValueRank, "latentRaw", "latent");
        Product("QueryHeadSize", "HeadSize + RotarySize", attention.HeadSize + attention.RotarySize);
        Product("QueryWidth", "Heads * QueryHeadSize", attention.Heads * (attention.HeadSize + attention.RotarySize), "query", "queryTurned");
        Product("CompressedWidth", "KeyValueRank + RotarySize", attention.KeyValueRank + attention.RotarySize, "compressed");
        Product("CacheWidth", "KeyValueRank + RotarySize", attention.CacheElementsPerToken);
        Product("HeadsWidth", "Heads * ValueHeadSize", attention.Heads * attention.ValueHeadSize, "heads");
    }

    private void Experts(ExpertFeedForward experts)
    {
        Size("Experts", experts.Experts, "ownLogits", "routerLogits", "standardisedLogits", "biasedLogits", "bentLogits", "cooledLogits", "scores", "calibratedScores", "selectionKey", "groupKey");
        SelectionStage selection = experts.Router.Selection;
        bool isFixed = selection.MostSelected == selection.MaxSelected && selection is TopKSelection or GivenSelection;
        Size(isFixed ? "TopK" : "MaxSelected", selection.MaxSelected, "chosen", "kept", "chosenScores", "shares", "scaledWeights", "ones", "mixerWeights");
        if (!isFixed && selection is TopKSelection topK)
            Integer("TopK", topK.TopK);
        if (experts.Routed is { } routed)
            Size("IntermediateSize", routed.Shape.IntermediateSize, "expertUp", "expertGate", "expertActivated", "expertInner");
        if (experts.Shared is { } shared)
            Size("SharedIntermediateSize", shared.Count * shared.Shape.IntermediateSize, "sharedUp", "sharedGate", "sharedActivated", "sharedInner");
    }

    private void Size(string name, int size, params string[] values)
    {
        Integer(name, size);
        foreach (string value in values)
            _widths[value] = (name, size);
    }

    private void Product(string name, string expression, int size, params string[] values)
    {
        _constants.Add((name, "int", expression, size.ToString(CultureInfo.InvariantCulture)));
        _sizes[name] = size;
        foreach (string value in values)
            _widths[value] = (name, size);
    }
}
