using System;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using CsCheck;
using Moe.Runtime.Text;

namespace Moe.Runtime.Tests.Text;

/// <summary>Text → ids → text, at once and as a stream.</summary>
public class RoundTripTests
{
    private static readonly Tokenizer Bytes = Tokenizer.Load(System.IO.Path.Combine(TokenizerFixture.Folder, "fairytales"));
    private static readonly Tokenizer Characters = Tokenizer.Load(System.IO.Path.Combine(TokenizerFixture.Folder, "characters"));

    private static readonly int[] Troublesome = [0x20, 0x0A, 0x0D, 0x200D, 0xFE0F, 0xFFFD, 0x1F469, 0x1D49C, 0x1D7D8, 0x10400];

    // All of Unicode, with the low planes and the troublesome characters more often than chance would have them.
    private static readonly Gen<Rune> AnyRune = Gen.OneOf(
        Gen.Int[0, 0x7F], Gen.Int[0x80, 0x7FF], Gen.Int[0x800, 0xD7FF], Gen.Int[0xE000, 0xFFFF], Gen.Int[0x10000, 0x10FFFF],
        Gen.Int[0, 9].Select(i => Troublesome[i])).Select(value => new Rune(value));

    private static readonly Gen<string> AnyText = AnyRune.Array[0, 60].Select(runes => string.Concat(runes));

    [Fact]
    public void Decode_OfEncodedText_IsTheText_ByteLevel() =>
        AnyText.Sample(text => Bytes.Decode(Bytes.Encode(text), skipSpecialTokens: false) == text, iter: 20_000);

    [Fact]
    public void Decode_OfEncodedText_IsTheText_Characters()
    {
        // In this kind ▁ is the space: a ▁ in the text comes back as a space, by the design of the format.
        AnyText.Sample(text => Characters.Decode(Characters.Encode(text)) == text.Replace('▁', ' '), iter: 20_000);
    }

    [Fact]
    public void Decode_EveryCharacter_IsThatCharacter()
    {
        StringBuilder block = new();
        for (int value = 0; value <= 0x10FFFF; value++)
        {
            if (Rune.IsValid(value) && value != '▁')
                block.Append(new Rune(value).ToString());
            if (value % 0x1000 == 0xFFF)
            {
                string text = block.ToString();
                Assert.Equal(text, Bytes.Decode(Bytes.Encode(text)));
                Assert.Equal(text, Characters.Decode(Characters.Encode(text)));
                block.Clear();
            }
        }
    }

    [Fact]
    public void Encode_HalfASurrogatePair_CountsAsReplacementCharacter()
    {
        Assert.Equal(Bytes.Encode("a\uFFFDb"), Bytes.Encode("a\uD835b"));
        Assert.Equal(Characters.Encode("\uFFFD"), Characters.Encode("\uDC9C"));
    }

    [Fact]
    public void Push_IdsOfText_GivesWholeCharactersThatJoinToTheText()
    {
        (from text in AnyText from bytes in Gen.Bool select (text: text.Replace('▁', '_').Replace("\uFFFD", "", StringComparison.Ordinal), bytes)).Sample(
            sample =>
            {
                Tokenizer tokenizer = sample.bytes ? Bytes : Characters;
                StreamingDecoder decoder = tokenizer.NewDecoder();
                StringBuilder joined = new();
                foreach (int id in tokenizer.Encode(sample.text))
                {
                    string piece = decoder.Push(id);
                    // The text holds no U+FFFD, so one in a piece would be half a character, as would half a pair.
                    if (piece.Contains('\uFFFD', StringComparison.Ordinal) || !IsWhole(piece))
                        return false;
                    joined.Append(piece);
                }

                return decoder.Flush().Length == 0 && joined.ToString() == sample.text;
            },
            iter: 20_000);
    }

    [Fact]
    public void Push_ArbitraryIds_JoinsToWhatDecodeGives()
    {
        (from bytes in Gen.Bool
         from ids in Gen.OneOf(Gen.Int[0, 300], Gen.Int[0, 2100]).Array[0, 40]
         select (bytes, ids)).Sample(
            sample =>
            {
                Tokenizer tokenizer = sample.bytes ? Bytes : Characters;
                StreamingDecoder decoder = tokenizer.NewDecoder();
                string joined = string.Concat(sample.ids.Select(decoder.Push)) + decoder.Flush();
                return joined == tokenizer.Decode(sample.ids);
            },
            iter: 20_000);
    }

    [Fact]
    public void Push_CharacterOfFourBytes_WaitsForTheLast()
    {
        int[] ids = Bytes.Encode("𝒜");
        Assert.Equal(4, ids.Length);
        StreamingDecoder decoder = Bytes.NewDecoder();
        Assert.Equal(["", "", "", "𝒜"], ids.Select(decoder.Push));
        Assert.Equal("", decoder.Push(ids[0]));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void Push_SentencePieceSpace_IsDroppedAtTheStartOnly()
    {
        Assert.True(Characters.TryGetId("▁the", out int the));
        StreamingDecoder decoder = Characters.NewDecoder();
        Assert.Equal("", decoder.Push(Characters.BeginOfText!.Value));
        Assert.Equal("the", decoder.Push(the));
        Assert.Equal(" the", decoder.Push(the));
        Assert.Equal("", decoder.Flush());
        Assert.Equal("the", decoder.Push(the));

        Assert.Equal(" the", Characters.NewDecoder(Characters.Encode("Once")).Push(the));
        Assert.Equal("<s> the", Characters.Decode([1, the], skipSpecialTokens: false));
    }

    [Fact]
    public void Push_PromptThatEndsWithinACharacter_IsContinued()
    {
        int[] ids = Bytes.Encode("a😀");
        StreamingDecoder decoder = Bytes.NewDecoder(ids.AsSpan(0, ids.Length - 1));
        Assert.Equal("😀", decoder.Push(ids[^1]));
    }

    [Fact]
    public void Encode_ManyThreads_AllGetTheSameIds()
    {
        string[] strings = TokenizerFixture.Strings[..500];
        int[][] alone = [.. strings.Select(text => Characters.Encode(text))];
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < strings.Length; i++)
                Assert.Equal(alone[i], Characters.Encode(strings[i]));
        });
    }

    [Theory]
    [InlineData("there")]
    [InlineData(" ")]
    [InlineData("𝒜")]
    [InlineData("a,")]
    [InlineData("e\n")]
    [InlineData("<|endoftext|")]
    public void Encode_EightTimesTheText_TakesNoSixtyFourTimesTheTime(string part)
    {
        foreach (Tokenizer tokenizer in new[] { Bytes, Characters })
        {
            string text = string.Concat(Enumerable.Repeat(part, 400_000 / part.Length));
            string piece = text[..(text.Length / 8)];
            Seconds(piece);
            // n log n gives about 9; quadratic would give 64 and many seconds. The least of three times, and a floor under the
            // shorter one, leave room for a busy machine.
            double once = Math.Max(Seconds(piece), 0.02);
            double eight = Math.Min(Seconds(text), Math.Min(Seconds(text), Seconds(text)));
            Assert.True(eight < 32 * once, $"{piece.Length} characters took {once:F3} s, {text.Length} took {eight:F3} s");

            double Seconds(string input)
            {
                Stopwatch watch = Stopwatch.StartNew();
                tokenizer.Encode(input);
                return watch.Elapsed.TotalSeconds;
            }
        }
    }

    private static bool IsWhole(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
                return false;
        }

        return true;
    }
}
