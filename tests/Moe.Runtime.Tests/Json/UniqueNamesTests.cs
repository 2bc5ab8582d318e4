using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using CsCheck;
using Moe.Runtime.Json;

namespace Moe.Runtime.Tests.Json;

public class UniqueNamesTests
{
    [Theory]
    [InlineData("""{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}],"d":5}""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":{"b":1,"c":{"b":2},"b":3}}""")]
    [InlineData("""[{"a":1},{"a":2,"b":[{"x":0,"x":0}]}]""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""{"\"":1,"\\":2,"\u0022":3}""")]
    [InlineData("""{"":1,"x":{"":2}}""")]
    [InlineData("""{"a":1,"\ud800":2}""")]
    [InlineData("""{"a":1,"a":2,""")]
    [InlineData("""{"a":1}}""")]
    [InlineData("")]
    [InlineData("3")]
    public void Parse_SaysWhatTheStrictParserSays(string json) => AssertAlike(Encoding.UTF8.GetBytes(json));

    [Fact]
    public void Parse_RandomObjects_SaysWhatTheStrictParserSays()
    {
        // Few names and deep nesting, so that about as many documents repeat a name as do not.
        Gen<string> name = Gen.OneOf(new[] { "a", "b", "aa", "ab", "\\u0061", "Ġ", "\\u0120", "" }.Select(Gen.Const).ToArray());
        Gen<string> value = Gen.Recursive<string>((depth, inner) => depth == 4
            ? Gen.Const("0")
            : Gen.OneOf(
                Gen.Const("1"),
                Gen.Select(name, inner).Array[0, 3].Select(members => "{" + string.Join(",", members.Select(member => $"\"{member.Item1}\":{member.Item2}")) + "}"),
                inner.Array[0, 3].Select(items => "[" + string.Join(",", items) + "]")));
        value.Sample(json => AssertAlike(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Parse_ManyNames_FindsTheOneThatIsTwice()
    {
        string names = string.Join(",", Enumerable.Range(0, 5000).Select(number => $"\"n{number}\":{number}"));
        AssertAlike(Encoding.UTF8.GetBytes("{" + names + "}"));
        AssertAlike(Encoding.UTF8.GetBytes("{" + names + ",\"n1234\":0}"));
    }

    [Fact]
    public void Parse_DeeperThanTheParserAllows_SaysWhatTheStrictParserSays()
    {
        foreach (int depth in new[] { 63, 64, 65, 80 })
            AssertAlike(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)));
    }

    private static void AssertAlike(byte[] json) => Assert.Equal(
        Said(() => JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false })),
        Said(() => UniqueNames.Parse(json)));

    private static string Said(Func<JsonDocument> parse)
    {
        try
        {
            using JsonDocument document = parse();
            return "document " + document.RootElement.GetRawText();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return exception.GetType().Name + " " + exception.Message;
        }
    }
}
