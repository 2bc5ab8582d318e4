using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Moe.Benchmarks.Tokens;

namespace Moe.Benchmarks.Peers.Node;

/// <summary>A GGUF file in a process of Node.js that takes requests and measures its own times.</summary>
internal sealed class NodeModel : IContender
{
    private readonly Process _process;
    private readonly int _vocabulary;

    /// <summary>Starts the process and loads the file.</summary>
    public NodeModel(string packages, string path, int vocabulary, int threads)
    {
        _vocabulary = vocabulary;
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Node", "server.mjs"));
        start.ArgumentList.Add(packages);
        _process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        Ask(new JsonObject { ["operation"] = "load", ["path"] = path, ["threads"] = threads });
    }

    /// <inheritdoc/>
    public string Name => NodePeer.PeerName;

    /// <inheritdoc/>
    public float[] Logits(int[] tokens) =>
        Ask(new JsonObject { ["operation"] = "logits", ["tokens"] = JsonSerializer.SerializeToNode(tokens) })["logits"].Deserialize<float[]>()!;

    /// <inheritdoc/>
    public void Prepare(TokenPoint point)
    {
        int[][] prompts = [.. Enumerable.Range(0, point.Batch).Select(sequence => TokenIds.Prompt(_vocabulary, sequence, point.Prompt))];
        int[][] steps =
        [
            .. Enumerable.Range(point.Prompt, point.Generated).Select(position =>
                Enumerable.Range(0, point.Batch).Select(sequence => TokenIds.At(_vocabulary, sequence, position)).ToArray()),
        ];
        Ask(new JsonObject { ["operation"] = "prepare", ["prompts"] = JsonSerializer.SerializeToNode(prompts), ["steps"] = JsonSerializer.SerializeToNode(steps) });
    }

    /// <inheritdoc/>
    public double Sample() => Ask(new JsonObject { ["operation"] = "sample" })["seconds"]!.GetValue<double>();

    /// <inheritdoc/>
    public void Dispose()
    {
        // The end of its input is the end of the process.
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
            _process.Kill();
        _process.Dispose();
    }

    private JsonObject Ask(JsonObject request)
    {
        _process.StandardInput.WriteLine(request.ToJsonString());
        _process.StandardInput.Flush();
        string line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("node ended; what it wrote to standard error says why.");
        JsonObject answer = JsonNode.Parse(line)!.AsObject();
        return answer["error"] is { } error ? throw new InvalidOperationException($"node-llama-cpp: {error}") : answer;
    }
}
