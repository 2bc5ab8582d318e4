using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Moe.Benchmarks.Layers;
using Moe.Benchmarks.Peers.LlamaCpp;
using Moe.Benchmarks.Peers.Torch;
using Moe.Benchmarks.Tokens;

namespace Moe.Benchmarks.Peers;

internal static class Program
{
    private static readonly Option<string[]> Names = new("--peers")
    {
        Description = "Who else runs: llama.cpp, pytorch",
        DefaultValueFactory = _ => [LlamaPeer.PeerName, TorchPeer.PeerName],
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> Files = new("--gguf")
    {
        Description = "Folder for the GGUF files that llama.cpp reads; S takes up to 1.2 GB, M up to 10.8 GB a file",
        DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "moe-benchmarks"),
    };

    private static int Main(string[] arguments)
    {
        Names.AcceptOnlyFromAmong(LlamaPeer.PeerName, TorchPeer.PeerName);
        var root = new RootCommand("The benchmarks with other engines in the same run.")
        {
            TokenCommand.Create(Peers, Names, Files), LayerCommand.Create(_ => Torch<ILayerPeer>(() => new TorchLayerPeer())), Moe.Benchmarks.Program.ReportTables(),
        };
        return root.Parse(arguments).Invoke();
    }

    private static List<IPeer> Peers(ParseResult arguments)
    {
        string[] names = arguments.GetValue(Names)!;
        List<IPeer> peers = [];
        if (names.Contains(LlamaPeer.PeerName))
            peers.Add(new LlamaPeer(arguments.GetValue(Files)!));
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
