using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Moe.Runtime.Checkpoints;
using static Moe.Conformance.Tests.Families.ReferenceMath;

namespace Moe.Conformance.Tests.Families;

/// <summary>
/// A decoder written from the equations of its model class in transformers 4.57, over a checkpoint's tensors under their own
/// names. One sequence, from its beginning, in double precision.
/// </summary>
/// <param name="config">config.json.</param>
/// <param name="tensors">The checkpoint.</param>
internal abstract class ReferenceModel(JsonObject config, TensorSource tensors)
{
    private readonly Dictionary<string, double[]> _known = [];

    protected JsonObject Config => config;

    /// <summary>Tokens of the sequence.</summary>
    protected int Length { get; private set; }

    protected int Layers => Integer("num_hidden_layers");

    protected int Heads => Integer("num_attention_heads");

    protected virtual int KeyValueHeads => Integer("num_key_value_heads");

    protected virtual int HeadSize => config["head_dim"] is { } size ? (int)size : Integer("hidden_size") / Heads;

    protected virtual double Epsilon => (double)config["rms_norm_eps"]!;

    /// <summary>Logits of every token.</summary>
    public double[][] Logits(int[] ids)
    {
        Length = ids.Length;
        double[][] hidden = ids.Select(Embed).ToArray();
        for (int layer = 0; layer < Layers; layer++)
            hidden = Layer(layer, hidden);
        return hidden.Select(Head).ToArray();
    }

    protected abstract double[][] Layer(int layer, double[][] hidden);

    protected virtual double[] Embed(int id)
    {
        double[] table = T("model.embed_tokens.weight");
        int size = Integer("hidden_size");
        return table[(id * size)..((id + 1) * size)];
    }

    protected virtual double[] Head(double[] hidden)
    {
        string weight = config["tie_word_embeddings"] is { } tied && (bool)tied ? "model.embed_tokens.weight" : "lm_head.weight";
        return Linear(Norm(hidden, "model.norm"), T(weight), Optional("lm_head.bias"));
    }

    protected virtual double[] Norm(double[] x, string module) => RmsNorm(x, T(module + ".weight"), Epsilon);

    /// <summary>x += attention(norm(x)); x += feedForward(norm(x)).</summary>
    protected double[][] PreNorm(int layer, double[][] hidden, Func<double[][], double[][]> attention, Func<double[], double[]> feedForward, double factor = 1)
    {
        string prefix = $"model.layers.{layer}.";
        double[][] answer = attention(hidden.Select(x => Norm(x, prefix + "input_layernorm")).ToArray());
        double[][] attended = hidden.Zip(answer, (x, a) => Add(x, Scale(a, factor))).ToArray();
        return attended.Select(x => Add(x, Scale(feedForward(Norm(x, prefix + "post_attention_layernorm")), factor))).ToArray();
    }

    /// <summary>Softmax attention over heads; query head h sees key/value head h / (heads / key-value heads).</summary>
    /// <param name="queries">[token][head][element].</param>
    /// <param name="keys">[token][key-value head][element].</param>
    /// <param name="values">[token][key-value head][element].</param>
    /// <param name="scale">Factor of the products.</param>
    /// <param name="sees">Whether token i sees token j.</param>
    /// <param name="sinks">A logit for each head that joins the softmax, or null.</param>
    protected static double[][] Attend(double[][][] queries, double[][][] keys, double[][][] values, double scale, Func<int, int, bool> sees, double[]? sinks = null)
    {
        int group = queries[0].Length / keys[0].Length;
        return queries.Select((heads, i) => heads.SelectMany((query, h) =>
        {
            int[] seen = Enumerable.Range(0, i + 1).Where(j => sees(i, j)).ToArray();
            List<double> scores = seen.Select(j => scale * query.Zip(keys[j][h / group], (a, b) => a * b).Sum()).ToList();
            if (sinks is not null)
                scores.Add(sinks[h]);
            double[] weights = Softmax(scores);
            var sum = new double[values[0][0].Length];
            for (int s = 0; s < seen.Length; s++)
                sum = Add(sum, Scale(values[seen[s]][h / group], weights[s]));
            return sum;
        }).ToArray()).ToArray();
    }

    /// <summary>Consecutive pieces of a row.</summary>
    protected static double[][] Cut(double[] row, int size) => row.Chunk(size).ToArray();

    /// <summary>"rope_scaling", or the object of transformers 5.</summary>
    protected JsonObject? Rotation => (config["rope_scaling"] ?? config["rope_parameters"]) as JsonObject;

    /// <summary>"rope_theta", wherever it lies.</summary>
    protected double RotaryBase => (double)(config["rope_theta"] ?? config["rope_parameters"]!["rope_theta"])!;

    /// <summary>The activation between gate and up.</summary>
    protected double Activate(double x) => ((string?)config["hidden_act"] ?? "silu") switch
    {
        "silu" => Silu(x),
        "relu2" => Math.Max(x, 0) * Math.Max(x, 0),
        "gelu_new" => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        string other => throw new NotSupportedException(other),
    };

    protected int Integer(string key) => (int)config[key]!;

    protected double Real(string key) => (double)config[key]!;

    protected bool Flag(string key) => (bool)config[key]!;

    /// <summary>A tensor's elements.</summary>
    protected double[] T(string name)
    {
        if (_known.TryGetValue(name, out double[]? elements))
            return elements;
        if (tensors.TryFind(name + "_blocks", out TensorEntry? blocks))
            return _known[name] = Unpacked(name, blocks);
        var floats = new float[tensors.Find(name).ElementCount];
        tensors.Read(name, 0, floats);
        return _known[name] = Array.ConvertAll(floats, element => (double)element);
    }

    // MXFP4, as transformers unpacks it: blocks of 32 elements of a row, then [experts, rows, columns] turned to [experts, columns, rows].
    private double[] Unpacked(string name, TensorEntry blocks)
    {
        double[] halves = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6];
        var bytes = new long[blocks.ElementCount];
        tensors.ReadIntegers(name + "_blocks", 0, bytes);
        var scales = new long[blocks.ElementCount / 16];
        tensors.ReadIntegers(name + "_scales", 0, scales);
        int rows = (int)blocks.Shape[1], columns = (int)blocks.Shape[2] * 32;
        var turned = new double[bytes.Length * 2];
        for (int i = 0; i < bytes.Length; i++)
        {
            double scale = Math.Pow(2, scales[i / 16] - 127);
            foreach ((int element, long bits) in new[] { (2 * i, bytes[i] & 15), ((2 * i) + 1, bytes[i] >> 4) })
            {
                int expert = element / (rows * columns), row = element / columns % rows, column = element % columns;
                turned[(((expert * columns) + column) * rows) + row] = halves[bits] * scale;
            }
        }

        return turned;
    }

    /// <summary>The elements of one of equally large parts of a tensor.</summary>
    protected double[] Part(string name, int part, int parts)
    {
        double[] all = T(name);
        int size = all.Length / parts;
        return all[(part * size)..((part + 1) * size)];
    }

    protected double[]? Optional(string name) => tensors.TryFind(name, out _) ? T(name) : null;
}
