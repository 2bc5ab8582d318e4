namespace Moe.Generators;

/// <summary>
/// Every metadata name by which the compiler knows Moe.Dsl and the runtime: the only place where they touch. A test
/// resolves each against the real assembly.
/// </summary>
internal static class KnownNames
{
    /// <summary>Namespace of the language.</summary>
    public const string Language = "Moe";

    /// <summary>[MoeModel].</summary>
    public const string MoeModelAttribute = "Moe.MoeModelAttribute";

    /// <summary>[MoeLayer].</summary>
    public const string MoeLayerAttribute = "Moe.MoeLayerAttribute";

    /// <summary>[Block].</summary>
    public const string BlockAttribute = "Moe.BlockAttribute";

    /// <summary>A type of Moe.Runtime.Gpu: a project that sees it gets GPU code.</summary>
    public const string GpuAccelerator = "Moe.Runtime.Gpu.Devices.GpuAccelerator";

    /// <summary>What every emitted model implements.</summary>
    public const string MoeModel = "Moe.Runtime.Models.IMoeModel`1";

    /// <summary>What a declaration fixes.</summary>
    public const string ModelShape = "Moe.Runtime.Models.ModelShape";

    /// <summary>How a model is loaded.</summary>
    public const string LoadOptions = "Moe.Runtime.Models.LoadOptions";

    /// <summary>The input of one step.</summary>
    public const string StepBatch = "Moe.Runtime.Models.StepBatch";

    /// <summary>Sees what happens inside a step.</summary>
    public const string StepObserver = "Moe.Runtime.Models.IStepObserver";

    /// <summary>Functions whose polynomials every target has.</summary>
    public const string Transcendental = "Moe.Runtime.Numerics.Transcendental";

    /// <summary>[ActivationFunction].</summary>
    public const string ActivationFunctionAttribute = "Moe.ActivationFunctionAttribute";

    /// <summary>[GateFunction].</summary>
    public const string GateFunctionAttribute = "Moe.GateFunctionAttribute";

    /// <summary>[ScoreFunction].</summary>
    public const string ScoreFunctionAttribute = "Moe.ScoreFunctionAttribute";

    /// <summary>A function as an assembly stores it.</summary>
    public const string StoredFunctionAttribute = "Moe.StoredFunctionAttribute";

    /// <summary>The cache of one sequence.</summary>
    public const string SequenceCache = "Moe.Runtime.Memory.SequenceCache";

    /// <summary>One sequence of token ids.</summary>
    public const string Session = "Moe.Runtime.Models.Session`1";

    /// <summary>Text to ids and back.</summary>
    public const string Tokenizer = "Moe.Runtime.Text.Tokenizer";

    /// <summary>End tokens and sampling defaults of a checkpoint.</summary>
    public const string GenerationDefaults = "Moe.Runtime.Checkpoints.GenerationDefaults";

    /// <summary>How text is continued.</summary>
    public const string GenerationOptions = "Moe.Runtime.Generation.GenerationOptions";

    /// <summary>The name as emitted code writes it: "global::" first, without the count of type parameters.</summary>
    public static string InCode(string metadataName)
    {
        int arity = metadataName.IndexOf('`');
        return "global::" + (arity < 0 ? metadataName : metadataName.Substring(0, arity));
    }
}
