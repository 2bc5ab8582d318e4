using System.Collections.Immutable;

namespace Moe.Generators.Emit;

/// <summary>A public member of every emitted model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Documentation">Its summary.</param>
/// <param name="Head">Modifiers, type, name and parameters; {Model} stands for the model class.</param>
/// <param name="IsConstant">Whether it is a constant.</param>
internal sealed record SurfaceMember(string Name, string Documentation, string Head, bool IsConstant = false);

/// <summary>
/// The public members of an emitted model, in one place: what a model that breaks rules shows in place of a program.
/// </summary>
internal static class SurfaceMembers
{
    private static readonly string _options = KnownNames.InCode(KnownNames.LoadOptions) + "? options = null";

    public static ImmutableArray<SurfaceMember> All { get; } = ImmutableArray.Create(
        Constant("int", "VocabularySize", "Number of token ids."),
        Constant("int", "HiddenSize", "Width of the residual stream."),
        Constant("int", "ContextLength", "Most tokens of one sequence."),
        Constant("int", "Layers", "Number of layers."),
        Constant("long", "TotalParameters", "Learned numbers."),
        Constant("long", "ActiveParameters", "Learned numbers that take part for one token."),
        Constant("long", "FlopsPerToken", "Floating-point operations for one token at position 0."),
        Constant("long", "MinActiveParameters", "As ActiveParameters, for a token with the fewest and cheapest experts."),
        Constant("long", "MinFlopsPerToken", "As FlopsPerToken, for a token with the fewest and cheapest experts."),
        Constant("long", "CacheElementsPerToken", "Elements that one token adds to the key/value cache."),
        Constant("long", "CacheBytesPerToken", "Bytes that one token adds to a float32 key/value cache."),
        new SurfaceMember("Shape", "What the declaration fixes.",
            $"public static {KnownNames.InCode(KnownNames.ModelShape)} Shape"),
        new SurfaceMember("Tokenizer", "The tokenizer of the checkpoint folder.",
            $"public {KnownNames.InCode(KnownNames.Tokenizer)}? Tokenizer"),
        new SurfaceMember("GenerationDefaults", "End tokens and sampling defaults of the checkpoint.",
            $"public {KnownNames.InCode(KnownNames.GenerationDefaults)} GenerationDefaults"),
        new SurfaceMember("Load", "Loads a checkpoint folder or a packed file.",
            "public static {Model} Load(string path, " + _options + ")"),
        new SurfaceMember("Pack", "Converts a checkpoint into a packed file.",
            "public static void Pack(string folder, string packedFile, " + _options + ", global::System.Threading.CancellationToken cancellation = default)"),
        new SurfaceMember("CreateRandom", "A model with random weights.",
            "public static {Model} CreateRandom(ulong seed = 0, " + _options + ")"),
        new SurfaceMember("GenerateAsync", "Continues a text, piece by piece.",
            $"public global::System.Collections.Generic.IAsyncEnumerable<string> GenerateAsync(string prompt, {KnownNames.InCode(KnownNames.GenerationOptions)}? options = null, "
            + "global::System.Threading.CancellationToken cancellation = default)"),
        new SurfaceMember("NewSession", "An empty session: one sequence of token ids.",
            $"public {KnownNames.InCode(KnownNames.Session)}<{{Model}}> NewSession()"),
        new SurfaceMember("NewCache", "An empty cache for one sequence.",
            $"public {KnownNames.InCode(KnownNames.SequenceCache)} NewCache()"),
        new SurfaceMember("Step", "Runs every token of the batch through all layers.",
            $"public void Step<TObserver>({KnownNames.InCode(KnownNames.StepBatch)} batch, ref TObserver observer)\n"
            + $"    where TObserver : struct, {KnownNames.InCode(KnownNames.StepObserver)}"),
        new SurfaceMember("Dispose", "Releases the weights.", "public void Dispose()"));

    private static SurfaceMember Constant(string type, string name, string documentation) =>
        new(name, documentation, $"public const {type} {name}", IsConstant: true);
}
