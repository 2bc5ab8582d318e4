using System.Collections.Generic;

namespace Moe.Runtime.Text;

/// <summary>The <c>post_processor</c> of tokenizer.json: the ids before and behind a single text.</summary>
internal sealed class PostProcessor
{
    private readonly Vocabulary _vocabulary;

    /// <param name="section">The section, or null when there is none.</param>
    /// <param name="vocabulary">The vocabulary with the added tokens.</param>
    public PostProcessor(JsonSection? section, Vocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        if (section is JsonSection present)
            Add(present);
    }

    public List<int> Before { get; private set; } = [];

    public List<int> Behind { get; private set; } = [];

    /// <summary>
    /// tokenizer_config.json says whether the text gets a beginning and an end; where it does, it wins over the template,
    /// as in transformers, which rebuilds the template from these keys.
    /// </summary>
    public void Override(JsonSection config)
    {
        if (config.Optional("add_bos_token") is JsonSection begin)
            Before = begin.AsBool() ? [NamedToken(config, "bos_token", begin)] : [];
        if (config.Optional("add_eos_token") is JsonSection end)
            Behind = end.AsBool() ? [NamedToken(config, "eos_token", end)] : [];
    }

    /// <summary>The token that tokenizer_config.json gives a name such as bos_token, written as a string or as an object with content.</summary>
    public static JsonSection? NameOf(JsonSection config, string key) =>
        config.Optional(key) is not JsonSection token ? null
        : token.Element.ValueKind == System.Text.Json.JsonValueKind.Object ? token.Required("content")
        : token;

    private int NamedToken(JsonSection config, string key, JsonSection wish)
    {
        JsonSection token = NameOf(config, key)
            ?? throw wish.Fail($"the token is to be added, but {key} is not given");
        return _vocabulary.TryGetId(token.AsString(), out int id)
            ? id
            : throw token.Fail($"\"{token.AsString()}\" is not in the vocabulary");
    }

    private void Add(JsonSection section)
    {
        string type = section.Required("type").AsString();
        switch (type)
        {
            case "Sequence":
                foreach (JsonSection step in section.Required("processors").Items())
                    Add(step);
                break;
            case "ByteLevel":
                // It moves offsets only; the ids stay as they are.
                break;
            case "TemplateProcessing":
                AddTemplate(section);
                break;
            default:
                throw section.Fail($"post-processor {type} is not supported; ByteLevel, TemplateProcessing and Sequence are");
        }
    }

    private void AddTemplate(JsonSection section)
    {
        List<int> before = [], behind = [];
        bool seen = false;
        foreach (JsonSection part in section.Required("single").Items())
        {
            if (part.Optional("Sequence") is JsonSection sequence)
            {
                if (seen || sequence.Required("id").AsString() != "A")
                    throw sequence.Fail("the template of a single text holds sequence A once");
                seen = true;
            }
            else
            {
                (seen ? behind : before).AddRange(SpecialToken(section, part.Required("SpecialToken").Required("id")));
            }
        }

        if (!seen)
            throw section.Required("single").Fail("the template leaves the text out");
        // In a sequence of processors a later template goes around an earlier one.
        Before.InsertRange(0, before);
        Behind.AddRange(behind);
    }

    private List<int> SpecialToken(JsonSection section, JsonSection name)
    {
        string token = name.AsString();
        JsonSection definition = section.Required("special_tokens").Optional(token)
            ?? throw name.Fail($"the special token \"{token}\" is not defined under special_tokens");
        List<int> ids = [];
        foreach (JsonSection id in definition.Required("ids").Items())
        {
            if (!_vocabulary.TryGetToken(id.AsInt(), out _))
                throw id.Fail($"the special token \"{token}\" has id {id.AsInt()}, which the vocabulary does not hold");
            ids.Add(id.AsInt());
        }

        return ids;
    }
}
