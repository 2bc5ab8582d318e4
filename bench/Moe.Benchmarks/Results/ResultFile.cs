using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Moe.Benchmarks.Results;

/// <summary>Results as a file of JSON lines: appended point by point, so that a run that was cut off goes on where it stopped.</summary>
public sealed class ResultFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
    private readonly string _path;
    private readonly Dictionary<string, Result> _latest = [];

    /// <summary>Reads what is there.</summary>
    /// <exception cref="InvalidDataException">A line is no result.</exception>
    public ResultFile(string path)
    {
        _path = Path.GetFullPath(path);
        if (!File.Exists(_path))
            return;
        int number = 0;
        foreach (string line in File.ReadLines(_path))
        {
            number++;
            if (line.Length == 0)
                continue;
            Result result;
            try
            {
                result = JsonSerializer.Deserialize<Result>(line, Options) ?? throw new JsonException("null");
            }
            catch (JsonException exception)
            {
                throw new InvalidDataException($"{_path}, line {number}, is no result: {exception.Message} Remove the line, or give another file with --out.", exception);
            }

            _latest[result.Key] = result;
        }
    }

    /// <summary>The latest result of each point, in the order in which points were first measured.</summary>
    public IReadOnlyCollection<Result> Latest => _latest.Values;

    /// <summary>Whether a point was measured with all of these contenders.</summary>
    public bool Has(string key, IEnumerable<string> contenders) =>
        _latest.TryGetValue(key, out Result? result) && contenders.All(result.Seconds.ContainsKey);

    /// <summary>Adds a result.</summary>
    public void Append(Result result)
    {
        ArgumentNullException.ThrowIfNull(result);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.AppendAllText(_path, JsonSerializer.Serialize(result, Options) + "\n");
        _latest[result.Key] = result;
    }
}
