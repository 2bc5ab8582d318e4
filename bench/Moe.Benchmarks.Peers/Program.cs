using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Moe.Benchmarks.Commands;
using Moe.Benchmarks.Layers;
using Moe.Benchmarks.Models;
using Moe.Benchmarks.Peers.LlamaCpp;
using Moe.Benchmarks.Peers.Node;
using Moe.Benchmarks.Peers.Perplexity;
using Moe.Benchmarks.Peers.Torch;
using Moe.Benchmarks.Tokens;
using Moe.Runtime.Memory;
using Moe.Runtime.Weights;

namespace Moe.Benchmarks.Peers;

internal static class Program
{
    private static readonly Option<string[]> Names = new("--peers")
    {
        Description = "Who else runs",
        DefaultValueFactory = _ => [LlamaPeer.PeerName, TorchPeer.PeerName],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Files = new("--gguf")
    {
        Description = "Folder for the GGUF files that llama.cpp reads; S takes up to 2 GB, M up to 10.8 GB a file",
        DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "moe-benchmarks"),
    };

    private static readonly Option<string> Packages = new("--node")
    {
        Description = "Folder in which 'npm install node-llama-cpp' ran, for " + NodePeer.PeerName,
        DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "moe-benchmarks"),
    };

    private static int Main(string[] arguments)
    {
        Names.AcceptOnlyFromAmong(LlamaPeer.PeerName, NodePeer.PeerName, TorchPeer.PeerName);
        var root = new RootCommand("The benchmarks with other engines in the same run.")
        {
            TokenCommand.Create(Peers, Names, Files, Packages), Check(), PerplexityCommand.Create(Files), LayerCommand.Create(_ => Torch<ILayerPeer>(() => new TorchLayerPeer())), Moe.Benchmarks.Program.ReportTables(),
        };
        return CommandLine.Run(root, arguments);
    }

    private static Command Check()
    {
        var models = new Option<string[]>("--models") { Description = "S, M", DefaultValueFactory = _ => ["S"], AllowMultipleArgumentsPerToken = true };
        var formats = new Option<WeightFormat[]>("--formats")
        {
            Description = "Weights in memory; after F32 the others are held against its logits too",
            DefaultValueFactory = _ => [WeightFormat.F32, WeightFormat.BF16, WeightFormat.Int8, WeightFormat.Int4],
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("check", "Whether every peer computes the same model: its logits against ours, in each format.") { models, formats, Names, Files, Packages };
        command.SetAction(arguments =>
        {
            foreach (ModelCase model in arguments.GetValue(models)!.Select(ModelCase.Of))
                Check(model, arguments.GetValue(formats)!, Peers(arguments));
        });
        return command;
    }

    private static void Check(ModelCase model, IEnumerable<WeightFormat> formats, List<IPeer> peers)
    {
        float[]? exact = null;
        foreach (WeightFormat format in formats)
        {
            CacheFormat cache = format == WeightFormat.F32 ? CacheFormat.F32 : CacheFormat.BF16;
            using OwnModel own = model.Create(format, cache, Environment.ProcessorCount);
            Against(exact, own);
            if (format == WeightFormat.F32)
                exact = LogitCheck.Logits(model, own);
            foreach (IPeer peer in peers.Where(peer => peer.Supports(format)))
            {
                using IContender contender = peer.Create(model, format, Environment.ProcessorCount);
                LogitCheck.Run(model, format, own, contender);
                Against(format == WeightFormat.F32 ? null : exact, contender);
            }
        }

        void Against(float[]? reference, IContender contender)
        {
            if (reference is not null)
                Console.WriteLine($"  {contender.Name} and our F32 {LogitCheck.Describe(reference, LogitCheck.Logits(model, contender))}");
        }
    }

    private static List<IPeer> Peers(ParseResult arguments)
    {
        string[] names = arguments.GetValue(Names)!;
        List<IPeer> peers = [];
        if (names.Contains(LlamaPeer.PeerName))
            peers.Add(new LlamaPeer(arguments.GetValue(Files)!));
        if (names.Contains(NodePeer.PeerName))
            peers.Add(new NodePeer(arguments.GetValue(Files)!, arguments.GetValue(Packages)!));
        if (names.Contains(TorchPeer.PeerName))
            peers.AddRange(Torch<IPeer>(() => new TorchPeer()));
        return peers;
    }

    /// <summary>PyTorch, where its library can be loaded; if not, the reason is told and the others are measured without it.</summary>
    private static List<TPeer> Torch<TPeer>(Func<TPeer> create)
    {
        if (TorchLibrary.TryLoad(out string? reason))
            return [create()];
        Console.Error.WriteLine($"{TorchPeer.PeerName} is left out: {reason}");
        return [];
    }
}
