namespace Moe.Catalog;

/// <summary>A block of Llama 4 Scout: a shared expert, and one of 16 that sees its input scaled; attention in chunks of 8,192 positions.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 40, KeyValueHeads = 8, HeadSize = 128, Chunk = 8192, QueryKeyNorm = true, QueryKeyNormPlace = NormPlace.AfterRotary, QueryKeyNormWeight = false)]
[Router(TopK = 1, Weights = RouterWeights.SigmoidOfChosen, WeightsOn = WeightsOn.Input)]
[SharedExperts(1, IntermediateSize = 8192)]
[RoutedExperts(16, IntermediateSize = 8192)]
public abstract class Llama4ScoutBlock;

/// <summary>Every fourth block of Llama 4 Scout: attention over the whole context without positions, its temperature growing with them.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 40, KeyValueHeads = 8, HeadSize = 128, Position = PositionEncoding.None, TemperatureFloor = 8192)]
[Router(TopK = 1, Weights = RouterWeights.SigmoidOfChosen, WeightsOn = WeightsOn.Input)]
[SharedExperts(1, IntermediateSize = 8192)]
[RoutedExperts(16, IntermediateSize = 8192)]
public abstract class Llama4ScoutGlobalBlock;

/// <summary>The text model of Llama 4 Scout (Meta 2025), text_config of the release: 108 billion parameters, 17 active. Derive from it: <c>[MoeModel] partial class Mine : Llama4Scout;</c></summary>
[MoeModel(VocabularySize = 202_048, HiddenSize = 5120, ContextLength = 10_485_760)]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 500_000, Layout = RotaryLayout.Interleaved, Scaling = RotaryScaling.Llama3, Factor = 16, OriginalContextLength = 8192, LowFrequencyFactor = 1, HighFrequencyFactor = 1)]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Layers(3, typeof(Llama4ScoutBlock))]
[Layers(1, typeof(Llama4ScoutGlobalBlock))]
[Checkpoint(CheckpointLayout.Llama4)]
public abstract class Llama4Scout;
