using System;
using System.CommandLine;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Moe.Runtime.Models;
using Moe.Runtime.Profiling;
using Moe.Runtime.Weights;

namespace FairyTales;

/// <summary>The command line: tells a tale, scores a text, packs the model, verifies a packed file.</summary>
internal static class Program
{
    private static readonly Option<string> Model = new("--model")
    {
        Description = "Folder with config.json, model.safetensors and tokenizer.json, or a packed file",
        DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "model"),
    };

    private static readonly Option<WeightFormat?> Weights = new("--weights")
    {
        Description = "Format of the weights in memory: F32, BF16, Int8, Int4 or MXFP4; exactly what the file has if not given",
    };

    private static readonly Option<int?> Threads = new("--threads") { Description = "Worker threads; one for each processor if not given" };

    private static readonly Option<Device> Runs = new("--device")
    {
        Description = "Where the model runs; an OpenCL or CUDA device compiles its kernels first, which takes a while",
        DefaultValueFactory = _ => Device.Cpu,
    };

    private static Task<int> Main(string[] args)
    {
        // Beside the reading of the command line, which takes a tenth of the time to the first token.
        KernelsAhead.Begin();
        var root = new RootCommand("A small mixture-of-experts storyteller, run from its declaration.") { Tell(), Score(), Pack(), Verify() };
        return root.Parse(args).InvokeAsync();
    }

    private static Command Tell()
    {
        var prompt = new Argument<string>("prompt") { Description = "How the tale begins", DefaultValueFactory = _ => "Once upon a time" };
        var temperature = new Option<float>("--temperature") { Description = "0 takes the best token every time", DefaultValueFactory = _ => 0.8f };
        var topK = new Option<int>("--top-k") { Description = "Draw from so many best tokens; 0 from all", DefaultValueFactory = _ => 40 };
        var seed = new Option<ulong?>("--seed") { Description = "The same seed tells the same tale; random if not given" };
        var tokens = new Option<int>("--tokens") { Description = "Most tokens to tell", DefaultValueFactory = _ => 200 };
        var picture = new Option<FileInfo?>("--profile") { Description = "Show where the time goes: a table behind the tale, and a picture in this SVG file" };
        var command = new Command("tell", "Tells a tale.") { prompt, temperature, topK, seed, tokens, picture, Model, Weights, Threads, Runs };
        command.SetAction((arguments, cancellation) => Guard(async () =>
        {
            ProfileReport? report = arguments.GetValue(picture) is { } file ? new ProfileReport(file, arguments.GetValue(Threads)) : null;
            report?.Check();
            using FairyTales model = Load(arguments, report?.Profile);
            var tale = new Tale(model, arguments.GetValue(Runs), arguments.GetValue(temperature), arguments.GetValue(topK), arguments.GetValue(seed), arguments.GetValue(tokens), report?.Profile);
            await tale.TellAsync(arguments.GetValue(prompt)!, cancellation).ConfigureAwait(false);
            report?.Write();
        }));
        return command;
    }

    private static Command Score()
    {
        var text = new Argument<FileInfo>("text") { Description = "A UTF-8 text file" };
        var window = new Option<int>("--window") { Description = "Tokens seen at a time", DefaultValueFactory = _ => 256 };
        var tokens = new Option<int>("--tokens") { Description = "How many tokens to score, cut to whole windows; 0 for all", DefaultValueFactory = _ => 0 };
        var against = new Option<WeightFormat?>("--against") { Description = "A second format: how far the logits at the end of each window are from those with weights in it" };
        var command = new Command("score", "Tells how well the model predicts a text: the mean loss in nats per token.") { text, window, tokens, against, Model, Weights, Threads, Runs };
        command.SetAction((arguments, cancellation) => Guard(() =>
        {
            using FairyTales model = Load(arguments);
            Scoring.Run(model, arguments.GetValue(text)!.FullName, arguments.GetValue(window), arguments.GetValue(tokens), cancellation);
            if (arguments.GetValue(against) is not { } format)
                return Task.CompletedTask;

            using FairyTales other = FairyTales.Load(
                arguments.GetValue(Model)!, new LoadOptions { Threads = arguments.GetValue(Threads), Device = arguments.GetValue(Runs), Weights = format });
            Scoring.Compare(model, other, format, arguments.GetValue(text)!.FullName, arguments.GetValue(window), arguments.GetValue(tokens), cancellation);
            return Task.CompletedTask;
        }));
        return command;
    }

    private static Command Pack()
    {
        var packed = new Argument<string>("packed") { Description = "The file to write, for example int8.moe; in another folder than the model's, its JSON files are copied there" };
        var folder = new Option<string>("--model")
        {
            Description = "Folder with config.json, model.safetensors and tokenizer.json",
            DefaultValueFactory = Model.DefaultValueFactory,
        };
        var command = new Command("pack", "Converts the weights once and for all into a file that loads without conversion.") { packed, folder, Weights };
        command.SetAction((arguments, cancellation) => Guard(() =>
        {
            string path = arguments.GetValue(packed)!;
            FairyTales.Pack(arguments.GetValue(folder)!, path, new LoadOptions { Weights = arguments.GetValue(Weights) }, cancellation);
            Console.WriteLine($"{path}: {new FileInfo(path).Length:N0} bytes");
            return Task.CompletedTask;
        }));
        return command;
    }

    private static Command Verify()
    {
        var packed = new Argument<string>("packed") { Description = "A packed file" };
        var command = new Command("verify", "Reads a packed file through and compares its checksums.") { packed };
        command.SetAction((arguments, cancellation) => Guard(() =>
        {
            string path = arguments.GetValue(packed)!;
            PackedFile.Verify(path, cancellation: cancellation);
            Console.WriteLine($"{path}: every checksum is right");
            return Task.CompletedTask;
        }));
        return command;
    }

    private static FairyTales Load(ParseResult arguments, StepProfile? profile = null) => FairyTales.Load(
        arguments.GetValue(Model)!,
        new LoadOptions { Threads = arguments.GetValue(Threads), Device = arguments.GetValue(Runs), Weights = arguments.GetValue(Weights), Profile = profile });

    /// <summary>What is wrong with an input is told in one message, without a stack trace.</summary>
    private static async Task<int> Guard(Func<Task> run)
    {
        try
        {
            await run().ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException or NotSupportedException
            or Moe.Runtime.Checkpoints.CheckpointException or Moe.Runtime.Text.TokenizerException or Moe.Runtime.Memory.ContextOverflowException)
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return 1;
        }
    }
}
