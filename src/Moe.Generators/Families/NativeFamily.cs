using System.Collections.Generic;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// Names for every word of the language. A native checkpoint needs no config.json; one that is there may say these things
/// and nothing else.
/// </summary>
internal sealed class NativeFamily : CheckpointFamily
{
    public override CheckpointLayout Layout => CheckpointLayout.Native;

    public override string ModelType => "";

    public override IEnumerable<ConfigRow> Rows(FamilyView model)
    {
        yield return ConfigRow.Irrelevant("model_type");
        yield return ConfigRow.Usual("vocab_size", model.Model.VocabularySize, model.Model.VocabularySize);
        yield return ConfigRow.Usual("hidden_size", model.HiddenSize, model.HiddenSize);
        yield return ConfigRow.Usual("num_hidden_layers", model.Layers, model.Layers);
        yield return ConfigRow.AtLeast("max_position_embeddings", model.Model.ContextLength, model.Model.ContextLength);
        yield return ConfigRow.Usual("tie_word_embeddings", model.Model.TiedHead, model.Model.TiedHead);
    }

    public override ModelText Read(ConfigReader config, string name) =>
        throw new System.FormatException("config.json: a native checkpoint is declared by hand.");
}
