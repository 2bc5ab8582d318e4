namespace Moe.Catalog;

/// <summary>A block of DBRX: 16 experts of width 10,752, the best 4 renormalised; queries, keys and values limited to 8.</summary>
[Block]
[Norm(Kind = NormKind.Layer, Epsilon = 1e-5, Bias = false)]
[Attention(Heads = 48, KeyValueHeads = 8, ClipQueryKeyValue = 8)]
[Router(TopK = 4, Weights = RouterWeights.Renormalised)]
[RoutedExperts(16, IntermediateSize = 10_752)]
public abstract class DbrxBlock;

/// <summary>DBRX (Databricks 2024), config.json of the release: 132 billion parameters, 36 active. Derive from it: <c>[MoeModel] partial class Mine : Dbrx;</c></summary>
[MoeModel(VocabularySize = 100_352, HiddenSize = 6144, ContextLength = 32_768)]
[Norm(Kind = NormKind.Layer, Epsilon = 1e-5, Bias = false)]
[Rotary(Base = 500_000)]
[Layers(40, typeof(DbrxBlock))]
[Checkpoint(CheckpointLayout.Dbrx)]
public abstract class Dbrx;
