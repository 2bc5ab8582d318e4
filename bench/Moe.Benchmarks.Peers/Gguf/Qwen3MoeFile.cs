using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Moe.Benchmarks.Models;
using Moe.Runtime.Checkpoints;

namespace Moe.Benchmarks.Peers.Gguf;

/// <summary>
/// A model as a GGUF file of the architecture qwen3moe, with the weights that our own model has. Norms and routers stay
/// float32, all other matrices have the file's type, embedding and head included; there are ids but no texts in its vocabulary.
/// </summary>
public static class Qwen3MoeFile
{
    private const string Architecture = "qwen3moe";

    // Elements encoded at a time: enough for all threads, little beside the model.
    private const int PartElements = 1 << 20;
    private const int Parts = 8;

    /// <summary>The path of the file of a benchmark's model; written first if it is not there.</summary>
    /// <param name="folder">Where such files are kept.</param>
    /// <param name="model">The model.</param>
    /// <param name="type">Element type of matrices.</param>
    public static string Find(string folder, ModelCase model, GgmlType type)
    {
        ArgumentNullException.ThrowIfNull(model);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{model.Name}-{type}-seed{ModelCase.Seed}.gguf");
        if (File.Exists(path))
            return path;

        using Qwen3MoeModel weights = Qwen3MoeModel.Of(model);
        Write(path, weights, type);
        return path;
    }

    /// <summary>Writes a file; one with that name appears only when it is complete.</summary>
    /// <exception cref="ArgumentException">A row is no whole number of the type's blocks, or a tensor is none of the architecture.</exception>
    public static void Write(string path, Qwen3MoeModel model, GgmlType type)
    {
        Console.WriteLine($"writing {path}");
        string unfinished = path + ".part";
        using (FileStream file = File.Create(unfinished))
            Write(file, model, type);
        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Writes the file.</summary>
    /// <inheritdoc cref="Write(string, Qwen3MoeModel, GgmlType)" path="/exception"/>
    public static void Write(Stream file, Qwen3MoeModel model, GgmlType type)
    {
        ArgumentNullException.ThrowIfNull(model);
        var writer = new GgufWriter();
        Keys(writer, model);
        foreach (TensorEntry tensor in model.Tensors.Where(tensor => ExpertName.Parse(tensor.Name) is null))
        {
            bool isFloat = tensor.Shape.Length < 2 || tensor.Name.EndsWith(".mlp.gate.weight", StringComparison.Ordinal);
            GgmlType its = isFloat ? GgmlType.F32 : type;
            writer.Add(TensorName(tensor.Name), its, tensor.Shape, stream => Copy(model.Source, tensor, its, stream));
        }

        // The experts of a layer are one tensor for each of their matrices.
        foreach (var stack in model.Tensors.Select(tensor => (tensor, Expert: ExpertName.Parse(tensor.Name))).Where(pair => pair.Expert is not null)
                     .GroupBy(pair => (pair.Expert!.Layer, pair.Expert.Matrix)))
        {
            TensorEntry[] experts = [.. stack.OrderBy(pair => pair.Expert!.Expert).Select(pair => pair.tensor)];
            writer.Add(
                $"blk.{stack.Key.Layer}.ffn_{stack.Key.Matrix}_exps.weight", type, [experts.Length, .. experts[0].Shape],
                stream => Array.ForEach(experts, expert => Copy(model.Source, expert, type, stream)));
        }

        writer.Write(file);
    }

    private static void Keys(GgufWriter writer, Qwen3MoeModel model)
    {
        DecoderSizes sizes = model.Sizes;
        writer.Add("general.architecture", Architecture);
        writer.Add("general.name", model.Name);
        writer.Add("general.alignment", 32);
        writer.Add("general.quantization_version", 2);
        writer.Add(Architecture + ".vocab_size", model.VocabularySize);
        writer.Add(Architecture + ".context_length", model.ContextLength);
        writer.Add(Architecture + ".embedding_length", model.HiddenSize);
        writer.Add(Architecture + ".block_count", model.Layers);
        writer.Add(Architecture + ".feed_forward_length", sizes.IntermediateSize);
        writer.Add(Architecture + ".expert_feed_forward_length", sizes.IntermediateSize);
        writer.Add(Architecture + ".expert_count", sizes.Experts);
        writer.Add(Architecture + ".expert_used_count", sizes.TopK);
        writer.Add(Architecture + ".attention.head_count", sizes.Heads);
        writer.Add(Architecture + ".attention.head_count_kv", sizes.KeyValueHeads);
        writer.Add(Architecture + ".attention.key_length", sizes.HeadSize);
        writer.Add(Architecture + ".attention.value_length", sizes.HeadSize);
        writer.Add(Architecture + ".attention.layer_norm_rms_epsilon", model.NormEpsilon);
        writer.Add(Architecture + ".rope.freq_base", model.RotaryBase);
        writer.Add("tokenizer.ggml.model", "no_vocab");
    }

    /// <summary>Streams a tensor, encoded by all processors.</summary>
    private static void Copy(TensorSource source, TensorEntry tensor, GgmlType type, Stream stream)
    {
        long elements = tensor.ElementCount;
        var encoded = new byte[Parts][];
        for (long start = 0; start < elements; start += (long)Parts * PartElements)
        {
            int parts = (int)Math.Min(Parts, (elements - start + PartElements - 1) / PartElements);
            Parallel.For(0, parts, part =>
            {
                long first = start + ((long)part * PartElements);
                var values = new float[(int)Math.Min(PartElements, elements - first)];
                source.Read(tensor.Name, first, values);
                encoded[part] = new byte[type.Bytes(values.Length)];
                type.Encode(values, encoded[part]);
            });
            for (int part = 0; part < parts; part++)
                stream.Write(encoded[part]);
        }
    }

    /// <summary>model.layers.3.self_attn.q_proj.weight is blk.3.attn_q.weight.</summary>
    private static string TensorName(string name)
    {
        string[] parts = name.Split('.');
        return parts is ["model", "layers", var layer, .. var rest, "weight"]
            ? $"blk.{layer}.{BlockName(string.Join('.', rest))}.weight"
            : name switch
            {
                "model.embed_tokens.weight" => "token_embd.weight",
                "model.norm.weight" => "output_norm.weight",
                Qwen3MoeModel.HeadName => "output.weight",
                _ => throw new ArgumentException($"'{name}' has no name in a file of {Architecture}.", nameof(name)),
            };
    }

    private static string BlockName(string name) => name switch
    {
        "input_layernorm" => "attn_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "self_attn.q_norm" => "attn_q_norm",
        "self_attn.k_norm" => "attn_k_norm",
        "post_attention_layernorm" => "ffn_norm",
        "mlp.gate" => "ffn_gate_inp",
        _ => throw new ArgumentException($"'{name}' has no name in a block of {Architecture}.", nameof(name)),
    };
}
