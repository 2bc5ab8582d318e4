using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Declarations;
using Moe.Generators.Diagnostics;

namespace Moe.Generators.Validation;

/// <summary>Rules about sizes that one argument, or the arguments of one block, break: MOE201 to MOE207 without MOE205.</summary>
internal static class ShapeRules
{
    private enum Need
    {
        /// <summary>Must be written, and positive.</summary>
        Positive,

        /// <summary>Must be written; 0 removes.</summary>
        Count,

        /// <summary>0 means the default.</summary>
        Optional,

        /// <summary>May be left out; not 0 where it is written.</summary>
        PositiveIfWritten,
    }

    // Every size of the language. Count of [Layers] is MOE109's, KeptGroups of [Router] is MOE303's.
    private static readonly ImmutableArray<(string Word, string Argument, Need Need)> _sizes = ImmutableArray.Create(
        (Words.MoeModel, "VocabularySize", Need.Positive),
        (Words.MoeModel, "HiddenSize", Need.Positive),
        (Words.MoeModel, "ContextLength", Need.Positive),
        (Words.Attention, "Heads", Need.Positive),
        (Words.Attention, "KeyValueHeads", Need.Optional),
        (Words.Attention, "HeadSize", Need.Optional),
        (Words.Attention, "Window", Need.Optional),
        (Words.Attention, "Chunk", Need.Optional),
        (Words.Attention, "TemperatureFloor", Need.Optional),
        (Words.LatentAttention, "Heads", Need.Positive),
        (Words.LatentAttention, "QueryRank", Need.Optional),
        (Words.LatentAttention, "KeyValueRank", Need.Positive),
        (Words.LatentAttention, "HeadSize", Need.Positive),
        (Words.LatentAttention, "RotarySize", Need.Positive),
        (Words.LatentAttention, "ValueHeadSize", Need.Optional),
        (Words.LinearAttention, "Heads", Need.Positive),
        (Words.LinearAttention, "HeadSize", Need.Optional),
        (Words.AttentionExperts, "Count", Need.Positive),
        (Words.AttentionExperts, "TopK", Need.PositiveIfWritten),
        (Words.AttentionExperts, "KeyValueHeads", Need.Positive),
        (Words.AttentionExperts, "HeadSize", Need.Positive),
        (Words.Rotary, "Size", Need.Optional),
        (Words.Rotary, "OriginalContextLength", Need.Optional),
        (Words.FeedForward, "IntermediateSize", Need.Positive),
        (Words.MoeModel, "Tags", Need.Optional),
        (Words.MoeLayer, "HiddenSize", Need.Positive),
        (Words.MoeLayer, "VocabularySize", Need.Optional),
        (Words.MoeLayer, "Tags", Need.Optional),
        (Words.LoraExperts, "Count", Need.Positive),
        (Words.LoraExperts, "Rank", Need.Positive),
        (Words.ZeroExperts, "Count", Need.Count),
        (Words.CopyExperts, "Count", Need.Count),
        (Words.ConstantExperts, "Count", Need.Count),
        (Words.RoutedExperts, "DispatchSize", Need.Optional),
        (Words.Router, "TopK", Need.PositiveIfWritten),
        (Words.Router, "Groups", Need.Optional),
        (Words.RoutedExperts, "Count", Need.Positive),
        (Words.RoutedExperts, "IntermediateSize", Need.Positive),
        (Words.SharedExperts, "Count", Need.Count),
        (Words.SharedExperts, "IntermediateSize", Need.Positive));

    private static readonly ImmutableArray<(string Word, string Argument, double Usual)> _positiveNumbers = ImmutableArray.Create(
        (Words.Norm, "Epsilon", 1e-6),
        (Words.LatentAttention, "NormEpsilon", 1e-6),
        (Words.LinearAttention, "NormEpsilon", 1e-6),
        (Words.Router, "StepWidth", 1),
        (Words.Router, "Temperature", 1),
        (Words.Router, "EntropyOrder", 1.1),
        (Words.Router, "CapacityShare", 0.75),
        (Words.Momentum, "Momentum", 0.9),
        (Words.Momentum, "StepSize", 1),
        (Words.Momentum, "FirstDecay", 0.9),
        (Words.Momentum, "SecondDecay", 0.999),
        (Words.Momentum, "Epsilon", 1e-8),
        (Words.Rotary, "Base", 10000.0));

    private static readonly ImmutableArray<(string Word, string Argument, Type Choices)> _choices = ImmutableArray.Create(
        (Words.Norm, "Kind", typeof(NormKind)),
        (Words.Rotary, "Layout", typeof(RotaryLayout)),
        (Words.Rotary, "Scaling", typeof(RotaryScaling)),
        (Words.Rotary, "Switch", typeof(RotarySwitch)),
        (Words.Residual, "From", typeof(ResidualFrom)),
        (Words.Attention, "Position", typeof(PositionEncoding)),
        (Words.Attention, "QueryKeyNormSpan", typeof(NormSpan)),
        (Words.LinearAttention, "Activation", typeof(Activation)),
        (Words.Attention, "QueryKeyNormPlace", typeof(NormPlace)),
        (Words.FeedForward, "Activation", typeof(Activation)),
        (Words.RoutedExperts, "Activation", typeof(Activation)),
        (Words.SharedExperts, "Activation", typeof(Activation)),
        (Words.SharedExperts, "Gate", typeof(SharedGate)),
        (Words.RoutedExperts, "Merge", typeof(ExpertMerge)),
        (Words.MoeLayer, "Residual", typeof(LayerResidual)),
        (Words.Router, "Input", typeof(RouterInput)),
        (Words.Router, "Logits", typeof(RouterLogits)),
        (Words.Router, "CentroidOrder", typeof(CentroidOrder)),
        (Words.Router, "RandomScope", typeof(RandomScope)),
        (Words.Router, "LogitActivation", typeof(Activation)),
        (Words.Router, "Selection", typeof(RouterSelection)),
        (Words.Router, "TopPRule", typeof(TopPRule)),
        (Words.Router, "Over", typeof(TokenGroup)),
        (Words.Router, "WeightsOn", typeof(WeightsOn)),
        (Words.Router, "CapacityRounding", typeof(CapacityRounding)),
        (Words.Router, "CapacityPriority", typeof(CapacityPriority)),
        (Words.Router, "Score", typeof(RouterScore)),
        (Words.Router, "GroupKey", typeof(GroupKey)),
        (Words.Router, "OutsideGroups", typeof(OutsideGroups)),
        (Words.Router, "Weights", typeof(RouterWeights)),
        (Words.Weights, "All", typeof(Format)),
        (Words.Weights, "Embedding", typeof(Format)),
        (Words.Weights, "Attention", typeof(Format)),
        (Words.Weights, "Router", typeof(Format)),
        (Words.Weights, "Experts", typeof(Format)),
        (Words.Weights, "SharedExperts", typeof(Format)),
        (Words.Weights, "FeedForward", typeof(Format)),
        (Words.Weights, "Head", typeof(Format)),
        (Words.Checkpoint, "Layout", typeof(CheckpointLayout)));

    /// <summary>MOE201, MOE206 and MOE207 on a model's own words, and MOE204 on its default rotation.</summary>
    public static IEnumerable<Finding> ModelArgumentsHold(ResolvedModel model)
    {
        bool mayBeIncomplete = model.Declaration.Type.IsArchitectureOnly;
        foreach (Word word in new[] { model.Model, model.Head, model.Norm, model.Rotary, model.Residual, model.Checkpoint, model.Weights })
        {
            foreach (Finding finding in ArgumentsHold(word, model.Name, mayBeIncomplete))
                yield return finding;
        }

        int size = model.Rotary.Integer("Size");
        if (size > 0 && size % 2 != 0)
            yield return OddSize(model.Rotary.PartOf("Size"), "Size of [Rotary]", size);
    }

    /// <summary>MOE201, MOE206 and MOE207 on a block's words.</summary>
    public static IEnumerable<Finding> BlockArgumentsHold(ResolvedBlock block) =>
        block.Present.SelectMany(word => ArgumentsHold(word, block.Name, block.MayBeIncomplete));

    /// <summary>MOE203.</summary>
    public static IEnumerable<Finding> KeyValueHeadsDivideHeads(ResolvedBlock block)
    {
        int heads = block.Attention.Integer("Heads");
        int keyValueHeads = block.Attention.Integer("KeyValueHeads");
        if (heads < 1 || keyValueHeads < 1 || heads % keyValueHeads == 0)
            yield break;

        Divisors.Around(heads, keyValueHeads, out int below, out int above);
        Part part = block.Attention.Nearer("KeyValueHeads", "Heads");
        Finding finding = Rules.KeyValueHeadsDoNotDivide
            .At(part, keyValueHeads, heads, Divisors.Say(below, above))
            .With(block.Attention.PartOf("KeyValueHeads"), block.Attention.PartOf("Heads"));
        yield return part.Argument == "KeyValueHeads" ? finding.Suggest(Divisors.Nearest(keyValueHeads, below, above)) : finding;
    }

    /// <summary>MOE204, where the block alone shows it.</summary>
    public static IEnumerable<Finding> RotarySizeFitsHead(ResolvedBlock block)
    {
        int latentSize = block.LatentAttention.Integer("RotarySize");
        if (latentSize > 0 && latentSize % 2 != 0)
            yield return OddSize(block.LatentAttention.PartOf("RotarySize"), "RotarySize", latentSize);

        int size = block.Rotary.Integer("Size");
        Word attention = block.AttentionExperts.IsPresent ? block.AttentionExperts : block.Attention;
        int headSize = attention.Integer("HeadSize");
        if (!attention.IsPresent || size < 1)
            yield break;

        if (size % 2 != 0)
        {
            yield return OddSize(block.Rotary.PartOf("Size"), "Size of [Rotary]", size);
        }
        else if (headSize > 0 && size > headSize)
        {
            bool headIsNearer = attention.LevelOf("HeadSize") < block.Rotary.LevelOf("Size");
            Part part = headIsNearer ? attention.PartOf("HeadSize") : block.Rotary.PartOf("Size");
            Finding finding = Rules.RotarySize
                .At(part, "Size of [Rotary]", size, $"a head has {headSize} elements", headSize - (headSize % 2))
                .With(block.Rotary.PartOf("Size"), attention.PartOf("HeadSize"));
            yield return headIsNearer ? finding : finding.Suggest(headSize - (headSize % 2));
        }
    }

    /// <summary>MOE202, and MOE204 where only model and block together show it.</summary>
    public static IEnumerable<Finding> HeadsFitHiddenSize(ResolvedModel model, ResolvedBlock block)
    {
        Word attention = block.LinearAttention.IsPresent ? block.LinearAttention
            : block.AttentionExperts.IsPresent ? block.AttentionExperts
            : block.Attention;
        if (!attention.IsPresent)
            yield break;

        int hiddenSize = model.Model.Integer("HiddenSize");
        int heads = attention.Integer("Heads");
        int headSize = attention.Integer("HeadSize");
        if (headSize == 0)
        {
            if (hiddenSize % heads != 0)
            {
                Divisors.Around(hiddenSize, heads, out int below, out int above);
                yield return Rules.HeadsDoNotDivide
                    .At(model.NearestOf(block, model.Model, "HiddenSize"), hiddenSize, heads, block.Name, Divisors.Say(below, above))
                    .With(attention.PartOf("Heads"));
                yield break;
            }

            headSize = hiddenSize / heads;
        }

        if (block.LinearAttention.IsPresent || attention.Choice("Position", PositionEncoding.Rotary) != PositionEncoding.Rotary)
            yield break;

        Word rotary = block.Rotary.Over(model.Rotary);
        int size = rotary.Integer("Size");
        if (size == 0 && headSize % 2 != 0)
        {
            yield return Rules.RotarySize
                .At(model.NearestOf(block, model.Model, "HiddenSize"), $"The head size of block {block.Name}", headSize,
                    "the rotation of a whole head takes pairs of elements", headSize - 1)
                .With(attention.PartOf(attention.Has("HeadSize") ? "HeadSize" : "Heads"));
        }
        else if (size > headSize)
        {
            yield return Rules.RotarySize
                .At(model.NearestOf(block, model.Rotary, "Size"), "Size of [Rotary]", size,
                    $"a head of block {block.Name} has {headSize} elements", headSize - (headSize % 2))
                .With(rotary.PartOf("Size"), attention.PartOf(attention.Has("HeadSize") ? "HeadSize" : "Heads"));
        }
    }

    private static IEnumerable<Finding> ArgumentsHold(Word word, string owner, bool mayBeIncomplete)
    {
        bool removed = word.Name == Words.SharedExperts && word.Has("Count") && word.Integer("Count") == 0;
        foreach ((string name, string argument, Need need) in _sizes)
        {
            if (name != word.Name)
                continue;

            if (!word.Has(argument))
            {
                if (need is not (Need.Optional or Need.PositiveIfWritten) && !mayBeIncomplete && !removed)
                {
                    yield return Rules.SizeNotPositive.At(word.Part, argument, word.Name, owner, "missing",
                        "it is a required argument: write a positive number");
                }

                continue;
            }

            int value = word.Integer(argument);
            if (value < 0 || (value == 0 && (need is Need.Positive or Need.PositiveIfWritten)))
                yield return Rules.SizeNotPositive.At(word.PartOf(argument), argument, word.Name, owner, value, "write a positive number");
        }

        foreach ((string name, string argument, double usual) in _positiveNumbers)
        {
            if (name != word.Name || !word.Has(argument))
                continue;

            double value = word.Real(argument, usual);
            if (!Float32.IsFinite(value) || (float)value <= 0)
                yield return Rules.NotFinitePositive.At(word.PartOf(argument), argument, word.Name, value, usual).Suggest(usual);
        }

        foreach (Finding finding in FactorRules.NumbersHold(word))
            yield return finding;

        foreach ((string name, string argument, Type choices) in _choices)
        {
            if (name != word.Name || !word.Has(argument) || Enum.IsDefined(choices, word.Integer(argument)))
                continue;

            yield return Rules.UndefinedChoice.At(word.PartOf(argument), word.Integer(argument), choices.Name,
                string.Join(", ", Enum.GetNames(choices)));
        }
    }

    private static Finding OddSize(Part part, string name, int size)
    {
        int even = size > 1 ? size - 1 : 2;
        return Rules.RotarySize.At(part, name, size, "a rotation takes pairs of elements", even).Suggest(even);
    }
}
