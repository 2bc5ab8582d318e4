using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Families;

namespace Moe.Generators.Emit;

/// <summary>The rows of a family's config.json as the runtime's ConfigKeys.</summary>
internal static class ConfigKeyTable
{
    /// <summary>One C# expression a key.</summary>
    public static IEnumerable<string> Of(MoeArchitecture architecture) =>
        FamilyList.Of(architecture.Layout).Rows(new FamilyView(architecture)).Select(Code);

    private static string Code(ConfigRow row)
    {
        if (row.Rule is ConfigRowRule.Irrelevant or ConfigRowRule.Remark)
            return $"new({CSharp.Text(row.Key)}, ConfigRule.Irrelevant)";
        string code = $"new({CSharp.Text(row.Key)}, ConfigRule.{row.Rule}";
        if (row.Rule != ConfigRowRule.Refused || row.Value is not null)
            code += ", " + CSharp.Text(ConfigText.Of(row.Value));

        // A missing key that means null needs no word: null is what the declaration says then.
        if (row.Rule is ConfigRowRule.Equal or ConfigRowRule.AtLeast or ConfigRowRule.WindowLayers or ConfigRowRule.ExpertLayers && !row.IsRequired && !(row.WhenAbsent is null && row.Value is null))
            code += ", " + CSharp.Text(ConfigText.Of(row.WhenAbsent));
        if (row.Reason is not null)
            code += ", Reason: " + CSharp.Text(row.Reason);
        if (row.Also is not null)
            code += ", Also: " + CSharp.Text(ConfigText.Of(row.Also));
        if (row.OtherName is not null)
            code += ", OtherName: " + CSharp.Text(row.OtherName);
        return code + ")";
    }
}
