using System.Collections.Generic;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;

namespace Moe.Generators.Families;

/// <summary>
/// A family of checkpoints: its tensors, its config.json in both directions, and by that what it can hold. Rows says an
/// architecture in the family's keys, Read says those keys in the words of the language; what does not survive the way
/// there and back the family cannot hold (MOE401).
/// </summary>
internal abstract class CheckpointFamily
{
    /// <summary>The layout that a declaration names.</summary>
    public abstract CheckpointLayout Layout { get; }

    /// <summary>"model_type".</summary>
    public abstract string ModelType { get; }

    /// <summary>Where its weights lie.</summary>
    public virtual TensorTable Tensors => TensorTable.Usual;

    /// <summary>Tensors that checkpoints may hold and no output depends on: ends of names, or beginnings with a star.</summary>
    public virtual IEnumerable<string> IgnoredTensors(MoeArchitecture architecture) => [];

    /// <summary>Every key of config.json that says something about the model.</summary>
    public abstract IEnumerable<ConfigRow> Rows(FamilyView model);

    /// <summary>The declaration of the model that a config.json describes.</summary>
    /// <exception cref="System.FormatException">A key holds what it cannot hold, or what the language cannot say.</exception>
    public abstract ModelText Read(ConfigReader config, string name);
}
