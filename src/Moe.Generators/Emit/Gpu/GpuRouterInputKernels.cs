using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>Logits that are no plain matrix product: a group a token, experts in turn.</summary>
internal static class GpuRouterInputKernels
{
    private const string Cells = "A group a token, experts in turn.";

    /// <summary>W[tag] · x (+ b[tag]).</summary>
    public static void TaggedLinear(GpuScope scope, TaggedLinear op)
    {
        string columns = scope.Words.Width(op.Input);
        string rows = GpuRouteSteps.Width(scope, op.Output);
        Launch(scope, op, $"{op.Weight.Role}[tag] · {op.Input.Name}{(op.Bias is null ? "" : $" + {op.Bias.Role}[tag]")}", op.Input, [scope.Of(op.Tag)], writer =>
        {
            writer.Line($"long tagRow = ((long){op.Tag.Name}[Grid.IdxX] * {rows}) + expert;");
            writer.Line("float sum = 0f;");
            Sum(writer, columns, $"sum += {GpuScope.NameOf(op.Weight)}[(tagRow * {columns}) + i] * {op.Input.Name}[row + i];");
            return op.Bias is null ? "sum" : $"sum + {GpuScope.NameOf(op.Bias)}[tagRow]";
        });
    }

    /// <summary>−Φ(μ/σ), μ and σ² from the mean and variance of the rows of each expert's up projection.</summary>
    public static void Sparsity(GpuScope scope, SparsityLogits op)
    {
        string columns = scope.Words.Width(op.Input);
        GpuParameter[] moments =
        [
            new("ArrayView<float>", "means", $"weights.{op.Up.Role}Mean.View"),
            new("ArrayView<float>", "variances", $"weights.{op.Up.Role}Variance.View"),
        ];
        Launch(scope, op, $"-Φ(μ / σ), μ and σ² of {op.Up.Role}[expert] · {op.Input.Name} over its rows", op.Input, moments, writer =>
        {
            writer.Line($"long vector = (long)expert * {columns};");
            writer.Line("float mean = 0f;");
            writer.Line("float variance = 0f;");
            using (writer.Open($"for (int i = 0; i < {columns}; i++)"))
            {
                writer.Line($"mean += means[vector + i] * {op.Input.Name}[row + i];");
                writer.Line($"variance += variances[vector + i] * {op.Input.Name}[row + i] * {op.Input.Name}[row + i];");
            }

            writer.Line();
            writer.Line("float certain = mean > 0f ? 1f : mean < 0f ? 0f : 0.5f;");
            return "variance == 0f ? -certain : -GpuMath.Normal(mean * GpuMath.InverseSqrt(variance))";
        });
    }

    /// <summary>How alike the input and one vector an expert are.</summary>
    public static void Similarity(GpuScope scope, Similarity op)
    {
        string columns = scope.Words.Width(op.Input);
        string x = $"{op.Input.Name}[row + i]";
        string v = $"{GpuScope.NameOf(op.Vectors)}[vector + i]";
        string formula = op.Kind switch
        {
            SimilarityKind.Cosine => $"cos({op.Input.Name}, {op.Vectors.Role}[expert]) · min(exp({op.Temperature!.Role}), 100)",
            SimilarityKind.ScaledDot => $"layerNorm({op.Input.Name}) · layerNorm({op.Vectors.Role}[expert]) / √{columns}",
            SimilarityKind.Distance => $"|{op.Input.Name} - {op.Vectors.Role}[expert]|",
            _ => $"-|{op.Input.Name} - {op.Vectors.Role}[expert]|",
        };
        Launch(scope, op, formula, op.Input, [], writer =>
        {
            writer.Line($"long vector = (long)expert * {columns};");
            switch (op.Kind)
            {
                case SimilarityKind.Cosine:
                    writer.Line("float dot = 0f;");
                    writer.Line("float inputSquares = 0f;");
                    writer.Line("float vectorSquares = 0f;");
                    Sum(writer, columns, $"dot += {x} * {v};", $"inputSquares += {x} * {x};", $"vectorSquares += {v} * {v};");
                    writer.Line("float inputSize = GpuMath.Sqrt(inputSquares);");
                    writer.Line("float vectorSize = GpuMath.Sqrt(vectorSquares);");
                    writer.Line("float sizes = (inputSize > 1e-12f ? inputSize : 1e-12f) * (vectorSize > 1e-12f ? vectorSize : 1e-12f);");
                    writer.Line($"float factor = GpuMath.Exp({GpuScope.NameOf(op.Temperature!)}[0]);");
                    return "dot / sizes * (factor > 100f ? 100f : factor)";

                case SimilarityKind.ScaledDot:
                    writer.Line("float inputMean = 0f;");
                    writer.Line("float vectorMean = 0f;");
                    Sum(writer, columns, $"inputMean += {x};", $"vectorMean += {v};");
                    writer.Line($"inputMean /= {columns};");
                    writer.Line($"vectorMean /= {columns};");
                    writer.Line("float dot = 0f;");
                    writer.Line("float inputSquares = 0f;");
                    writer.Line("float vectorSquares = 0f;");
                    Sum(
                        writer,
                        columns,
                        $"dot += ({x} - inputMean) * ({v} - vectorMean);",
                        $"inputSquares += ({x} - inputMean) * ({x} - inputMean);",
                        $"vectorSquares += ({v} - vectorMean) * ({v} - vectorMean);");
                    string root = scope.Words.Float("InverseRootOfWidth", 1 / System.Math.Sqrt(op.Input.Width));
                    return $"dot * GpuMath.InverseSqrt((inputSquares / {columns}) + 1e-5f) * GpuMath.InverseSqrt((vectorSquares / {columns}) + 1e-5f) * {root}";

                default:
                    writer.Line("float squares = 0f;");
                    Sum(writer, columns, $"squares += ({x} - {v}) * ({x} - {v});");
                    return (op.Kind == SimilarityKind.Distance ? "" : "-") + "GpuMath.Sqrt(squares)";
            }
        });
    }

    // A loop over columns that every work item walks by itself.
    private static void Sum(SourceWriter writer, string columns, params string[] statements)
    {
        if (statements.Length == 1)
        {
            writer.Line($"for (int i = 0; i < {columns}; i++)");
            using (writer.Indent())
                writer.Line(statements[0]);
            return;
        }

        using (writer.Open($"for (int i = 0; i < {columns}; i++)"))
        {
            foreach (string statement in statements)
                writer.Line(statement);
        }

        writer.Line();
    }

    // The statements of one expert; what they return is its logit.
    private static void Launch(
        GpuScope scope, Op op, string formula, Value input, IEnumerable<GpuParameter> context, System.Func<SourceWriter, string> logit)
    {
        Value output = op.Outputs[0];
        string rows = GpuRouteSteps.Width(scope, output);
        IEnumerable<GpuParameter> weights = op is SparsityLogits ? [] : op.Weights.Select(scope.Of);
        scope.Launch(
            CSharp.Pascal(output.Name),
            $"{output.Name} = {formula}",
            GpuScope.Shape(output),
            Cells,
            "GpuGroup.Grid(tokens)",
            new[] { scope.Of(input) }.Concat(context).Concat(weights).Append(scope.Of(output)),
            writer =>
            {
                writer.Line($"long row = (long)Grid.IdxX * {scope.Words.Width(input)};");
                using (writer.Open($"for (int expert = Group.IdxX; expert < {rows}; expert += GpuGroup.Size)"))
                {
                    string result = logit(writer);
                    writer.Line($"{output.Name}[((long)Grid.IdxX * {rows}) + expert] = {result};");
                }
            });
    }
}
