using System;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Families;
using Moe.Generators.Validation;
using Moe.Runtime.Checkpoints;

namespace Moe.Scaffold;

/// <summary>
/// A Hugging Face config.json → the declaration that reads its checkpoints, with the meaning and the defaults that
/// transformers 4.57 gives its keys.
/// </summary>
internal static class Scaffolding
{
    /// <summary>The declaration of the model that the file describes.</summary>
    /// <param name="json">The text of config.json.</param>
    /// <param name="name">A name for the class.</param>
    /// <param name="file">The file that it was read from, for messages.</param>
    /// <exception cref="FormatException">
    /// The family is unknown, a key has a wrong type, or one says something that the language cannot; the message names key
    /// and value.
    /// </exception>
    public static ModelText Read(string json, string name, string file = "config.json")
    {
        ConfigReader config = FamilyList.TextModel(new ConfigReader(ConfigFile.Parse(json, file)));
        return FamilyList.Of(config).Read(config, name);
    }

    /// <summary>
    /// Holds the file against the declaration that was written from it, as loading a checkpoint does: keys that the family
    /// does not know, or that say what the declaration does not, are named.
    /// </summary>
    /// <exception cref="CheckpointException">The file says more than the declaration.</exception>
    public static void Verify(string path, ModelText text)
    {
        MoeArchitecture architecture = RoundTrip.Architecture(text);
        ConfigKey[] keys = FamilyList.Of(architecture.Layout).Rows(new FamilyView(architecture)).Select(Key).ToArray();
        ConfigCheck.Verify(path, keys);
    }

    /// <summary>A name for a class from the name of a folder: "mixtral-8x7b" is Mixtral8x7b.</summary>
    public static string ClassName(string folder)
    {
        string name = string.Concat(folder
            .Split(folder.Where(letter => !char.IsAsciiLetterOrDigit(letter)).Distinct().ToArray(), StringSplitOptions.RemoveEmptyEntries)
            .Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        return name.Length == 0 ? "Model" : char.IsAsciiDigit(name[0]) ? "Model" + name : name;
    }

    /// <summary>Whether a class or a part of a namespace can have the name.</summary>
    public static bool IsName(string? name) => SyntaxFacts.IsValidIdentifier(name) && SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None;

    /// <summary>The text of a source file.</summary>
    public static string File(ModelText text, string space, string path) =>
        $"// Written from {Path.GetFileName(path)}; it is yours to change.\n" + text.File(space);

    private static ConfigKey Key(ConfigRow row) => row.Rule == ConfigRowRule.Remark ? new ConfigKey(row.Key, ConfigRule.Irrelevant) : new(
        row.Key,
        Enum.Parse<ConfigRule>(row.Rule.ToString()),
        row.Rule == ConfigRowRule.Irrelevant || (row.Rule == ConfigRowRule.Refused && row.Value is null) ? null : ConfigText.Of(row.Value),
        row.Rule is ConfigRowRule.Equal or ConfigRowRule.AtLeast or ConfigRowRule.WindowLayers or ConfigRowRule.ExpertLayers && !row.IsRequired ? ConfigText.Of(row.WhenAbsent) : null,
        row.Reason,
        row.Also is null ? null : ConfigText.Of(row.Also),
        row.OtherName);
}
