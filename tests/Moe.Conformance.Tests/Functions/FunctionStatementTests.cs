using System;
using System.Linq;
using Moe.Conformance.Tests.Harness;

namespace Moe.Conformance.Tests.Functions;

/// <summary>Statements and calls that authors write: the emitted function has the bits of the C# method.</summary>
public class FunctionStatementTests
{
    // Only operations that round once: the framework's transcendental functions are not ours.
    private const string Methods = """
        public static class Functions
        {
            private const float Slope = 0.25f;

            [ActivationFunction]
            public static float EarlyReturns(float x)
            {
                if (x < -1f)
                    return -1f;
                if (x > 1f)
                {
                    float over = x - 1f;
                    return 1f + Slope * over;
                }

                return x;
            }

            [ActivationFunction]
            public static float Assigned(float x)
            {
                float y = x, z;
                z = 2f;
                if (x > 0f)
                {
                    y *= z;
                    z -= 1f;
                }
                else if (x > -2f)
                {
                    y = -y;
                }

                y += z;
                return y / 3f;
            }

            [ActivationFunction]
            public static float Nested(float x)
            {
                if (x > 0f)
                {
                    if (x > 2f)
                        return 2f;
                    x = x + 1f;
                }
                else
                {
                    if (!(x <= -2f) || x != x)
                        return x;
                }

                return x * 0.5f;
            }

            [ActivationFunction]
            public static float Truths(float x)
            {
                bool isSmall = x > -1f && x < 1f;
                bool isOdd = float.IsNaN(x) | float.IsInfinity(x);
                if (x > 3f)
                    isSmall = true;
                return isOdd ? 0f : isSmall ? x : x >= 2f || x == -3f ? 2f : -2f;
            }

            [GateFunction]
            public static float Joined(float gate, float up) => Twice(y: up, x: gate) + Ready.Offset(System.Math.Clamp(up, -1f, 1f));

            [ActivationFunction]
            public static float Powers(float x) => System.MathF.Pow(x, 0f) + 0f * x;

            [ActivationFunction]
            public static float Framework(float x) =>
                System.MathF.Sqrt(System.Math.Abs(x)) + System.MathF.Floor(x) * float.Max(x, -0f) - System.MathF.Min(x, 2) + (+x);

            [ActivationFunction]
            public static float @class(float @return)
            {
                float TLanes = @return * 2f;
                return TLanes;
            }

            private static float Twice(float x, float y, float factor = 2f)
            {
                if (x < y)
                    return factor * x;
                return factor * y;
            }
        }

        public static class Ready
        {
            [ActivationFunction]
            public static float Offset(float x) => x + Functions.Truths(x) + Unused(x);

            private static float Unused(float x)
            {
                float nobody = x * 17f;
                nobody += 1f;
                return x;
            }
        }
        """;

    private static readonly (string Name, int Parameters)[] _functions =
        [("EarlyReturns", 1), ("Assigned", 1), ("Nested", 1), ("Truths", 1), ("Joined", 2), ("Powers", 1), ("Framework", 1), ("class", 1)];

    [Fact]
    public void Statements_OfAuthors_ComputeWhatTheMethodComputes()
    {
        using CompiledAssembly assembly = CompiledAssembly.Compile([Source()]);
        Type model = assembly.Model("Drawn.Model").Type;
        var random = new Random(3);
        foreach ((string name, int parameters) in _functions)
        {
            float[] x = EmittedFunction.Arguments(random, 2048);
            float[] y = EmittedFunction.Arguments(random, 2048);
            Func<float, float, float> method = EmittedFunction.Method(model.Assembly, "Drawn.Functions", name, parameters);
            float[] found = new EmittedFunction(model, Capital(name), parameters).RunAtEveryWidth(x, y);
            for (int i = 0; i < x.Length; i++)
                Assert.True(EmittedFunction.SameBits(method(x[i], y[i]), found[i]), $"{name}({x[i]:R}, {y[i]:R}): expected {method(x[i], y[i]):R}, found {found[i]:R}");
        }
    }

    private static string Source()
    {
        string blocks = string.Concat(_functions.Select((function, index) =>
            $"[Block] [Attention(Heads = 1, HeadSize = 2)] [FeedForward(IntermediateSize = 1, Function = nameof(Functions.@{function.Name}), From = typeof(Functions))] public class B{index};\n"));
        string layers = string.Concat(_functions.Select((_, index) => $"[Layers(1, typeof(B{index}))]\n"));
        return "#pragma warning disable CS1718 // what an author may write\nusing Moe;\nnamespace Drawn;\n" + Methods + blocks
            + "[MoeModel(VocabularySize = 2, HiddenSize = 2, ContextLength = 8)]\n" + layers + "public partial class Model;\n";
    }

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
