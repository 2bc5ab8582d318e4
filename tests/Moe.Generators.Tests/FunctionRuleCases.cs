using System.Collections.Generic;

namespace Moe.Generators.Tests;

/// <summary>Cases of the rules about functions and gate forms, in the manner of <see cref="RuleCases"/>.</summary>
internal static class FunctionRuleCases
{
    private const string Tiny = "[MoeModel(VocabularySize = 100, HiddenSize = 64, ContextLength = 128)] [Layers(2, typeof(B))] public partial class Tiny;";
    private const string Fixed = "static class F { [ActivationFunction] public static float Act(float x) => x; }";
    private const string FunctionIsAct = "Function = nameof(F.Act), From = typeof(F)";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RuleCase> All { get; } =
    [
        Of("MOE112", "function and activation", Fixed + Block(FunctionIsAct + ", [|Activation = Activation.Gelu|]"), Fixed + Block(FunctionIsAct), "Activation of [FeedForward] has no effect"),
        Of("MOE112", "class without function", Fixed + Block("[|From = typeof(F)|]"), Fixed + Block(FunctionIsAct), "no function is named"),
        Of("MOE112", "function and limit", Fixed + Block(FunctionIsAct + ", [|Limit = 7|]"), Fixed + Block(FunctionIsAct), "Function takes the place"),
        Of("MOE112", "limit without gate", Block("Gated = false, [|Limit = 7|]"), Block("Limit = 7"), "Gated is false"),
        Of("MOE112", "limit of another activation", Block("Activation = Activation.ReLU, [|SwishBeta = 1.702|]"), Block("SwishBeta = 1.702"), "belongs to a gated SiLU"),
        Of("MOE206", "limit negative", Block("[|Limit = -7|]"), Block("Limit = 7"), "Limit of [FeedForward] is -7"),
        Of("MOE206", "slope zero", Block("[|SwishBeta = 0|]"), Block("SwishBeta = 1"), "SwishBeta of [FeedForward] is 0"),
        Body("MOE601", "instance method", "[ActivationFunction] public float [|Act|](float x) => x;", "it is not static", isStatic: false),
        Body("MOE601", "double", "[ActivationFunction] public static double [|Act|](double x) => x;", "it does not return float"),
        Body("MOE601", "two parameters", "[ActivationFunction] public static float [|Act|](float x, float y) => x * y;", "has 2 parameters and needs 1"),
        Body("MOE601", "one of a gate", "[GateFunction] public static float [|Act|](float x) => x;", "has 1 parameters and needs 2"),
        Body("MOE601", "by reference", "[ActivationFunction] public static float [|Act|](in float x) => x;", "is not a float by value"),
        Of("MOE602", "no such name", Fixed + Block("[|Function = \"Tanh\"|], From = typeof(F)"), Fixed + Block(FunctionIsAct), "no method Tanh in Demo.F"),
        Of("MOE602", "looked for in the block", Fixed + Block("[|Function = nameof(F.Act)|]"), Fixed + Block(FunctionIsAct), "no method Act in Demo.B"),
        Of("MOE603", "score as activation", "static class F { [ScoreFunction] public static float Act(float x) => x; }" + Block("[|Function = nameof(F.Act)|], From = typeof(F)"), Fixed + Block(FunctionIsAct), "carries [ScoreFunction] and Function takes [ActivationFunction] or [GateFunction]"),
        Of("MOE603", "gate without gate", "static class F { [GateFunction] public static float Act(float g, float u) => g * u; }" + Block("Gated = false, [|Function = nameof(F.Act)|], From = typeof(F)"), Fixed + Block(FunctionIsAct), "Gated is false"),
        Expression("MOE604", "double literal", "'x * 0.5'", statement: "return [|x * 0.5|] > 0 ? 1f : x;"),
        Expression("MOE604", "double function", "kernels compute in float", statement: "return [|(float)System.Math.Exp(x)|];"),
        Expression("MOE604", "remainder", "+, -, * and /", statement: "return [|x % 2f|];"),
        Expression("MOE604", "field", "it can change", statement: "return x * [|Scale|];", member: "private static float Scale = 2f;"),
        Expression("MOE604", "loop", "more than locals, assignments, if and return", statement: "[|while (x > 1f) x -= 1f;|] return x;"),
        Expression("MOE604", "loop that returns", "more than locals, assignments, if and return", statement: "[|for (;;) { return x; }|]"),
        Expression("MOE604", "in a method that is called", "+, -, * and /", statement: "return Other(x);", member: "private static float Other(float y) => [|y % 2f|];"),
        Expression("MOE604", "pattern", "comparisons of numbers", statement: "return [|x is > 1f|] ? 1f : x;"),
        Expression("MOE604", "switch", "more than arithmetic", statement: "return [|x switch { > 1f => 1f, _ => x }|];"),
        Expression("MOE605", "no polynomial", "no MathF.Atan of ours", statement: "return 2f * [|System.MathF.Atan(x)|];"),
        Expression("MOE605", "power that is not whole", "whole constant exponent", statement: "return [|System.MathF.Pow(x, 1.5f)|];"),
        Expression("MOE605", "method on doubles", "its parameter y is not a float", statement: "return [|Other(x)|];", member: "private static float Other(double y) => 1f;"),
        Expression("MOE605", "in another class", "'Elsewhere.Twice(x)'", statement: "return [|Elsewhere.Twice(x)|];", others: "static class Elsewhere { public static float Twice(float y) => System.MathF.Cbrt(y); }").As("no MathF.Cbrt of ours"),
        Expression("MOE606", "itself", "Act is being computed", statement: "return x < 1f ? x : [|Act(x - 1f)|];"),
        Expression("MOE606", "in a circle", "Act is being computed", statement: "return Other(x);", member: "private static float Other(float y) => [|Act(y)|];"),
        Expression("MOE606", "after a call that holds", "Act is being computed", statement: "return Other(x) + [|Act(x)|];", member: "private static float Other(float y) => y;"),
        Of("MOE607", "offset infinite", Block("[|UpOffset = double.PositiveInfinity|]"), Block("UpOffset = 1"), "UpOffset of [FeedForward]"),
    ];

    private static RuleCase As(this RuleCase one, string says) => one with { Says = says };

    private static RuleCase Of(string id, string name, string blocks, string fixedBlocks, string says) =>
        new(id, name, blocks, Tiny, fixedBlocks, null, says);

    // The block names the method too: a problem is said once, in the method.
    private static RuleCase Body(string id, string name, string method, string says, bool isStatic = true) =>
        Of(id, name, $"{(isStatic ? "static " : "")}class F {{ {method} }}" + Block(FunctionIsAct), Fixed + Block(FunctionIsAct), says);

    private static RuleCase Expression(string id, string name, string says, string statement, string member = "", string others = "") =>
        Of(
            id,
            name,
            $"static class F {{ [ActivationFunction] public static float Act(float x) {{ {statement} }} {member} }} {others}" + Block(FunctionIsAct),
            Fixed + Block(FunctionIsAct),
            says);

    private static string Block(string arguments) => $" [Block] [Attention(Heads = 4)] [FeedForward(IntermediateSize = 96, {arguments})] class B;";
}
