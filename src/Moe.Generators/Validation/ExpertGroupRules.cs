using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>The rules about groups of experts: MOE311 and MOE312.</summary>
internal static class ExpertGroupRules
{
    /// <summary>MOE311: names are identifiers, and two attributes of one class are not one group.</summary>
    public static IEnumerable<Finding> GroupsHaveNames(ResolvedBlock block)
    {
        foreach (TypeLevel level in block.Declaration.Levels)
        {
            var seen = new HashSet<string>();
            int occurrence = -1;
            foreach (AttributeDeclaration attribute in level.Attributes.Where(attribute => attribute.Name == Words.RoutedExperts))
            {
                occurrence++;
                string name = Word.KeyOf(attribute);
                var part = new Part(level.TypeName, Words.RoutedExperts, occurrence, "Name");
                if (!seen.Add(name))
                {
                    yield return Rules.ExpertGroupName.At(part with { Argument = name.Length == 0 ? null : "Name" },
                        name.Length == 0 ? "Two groups of experts have no name" : $"Two groups of experts are named {name}", "give each a Name of its own");
                }

                if (name.Length > 0 && (!char.IsLetter(name[0]) || !name.All(letter => char.IsLetterOrDigit(letter) || letter == '_')))
                    yield return Rules.ExpertGroupName.At(part, $"'{name}' is not an identifier", "start with a letter, and use letters, digits and _");
                if (name is "Shared")
                    yield return Rules.ExpertGroupName.At(part, "Shared is what shared experts are called", "choose another Name");
            }
        }

        foreach (Word group in block.ExpertGroups.Skip(1))
        {
            foreach (string argument in new[] { "DispatchSize", "Merge" })
            {
                if (group.Has(argument) && group.Integer(argument) != block.ExpertGroups[0].Integer(argument))
                    yield return Rules.ExpertGroupName.At(group.PartOf(argument), $"{argument} holds for all groups of a block and the first one states another", "state it on the first group");
            }
        }
    }

    /// <summary>MOE312: a down bias belongs to the whole network, and low-rank experts have a network of their own.</summary>
    public static IEnumerable<Finding> SlicesMakeUpANetwork(ResolvedBlock block)
    {
        foreach (Word group in block.ExpertGroups.Where(group => group.Flag("Sliced")))
        {
            if (group.Flag("Bias") && !group.Flag("OutputBias"))
            {
                yield return Rules.Slices
                    .At(group.Nearer("Bias", "Sliced"), "The down projection of sliced experts has one bias, which is added once and not by every chosen expert", "write OutputBias = true beside Bias")
                    .With(group.PartOf("Sliced"));
            }

            if (block.IsLora)
                yield return Rules.Slices.At(group.PartOf("Sliced"), "Sliced experts and [LoraExperts] would read one network", "choose one of them");
        }
    }
}
