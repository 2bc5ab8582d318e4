using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text.Json;
using System.Text.Unicode;

namespace Moe.Runtime.Checkpoints;

/// <summary>
/// The JSON header of a safetensors file, and the rules of the format: every tensor's bytes are its shape times its
/// element size, and the tensors cover the bytes after the header exactly once, without gap or overlap.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const string MetadataName = "__metadata__";
    private const string OfTensor = "tensors with a wrong header entry";
    private const string OfOffsets = "tensors with wrong offsets";

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataLength;
    private readonly ProblemList _problems;
    private readonly List<TensorEntry> _tensors = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _metadata = [];
    private readonly List<(string Name, long Begin, long End)> _beyond = [];

    private SafetensorsHeader(string file, long dataStart, long fileLength)
    {
        _file = file;
        _dataStart = dataStart;
        _dataLength = fileLength - dataStart;
        _problems = new ProblemList(file);
    }

    /// <summary>The tensors, in the order in which they lie in the file.</summary>
    internal ImmutableArray<TensorEntry> Tensors { get; private set; }

    /// <summary>What the writer noted under <c>__metadata__</c>.</summary>
    internal IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Parses and checks a header.</summary>
    /// <param name="file">The path, for entries and messages.</param>
    /// <param name="json">The header's bytes; trailing spaces are padding.</param>
    /// <param name="dataStart">Bytes from the beginning of the file to the first tensor's bytes.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <exception cref="CheckpointException">The header is malformed or contradicts itself or the file.</exception>
    internal static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> json, long dataStart, long fileLength)
    {
        if (!Utf8.IsValid(json))
            throw new CheckpointException(file, "the header is not valid UTF-8; the file is damaged or is not a safetensors file.");

        var header = new SafetensorsHeader(file, dataStart, fileLength);
        try
        {
            header.ReadTensors(json);
        }
        catch (JsonException malformed)
        {
            throw new CheckpointException(file, $"the header is not valid JSON: {malformed.Message}", malformed);
        }

        header.CheckEnd();
        header._problems.ThrowIfAny();
        header.CheckCover();
        header._problems.ThrowIfAny();
        header.Tensors = [.. header._tensors];
        return header;
    }

    private void ReadTensors(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new CheckpointException(_file, "the header is not a JSON object; a safetensors header begins with '{'.");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(ref reader);
            reader.Read();
            if (!_names.Add(name))
            {
                _problems.Add(OfTensor, $"the name '{name}' occurs twice in the header.");
                reader.Skip();
            }
            else if (name == MetadataName)
            {
                ReadMetadata(ref reader);
            }
            else
            {
                ReadTensor(ref reader, name);
            }
        }

        reader.Read(); // Anything but white space after the object is malformed, and throws.
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            _problems.Add(OfTensor, $"{MetadataName} is not an object of texts.");
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Text(ref reader);
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
                _metadata[key] = Text(ref reader);
            else
                _problems.Add(OfTensor, $"{MetadataName}: '{key}' is not a text.");
            reader.Skip();
        }
    }

    private void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            _problems.Add(OfTensor, $"'{name}' is not an object with dtype, shape and data_offsets.");
            reader.Skip();
            return;
        }

        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        bool isWhole = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string field = Text(ref reader);
            reader.Read();
            bool isTwice = field switch { "dtype" => type is not null, "shape" => shape is not null, "data_offsets" => offsets is not null, _ => false };
            if (isTwice)
            {
                _problems.Add(OfTensor, $"'{name}' says '{field}' twice.");
                isWhole = false;
            }
            else if (field == "dtype" && reader.TokenType == JsonTokenType.String)
                type = Text(ref reader);
            else if (field == "shape")
                shape = Integers(ref reader);
            else if (field == "data_offsets")
                offsets = Integers(ref reader);
            reader.Skip();
        }

        if (isWhole && Entry(name, type, shape, offsets) is { } entry)
            _tensors.Add(entry);
    }

    /// <summary>The entry, or null after noting everything that is wrong with it.</summary>
    private TensorEntry? Entry(string name, string? typeName, List<long>? dimensions, List<long>? offsets)
    {
        if (typeName is null || dimensions is null || offsets is not { Count: 2 })
        {
            string field = typeName is null ? "dtype" : dimensions is null ? "shape" : "data_offsets";
            string needed = field switch
            {
                "dtype" => "a text",
                "shape" => "an array of non-negative 64-bit integers",
                _ => "an array of two non-negative 64-bit integers",
            };
            _problems.Add(OfTensor, $"'{name}': '{field}' is missing or is not {needed}.");
            return null;
        }

        if (!ElementTypes.TryParse(typeName, out ElementType type))
        {
            _problems.Add(OfTensor, $"'{name}': the element type '{typeName}' is not one that can be read.");
            return null;
        }

        ImmutableArray<long> shape = [.. dimensions];
        if (!TensorShape.TryCount(shape, out long count) || count > long.MaxValue / type.SizeInBytes())
        {
            _problems.Add(OfTensor, $"'{name}': the size of shape {TensorShape.Text(shape)} overflows 64 bits.");
            return null;
        }

        long begin = offsets[0];
        long end = offsets[1];
        if (begin > end)
        {
            _problems.Add(OfOffsets, $"'{name}': data_offsets [{begin}, {end}] end before they begin.");
            return null;
        }

        if (end > _dataLength)
        {
            _beyond.Add((name, begin, end));
            return null;
        }

        long bytes = count * type.SizeInBytes();
        if (end - begin != bytes)
        {
            _problems.Add(OfOffsets, $"'{name}': data_offsets [{begin}, {end}] hold {end - begin} bytes, but {typeName} {TensorShape.Text(shape)} needs {bytes}.");
            return null;
        }

        return new TensorEntry(name, type, shape, _file, _dataStart + begin);
    }

    /// <summary>Notes tensors behind the end of the file: one fault, however many they are.</summary>
    private void CheckEnd()
    {
        if (_beyond.Count == 0)
            return;

        (string name, long begin, long end) = _beyond[0];
        string found = $"reach beyond the {_dataLength} bytes that follow the header; the file is truncated or damaged, fetch it again.";
        _problems.Add(OfOffsets, _beyond.Count == 1
            ? $"'{name}': data_offsets [{begin}, {end}] {found}"
            : $"{_beyond.Count} tensors, '{name}' the first of them in the header, need {_beyond.Max(tensor => tensor.End)} bytes and {found}");
    }

    /// <summary>Sorts the tensors by place and notes every overlap and gap.</summary>
    private void CheckCover()
    {
        _tensors.Sort((left, right) => (left.Offset, left.ByteCount).CompareTo((right.Offset, right.ByteCount)));
        long expected = _dataStart;
        string last = "";
        foreach (TensorEntry tensor in _tensors)
        {
            if (tensor.Offset < expected)
                _problems.Add(OfOffsets, $"'{tensor.Name}' overlaps '{last}' by {Math.Min(expected - tensor.Offset, tensor.ByteCount)} bytes.");
            else if (tensor.Offset > expected)
                _problems.Add(OfOffsets, $"{tensor.Offset - expected} bytes before '{tensor.Name}' belong to no tensor.");

            long end = tensor.Offset + tensor.ByteCount;
            if (end >= expected)
                (expected, last) = (end, tensor.Name);
        }

        long rest = _dataStart + _dataLength - expected;
        if (rest > 0)
            _problems.Add(OfOffsets, $"{rest} bytes at the end of the file belong to no tensor.");
    }

    /// <summary>An array of non-negative integers; null, with the value skipped over, if it is something else.</summary>
    private static List<long>? Integers(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return null;

        int depth = reader.CurrentDepth;
        List<long>? numbers = [];
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth))
        {
            if (numbers is not null && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) && number >= 0)
                numbers.Add(number);
            else
                numbers = null;
        }

        return numbers;
    }

    private string Text(ref Utf8JsonReader reader) => CheckpointFile.Text(_file, ref reader);
}
