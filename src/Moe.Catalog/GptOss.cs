namespace Moe.Catalog;

/// <summary>A block of gpt-oss-120b: 128 experts of width 2,880 with a clamped SwiGLU, the best 4 with a softmax over their logits; a sink for each head.</summary>
[Block]
[Norm(Epsilon = 1e-5)]
[Attention(Heads = 64, KeyValueHeads = 8, HeadSize = 64, QueryBias = true, KeyBias = true, ValueBias = true, OutputBias = true, Sinks = true)]
[Router(TopK = 4, LogitBias = true, Weights = RouterWeights.SoftmaxOfChosen)]
[RoutedExperts(128, IntermediateSize = 2880, Bias = true, Limit = 7, SwishBeta = 1.702, UpOffset = 1)]
public abstract class GptOssBlock120B;

/// <summary>The same with a window of 128 positions.</summary>
[Attention(Window = 128)]
public abstract class GptOssWindowBlock120B : GptOssBlock120B;

/// <summary>A block of gpt-oss-20b: 32 experts.</summary>
[RoutedExperts(32)]
public abstract class GptOssBlock20B : GptOssBlock120B;

/// <summary>The same with a window of 128 positions.</summary>
[Attention(Window = 128)]
public abstract class GptOssWindowBlock20B : GptOssBlock20B;

/// <summary>gpt-oss-20b (OpenAI 2025), config.json of the release: 20.9 billion parameters, 3.6 active. Derive from it: <c>[MoeModel] partial class Mine : GptOss20B;</c></summary>
[MoeModel(VocabularySize = 201_088, HiddenSize = 2880, ContextLength = 131_072)]
[Norm(Epsilon = 1e-5)]
[Rotary(Base = 150_000, Scaling = RotaryScaling.Yarn, Factor = 32, OriginalContextLength = 4096, Truncate = false)]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Layers(1, typeof(GptOssWindowBlock20B))]
[Layers(1, typeof(GptOssBlock20B))]
[Checkpoint(CheckpointLayout.GptOss)]
public abstract class GptOss20B;

/// <summary>gpt-oss-120b (OpenAI 2025): 116.8 billion parameters, 5.1 active. Derive from it: <c>[MoeModel] partial class Mine : GptOss120B;</c></summary>
[MoeModel]
[Layers(1, typeof(GptOssWindowBlock120B), Reset = true)]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
[Layers(1, typeof(GptOssWindowBlock120B))]
[Layers(1, typeof(GptOssBlock120B))]
public abstract class GptOss120B : GptOss20B;
