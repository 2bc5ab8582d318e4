namespace Moe.Generators.Declarations;

/// <summary>The words of the language: names of its attributes without "Attribute".</summary>
internal static class Words
{
    public const string MoeModel = "MoeModel";
    public const string Layers = "Layers";
    public const string Head = "Head";
    public const string Norm = "Norm";
    public const string Rotary = "Rotary";
    public const string Residual = "Residual";
    public const string Checkpoint = "Checkpoint";
    public const string TensorName = "TensorName";
    public const string Weights = "Weights";
    public const string Block = "Block";
    public const string Attention = "Attention";
    public const string LatentAttention = "LatentAttention";
    public const string LinearAttention = "LinearAttention";
    public const string AttentionExperts = "AttentionExperts";
    public const string FeedForward = "FeedForward";
    public const string Router = "Router";
    public const string RoutedExperts = "RoutedExperts";
    public const string SharedExperts = "SharedExperts";
    public const string ZeroExperts = "ZeroExperts";
    public const string CopyExperts = "CopyExperts";
    public const string ConstantExperts = "ConstantExperts";
    public const string LoraExperts = "LoraExperts";
    public const string Momentum = "Momentum";
    public const string MoeLayer = "MoeLayer";
    public const string ActivationFunction = "ActivationFunction";
    public const string GateFunction = "GateFunction";
    public const string ScoreFunction = "ScoreFunction";
    public const string StoredFunction = "StoredFunction";
}
