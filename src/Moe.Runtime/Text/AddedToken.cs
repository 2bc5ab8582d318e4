namespace Moe.Runtime.Text;

/// <summary>A token that is looked for in the text before anything else happens to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">It counts only where no letter or digit touches it.</param>
/// <param name="LeftStrip">It swallows the whitespace before it.</param>
/// <param name="RightStrip">It swallows the whitespace behind it.</param>
/// <param name="Normalized">Its normalised form is looked for in the normalised text; otherwise its text in the raw text.</param>
/// <param name="Special">It steers the model and is left out of decoded text.</param>
internal sealed record AddedToken(
    int Id, string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special)
{
    public static AddedToken Parse(JsonSection section, int id)
    {
        bool special = section.Bool("special", false);
        return new AddedToken(
            id,
            section.Required("content").AsString(),
            section.Bool("single_word", false),
            section.Bool("lstrip", false),
            section.Bool("rstrip", false),
            section.Bool("normalized", !special),
            special);
    }
}
