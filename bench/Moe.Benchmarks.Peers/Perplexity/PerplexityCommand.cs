using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Moe.Benchmarks.Commands;
using Moe.Benchmarks.Peers.Gguf;
using Moe.Benchmarks.Peers.LlamaCpp;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;
using Storyteller = FairyTales.FairyTales;

namespace Moe.Benchmarks.Peers.Perplexity;

/// <summary>The command that shows what each engine's formats of weights cost: the mean loss on a text, of the same tokens in the same windows.</summary>
internal static class PerplexityCommand
{
    /// <summary>Creates the command.</summary>
    /// <param name="files">The option with the folder for GGUF files.</param>
    public static Command Create(Option<string> files)
    {
        var text = new Argument<FileInfo>("text") { Description = "A UTF-8 text file" }.AcceptExistingOnly();
        var folder = new Option<string>("--model") { Description = "Folder of a Qwen3-MoE-family checkpoint: config.json, safetensors, tokenizer.json", Required = true };
        var window = CommandLine.Count("--window", "Tokens seen at a time", 256);
        var tokens = new Option<int?>("--tokens") { Description = "How many tokens to score, cut to whole windows; all if not given" };
        var formats = new Option<GgmlType[]>("--formats")
        {
            Description = "Types of llama.cpp's weights",
            DefaultValueFactory = _ => [GgmlType.F32, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q4_0],
            AllowMultipleArgumentsPerToken = true,
        };
        var mixed = new Option<bool>("--mixed") { Description = "Also Q4_0 as llama.cpp's own quantiser makes it, with more bits for some matrices" };
        var fused = new Option<bool>("--fused") { Description = "llama.cpp with its default attention and cache, which are float16; both are float32 otherwise, as ours" };
        var own = new Option<WeightFormat[]>("--own")
        {
            Description = "Formats of our weights; only for the fairy tales' model, whose class is compiled in",
            DefaultValueFactory = _ => [WeightFormat.F32],
            AllowMultipleArgumentsPerToken = true,
        };
        var threads = CommandLine.Count("--threads", "Worker threads of every engine", Environment.ProcessorCount);
        var command = new Command("perplexity", "What formats of weights cost on a text, llama.cpp's beside ours.") { text, folder, window, tokens, formats, mixed, fused, own, threads, files };
        command.SetAction(arguments =>
        {
            string model = arguments.GetValue(folder)!;
            using Qwen3MoeModel checkpoint = Qwen3MoeCheckpoint.Open(model);
            var windows = new TextWindows(model, arguments.GetValue(text)!.FullName, arguments.GetValue(window), arguments.GetValue(tokens) ?? int.MaxValue);
            // Below it, because our engine takes the last token of a window in as well.
            if (windows.Length >= checkpoint.ContextLength)
                throw new ArgumentException($"--window is {windows.Length}; it must be below the context length of {checkpoint.ContextLength}.");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{windows.Count * windows.Length:N0} predictions in {windows.Count:N0} windows of {windows.Length}"));
            Own(model, arguments.GetValue(own)!, windows, arguments.GetValue(threads));
            Directory.CreateDirectory(arguments.GetValue(files)!);
            Llama(
                checkpoint, arguments.GetValue(files)!, arguments.GetValue(formats)!, arguments.GetValue(mixed), windows,
                path => new LlamaModel(path, checkpoint.VocabularySize, arguments.GetValue(threads), exact: !arguments.GetValue(fused)));
        });
        return command;
    }

    private static void Own(string folder, WeightFormat[] formats, TextWindows windows, int threads)
    {
        foreach (WeightFormat format in formats)
        {
            using Storyteller? model = Load(folder, new LoadOptions { Weights = format, Threads = threads });
            if (model is null)
                return;
            using Session<Storyteller> session = model.NewSession();
            Print($"{OwnModel.OwnName} {format}", windows.Mean(tokens =>
            {
                session.Truncate(0);
                return -session.Score(tokens).Skip(1).Sum();
            }));
        }
    }

    /// <summary>Null for another model than the one that is declared; the reason is told, and llama.cpp is measured without ours.</summary>
    private static Storyteller? Load(string folder, LoadOptions options)
    {
        try
        {
            return Storyteller.Load(folder, options);
        }
        catch (CheckpointException exception)
        {
            Console.Error.WriteLine($"{OwnModel.OwnName} is left out, it has only the class of the fairy tales' model here: {exception.Message}");
            return null;
        }
    }

    private static void Llama(Qwen3MoeModel model, string folder, GgmlType[] types, bool mixed, TextWindows windows, Func<string, LlamaModel> load)
    {
        foreach (GgmlType type in types)
            Run($"{type}", Write(type));
        if (mixed)
        {
            string path = PathOf("Q4_0-mixed");
            MixedFile.Write(path, types.Contains(GgmlType.F32) ? PathOf("F32") : Write(GgmlType.F32));
            Run("Q4_0, mixed", path);
        }

        string PathOf(string name) => Path.Combine(folder, $"{model.Name}-{name}.gguf");

        string Write(GgmlType type)
        {
            // Anew each time: the checkpoint may have changed.
            string path = PathOf($"{type}");
            Qwen3MoeFile.Write(path, model, type);
            return path;
        }

        void Run(string name, string path)
        {
            using LlamaModel llama = load(path);
            llama.Prepare(windows.Length);
            double bits = 8.0 * new FileInfo(path).Length / model.Tensors.Sum(tensor => tensor.ElementCount);
            Print($"{LlamaPeer.PeerName} {name}", windows.Mean(llama.Loss), string.Create(CultureInfo.InvariantCulture, $", {bits:0.00} bits a weight in the file"));
        }
    }

    private static void Print(string name, double nats, string rest = "") =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {nats:F4} nats per token (perplexity {Math.Exp(nats):F2}){rest}"));
}
