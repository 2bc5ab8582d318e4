using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Declarations;
using Moe.Generators.Families;

namespace Moe.Generators.Validation;

/// <summary>
/// From an architecture to the config.json of its family and back: what comes back is what a checkpoint of the family means.
/// </summary>
internal static class RoundTrip
{
    /// <summary>The config.json that a family's rows say.</summary>
    public static ConfigSection Config(CheckpointFamily family, MoeArchitecture architecture)
    {
        var root = new ConfigSection();
        foreach (ConfigRow row in family.Rows(new FamilyView(architecture)))
        {
            if (row.Rule is ConfigRowRule.Irrelevant or ConfigRowRule.Refused)
                continue;
            ConfigSection section = root;
            string[] path = row.Key.Split('.');
            foreach (string name in path.Take(path.Length - 1))
            {
                if (!section.TryGetValue(name, out object? inner) || inner is not ConfigSection)
                    section[name] = inner = new ConfigSection();
                section = (ConfigSection)inner;
            }

            section[path[path.Length - 1]] = row.Value;
        }

        return root;
    }

    /// <summary>The architecture of a declaration that breaks no rule.</summary>
    public static MoeArchitecture Architecture(ModelText text) => ArchitectureBuilder.Build(Resolver.Resolve(text.ToDeclaration()));

    /// <summary>What the family means by the architecture's own config.json; null where its keys cannot say it at all.</summary>
    public static MoeArchitecture? Meant(MoeArchitecture architecture, out string? reason)
    {
        CheckpointFamily family = FamilyList.Of(architecture.Layout);
        reason = null;
        try
        {
            return Architecture(family.Read(new ConfigReader(Config(family, architecture)), architecture.Name));
        }
        catch (Exception failure) when (failure is FormatException or ArithmeticException)
        {
            reason = failure.Message;
            return null;
        }
    }
}
