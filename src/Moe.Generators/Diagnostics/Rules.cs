using System.Collections.Immutable;

namespace Moe.Generators.Diagnostics;

/// <summary>Every rule, in bands: 1xx form, 2xx shapes, 3xx routing, 4xx weights, 5xx targets, 6xx functions.</summary>
internal static class Rules
{
    public static readonly Rule ModelNotPartial = new("MOE101", "Model class is not partial",
        "The compiler cannot complete {0}, because it is not partial; add 'partial', or make it abstract to derive from it");

    public static readonly Rule NoLayers = new("MOE102", "Model without layers",
        "{0} has no layers; add [Layers(count, typeof(Block))]");

    public static readonly Rule NotABlock = new("MOE103", "Layers of a class that is not a block",
        "{0} is not a block; add [Block] to it, or name a class that carries it");

    public static readonly Rule NoAttention = new("MOE104", "Block without attention",
        "Block {0} has no attention; add [Attention], [LatentAttention], [LinearAttention] or [AttentionExperts], or make it abstract if derived blocks add it");

    public static readonly Rule NoFeedForward = new("MOE105", "Block without a feed-forward part",
        "Block {0} has no feed-forward part; add [FeedForward], or [Router] and [RoutedExperts], or make it abstract if derived blocks add it");

    public static readonly Rule TwoWordsForOneSlot = new("MOE106", "Two words for one part of a block",
        "{0} carries both [{1}] and [{2}], and a block has one of them; remove one");

    public static readonly Rule IncompleteExperts = new("MOE107", "Router and experts not together",
        "Block {0} has [{1}] without [{2}]; add [{2}], or declare a dense part with [FeedForward]");

    public static readonly Rule UnsupportedClass = new("MOE108", "Model class of a form that cannot be completed",
        "{0} is {1}; a model is {2}");

    public static readonly Rule LayerRanges = new("MOE109", "Layer ranges with overlap or gap",
        "{0}; {1}");

    public static readonly Rule LayersInSeveralParts = new("MOE110", "Layers spread over several partial parts",
        "[Layers] of {0} stands on {1} partial parts, so their order is not defined; move all of them to one part");

    public static readonly Rule MemberNameTaken = new("MOE111", "Member name that the compiler needs",
        "{0} declares a member named {1}, a name that the emitted program uses; rename it");

    public static readonly Rule WithoutEffect = new("MOE112", "Argument without effect",
        "{0} has no effect, because {1}; {2}");

    public static readonly Rule DerivedWithoutMoeModel = new("MOE113", "Derived model without [MoeModel]",
        "{0} derives from the model {1} but does not carry [MoeModel], so nothing is emitted for it; add [MoeModel]");

    public static readonly Rule SizeNotPositive = new("MOE201", "Size missing or not positive",
        "{0} of [{1}] on {2} is {3}; {4}");

    public static readonly Rule HeadsDoNotDivide = new("MOE202", "Hidden size not a multiple of the heads",
        "HiddenSize ({0}) is not a multiple of Heads ({1}) of block {2}; {3}, or state HeadSize");

    public static readonly Rule KeyValueHeadsDoNotDivide = new("MOE203", "Key/value heads that do not divide the heads",
        "KeyValueHeads ({0}) does not divide Heads ({1}); {2}");

    public static readonly Rule RotarySize = new("MOE204", "Rotary size odd or larger than the head",
        "{0} is {1}, and {2}; choose an even size up to {3}");

    public static readonly Rule SizeOverflow = new("MOE205", "Sizes that overflow",
        "{0} is {1}, above {2}; choose smaller sizes");

    public static readonly Rule NotFinitePositive = new("MOE206", "Number not finite or not positive",
        "{0} of [{1}] is {2}; it must be a positive number that float32 can hold, such as {3}");

    public static readonly Rule UndefinedChoice = new("MOE207", "Undefined choice",
        "{0} is not a choice of {1}; write one of {2}");

    public static readonly Rule RotaryScaling = new("MOE208", "Rotary scaling that does not add up",
        "{0}; {1}");

    public static readonly Rule TwoReaches = new("MOE209", "Window and chunks in one attention",
        "Attention of block {0} has Window ({1}) and Chunk ({2}), and a token sees positions by one of them; remove one");

    public static readonly Rule FactorNotANumber = new("MOE210", "Factor zero or not finite",
        "{0} of [{1}] is {2}; it must be a finite number{3} that float32 can hold");

    public static readonly Rule HeadsChoose = new("MOE211", "Heads that cannot choose their tokens",
        "{0}; {1}");

    public static readonly Rule TopKAboveExperts = new("MOE301", "TopK above the number of experts",
        "TopK ({0}) is above the number of {2} experts ({1}); choose 1 to {1}");

    public static readonly Rule GroupsDoNotDivide = new("MOE302", "Groups that do not divide the experts",
        "Groups ({0}) does not divide the number of routed experts ({1}); {2}");

    public static readonly Rule KeptGroupsOutside = new("MOE303", "Kept groups outside the groups",
        "{0}; {1}");

    public static readonly Rule TopKAboveKeptExperts = new("MOE304", "TopK above the experts of the kept groups",
        "TopK ({0}) is above the {1} experts of the {2} kept groups ({3} experts each); keep more groups or choose TopK up to {1}");

    public static readonly Rule BestTwoOfOne = new("MOE305", "Best two of groups with one expert",
        "GroupKey is SumOfBestTwo, but each of the {0} groups has one expert; use fewer groups or GroupKey.Maximum");

    public static readonly Rule WeightScale = new("MOE306", "Weight scale zero or not finite",
        "{0} is {1}; it must be a finite number other than 0 that float32 can hold");

    public static readonly Rule RenormaliseEpsilon = new("MOE307", "Renormalisation term negative or unused",
        "RenormaliseEpsilon is {0}; {1}");

    public static readonly Rule RouterStages = new("MOE308", "Router stages that do not fit together",
        "{0}; {1}");

    public static readonly Rule RouterState = new("MOE309", "Router state from nowhere",
        "The router of block {0} cannot be: {1}; {2}");

    public static readonly Rule LooksAhead = new("MOE310", "Router that looks ahead",
        "{0}, so a token's output depends on what follows it; write MayLookAhead = true if that is meant, or choose token by token");

    public static readonly Rule ExpertGroupName = new("MOE311", "Expert groups that cannot be told apart",
        "{0}; {1}");

    public static readonly Rule Slices = new("MOE312", "Slices that make up no network",
        "{0}; {1}");

    public static readonly Rule CheckpointCannotHold = new("MOE401", "Checkpoint layout that cannot hold the model",
        "A {0} checkpoint cannot hold {1}: {2}; {3}");

    public static readonly Rule TensorNameFitsNoWeight = new("MOE402", "Tensor name that fits no weight",
        "{0}; {1}");

    public static readonly Rule FormatOfNoPart = new("MOE403", "Format of a part that is not there",
        "{0} of [Weights] has no effect, because {1}; {2}");

    public static readonly Rule TargetLimit = new("MOE501", "Above what emitted code carries",
        "{0} ({1}) is above {2}, the most that emitted routing code carries; choose a smaller number");

    public static readonly Rule FunctionSignature = new("MOE601", "Marked method that is no function on floats",
        "{0} cannot become part of a kernel, because {1}; write {2}");

    public static readonly Rule NoSuchFunction = new("MOE602", "Function that is not there",
        "There is no method {0} in {1} with {2}; {3}");

    public static readonly Rule FunctionOfOtherKind = new("MOE603", "Function of another kind",
        "{0} does not fit here: {1}; name another method");

    public static readonly Rule NotInKernels = new("MOE604", "Expression that kernels do not have",
        "'{0}' cannot become part of a kernel: {1}");

    public static readonly Rule CallNotInKernels = new("MOE605", "Call that kernels do not have",
        "'{0}' cannot become part of a kernel: {1}");

    public static readonly Rule Recursion = new("MOE606", "Function that calls itself",
        "'{0}' cannot become part of a kernel: {1} is being computed when it is called; write it without recursion");

    public static readonly Rule NotFinite = new("MOE607", "Number not finite",
        "{0} of [{1}] is {2}; it must be a number that float32 can hold");

    /// <summary>All of them, by id.</summary>
    public static ImmutableArray<Rule> All { get; } = ImmutableArray.Create(
        ModelNotPartial,
        NoLayers,
        NotABlock,
        NoAttention,
        NoFeedForward,
        TwoWordsForOneSlot,
        IncompleteExperts,
        UnsupportedClass,
        LayerRanges,
        LayersInSeveralParts,
        MemberNameTaken,
        WithoutEffect,
        DerivedWithoutMoeModel,
        SizeNotPositive,
        HeadsDoNotDivide,
        KeyValueHeadsDoNotDivide,
        RotarySize,
        SizeOverflow,
        NotFinitePositive,
        UndefinedChoice,
        RotaryScaling,
        TwoReaches,
        FactorNotANumber,
        HeadsChoose,
        TopKAboveExperts,
        GroupsDoNotDivide,
        KeptGroupsOutside,
        TopKAboveKeptExperts,
        BestTwoOfOne,
        WeightScale,
        RenormaliseEpsilon,
        RouterStages,
        RouterState,
        LooksAhead,
        ExpertGroupName,
        Slices,
        CheckpointCannotHold,
        TensorNameFitsNoWeight,
        FormatOfNoPart,
        TargetLimit,
        FunctionSignature,
        NoSuchFunction,
        FunctionOfOtherKind,
        NotInKernels,
        CallNotInKernels,
        Recursion,
        NotFinite);
}
