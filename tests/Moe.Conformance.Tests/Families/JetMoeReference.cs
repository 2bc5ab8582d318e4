using System;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Runtime.Checkpoints;
using static Moe.Conformance.Tests.Families.ReferenceMath;

namespace Moe.Conformance.Tests.Families;

/// <summary>JetMoE: each slot's expert is attended by itself over the shared keys and values, so that no order of heads is assumed.</summary>
internal sealed class JetMoeReference(JsonObject config, TensorSource tensors) : ReferenceModel(config, tensors)
{
    protected override int HeadSize => Integer("kv_channels");

    // The layers' norms are constructed without the configuration's epsilon.
    protected override double[] Norm(double[] x, string module) =>
        RmsNorm(x, T(module + ".weight"), module == "model.norm" ? Epsilon : 1e-6);

    protected override double[][] Layer(int layer, double[][] hidden) => PreNorm(layer, hidden, rows => Attention(layer, rows), x => FeedForward(layer, x));

    private double[][] Attention(int layer, double[][] rows)
    {
        string module = $"model.layers.{layer}.self_attention.";
        double[] frequencies = Frequencies(Real("rope_theta"), HeadSize);
        (int[] Chosen, double[] Weights)[] choices = rows.Select(x => Route(module + "experts", x)).ToArray();
        double[][] both = rows.Select(x => Linear(x, T(module + "kv_proj.weight"))).ToArray();
        double[][][] keys = both.Select((row, position) =>
            Cut(row[..(row.Length / 2)], HeadSize).Select(head => RotateHalves(head, frequencies, position, 1)).ToArray()).ToArray();
        double[][][] values = both.Select(row => Cut(row[(row.Length / 2)..], HeadSize)).ToArray();
        double[][] answers = rows.Select(_ => T(module + "experts.bias")).ToArray();
        for (int slot = 0; slot < Integer("num_experts_per_tok"); slot++)
        {
            double[][][] queries = rows.Select((x, position) => Cut(Linear(x, OfExpert(module + "experts.input_linear.weight", choices[position].Chosen[slot])), HeadSize)
                .Select(head => RotateHalves(head, frequencies, position, 1)).ToArray()).ToArray();
            double[][] heads = Attend(queries, keys, values, 1 / Math.Sqrt(HeadSize), (_, _) => true);
            for (int i = 0; i < rows.Length; i++)
            {
                double[] answer = Linear(heads[i], OfExpert(module + "experts.output_linear.weight", choices[i].Chosen[slot]));
                answers[i] = Add(answers[i], Scale(answer, choices[i].Weights[slot]));
            }
        }

        return answers;
    }

    private double[] FeedForward(int layer, double[] x)
    {
        string module = $"model.layers.{layer}.mlp";
        (int[] chosen, double[] weights) = Route(module, x);
        return chosen.Select((e, slot) =>
        {
            double[] both = Linear(x, OfExpert(module + ".input_linear.weight", e));
            double[] inner = both[..(both.Length / 2)].Zip(both[(both.Length / 2)..], (gate, up) => Silu(gate) * up).ToArray();
            return Scale(Linear(inner, OfExpert(module + ".output_linear.weight", e)), weights[slot]);
        }).Aggregate(T(module + ".bias"), Add);
    }

    private (int[] Chosen, double[] Weights) Route(string module, double[] x)
    {
        double[] logits = Linear(x, T(module + ".router.layer.weight"));
        int[] chosen = TopK(logits, Integer("num_experts_per_tok"));
        return (chosen, Softmax(chosen.Select(e => logits[e]).ToArray()));
    }

    private double[] OfExpert(string name, int expert) => Part(name, expert, Integer("num_local_experts"));
}
