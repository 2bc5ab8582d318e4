using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit;

/// <summary>A table of rotations that the emitted program holds; blocks with the same rotation share it.</summary>
/// <param name="Size">Elements that turn.</param>
/// <param name="Base">Base of the frequencies.</param>
/// <param name="Scaling">How frequencies are changed, or null.</param>
internal sealed record Rotation(int Size, double Base, RotaryScalingArchitecture? Scaling)
{
    private const int NumbersPerLine = 8;

    /// <summary>The table that the operation turns by.</summary>
    public static Rotation Of(Rotate op) => new(op.Size, op.Base, op.Scaling);

    /// <summary>The longest sequence that turns by the short list, where the length of a sequence decides; 0 elsewhere.</summary>
    public int LongestShort => Scaling is LongRopeScaling { Switch: RotarySwitch.ByLength } rope ? rope.OriginalContextLength : 0;

    /// <summary>Where the length decides: the table with one of both lists.</summary>
    public Rotation Always(RotarySwitch one) => this with { Scaling = ((LongRopeScaling)Scaling!).Always(one) };

    /// <summary>A sentence on the frequencies, or nothing where they are plain.</summary>
    public string Remark => Scaling switch
    {
        LinearScaling linear => $"f(i) = {CSharp.Double(Base)}^(-2i/{Size}) / {Say(linear.Factor)}",
        AlphaScaling alpha => $"f(i) = b^(-2i/{Size}), b = {CSharp.Double(Base)} · {Say(alpha.Alpha)}^({Size}/{Size - 2})",
        DynamicScaling dynamic => $"f(i) = b^(-2i/{Size}), b = {CSharp.Double(Base)}, for n = position + 1 above L = {dynamic.OriginalContextLength} times ({Say(dynamic.Factor)} · n / L - {Say(dynamic.Factor - 1)})^({Size}/{Size - 2})",
        Llama3Scaling llama => $"f(i) = {CSharp.Double(Base)}^(-2i/{Size}), / {Say(llama.Factor)} for wavelengths above {llama.OriginalContextLength} / {Say(llama.LowFrequencyFactor)}, mixed down to {llama.OriginalContextLength} / {Say(llama.HighFrequencyFactor)}",
        YarnScaling yarn when RotaryFrequencies.YarnRamp(Base, Size, yarn) is var (low, high) =>
            $"f(i) = {CSharp.Double(Base)}^(-2i/{Size}), / {Say(yarn.Factor)} from pair {Say(high)} on, mixed from pair {Say(low)} on; cosines and sines · {Say(yarn.AttentionFactor)}",
        LongRopeScaling => $"f(i) = {CSharp.Double(Base)}^(-2i/{Size}) / factors[i]",
        _ => "",
    };

    /// <summary>Writes a declaration with the table's constants: <paramref name="before"/>, the arguments in parentheses, <paramref name="after"/>.</summary>
    public void Write(SourceWriter writer, string before, string after)
    {
        if (Remark.Length > 0)
            writer.Line("// " + Remark);
        switch (Scaling)
        {
            case null:
                writer.Line($"{before}({Size}, {CSharp.Double(Base)}){after}");
                break;
            case DynamicScaling dynamic:
                writer.Line($"{before}({Size}, {CSharp.Double(Base)}, factor: {CSharp.Double(dynamic.Factor)}, originalLength: {dynamic.OriginalContextLength}){after}");
                break;
            case LongRopeScaling { Switch: RotarySwitch.ByPosition } rope:
                writer.Line($"{before}(firstLong: {rope.OriginalContextLength},");
                Numbers(writer, RotaryFrequencies.LongRope(Base, Size, rope.ShortFactors), rope.ShortAttentionFactor, ",");
                Numbers(writer, RotaryFrequencies.LongRope(Base, Size, rope.LongFactors), rope.LongAttentionFactor, ")" + after);
                break;
            default:
                writer.Line(before + "(");
                (float[] frequencies, double factor) = Constants();
                Numbers(writer, frequencies, factor, ")" + after);
                break;
        }
    }

    private (float[] Frequencies, double AttentionFactor) Constants() => Scaling switch
    {
        LinearScaling linear => (RotaryFrequencies.Linear(Base, Size, linear), 1),
        AlphaScaling alpha => (RotaryFrequencies.Alpha(Base, Size, alpha), 1),
        Llama3Scaling llama => (RotaryFrequencies.Llama3(Base, Size, llama), 1),
        YarnScaling yarn => (RotaryFrequencies.Yarn(Base, Size, yarn), yarn.AttentionFactor),
        LongRopeScaling { Switch: RotarySwitch.Short } rope => (RotaryFrequencies.LongRope(Base, Size, rope.ShortFactors), rope.ShortAttentionFactor),
        LongRopeScaling rope => (RotaryFrequencies.LongRope(Base, Size, rope.LongFactors), rope.LongAttentionFactor),
        _ => (RotaryFrequencies.Plain(Base, Size), 1),
    };

    private static void Numbers(SourceWriter writer, float[] frequencies, double attentionFactor, string after)
    {
        using (writer.Indent())
        {
            writer.Line("[");
            using (writer.Indent())
            {
                foreach (IEnumerable<float> line in Lines(frequencies))
                    writer.Line(string.Concat(line.Select(number => CSharp.Float(number) + ", ")).TrimEnd());
            }

            writer.Line($"], {CSharp.Float(attentionFactor)}{after}");
        }
    }

    private static IEnumerable<IEnumerable<float>> Lines(float[] numbers)
    {
        for (int first = 0; first < numbers.Length; first += NumbersPerLine)
            yield return numbers.Skip(first).Take(NumbersPerLine);
    }

    private static string Say(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
