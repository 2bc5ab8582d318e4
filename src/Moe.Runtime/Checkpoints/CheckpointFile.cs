using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;
using Moe.Runtime.Json;

namespace Moe.Runtime.Checkpoints;

/// <summary>Opens the files of a checkpoint; what the file system refuses becomes a <see cref="CheckpointException"/>.</summary>
internal static class CheckpointFile
{
    /// <summary>The limit of the format for a header, and ours for any JSON file of a checkpoint.</summary>
    internal const int JsonLimit = 100_000_000;

    internal static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            throw Unreadable(path, refusal);
        }
    }

    /// <summary>Reads exactly the bytes asked for.</summary>
    internal static byte[] Read(SafeFileHandle handle, string path, long offset, int length)
    {
        var bytes = new byte[length];
        try
        {
            for (int done = 0; done < length;)
            {
                int read = RandomAccess.Read(handle, bytes.AsSpan(done), offset + done);
                if (read == 0)
                    throw new CheckpointException(path, $"the file ended at byte {offset + done} while {length - done} more were to be read; it is being written or truncated.");
                done += read;
            }
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            throw Unreadable(path, refusal);
        }

        return bytes;
    }

    internal static long Length(SafeFileHandle handle, string path)
    {
        try
        {
            return RandomAccess.GetLength(handle);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            throw Unreadable(path, refusal);
        }
    }

    /// <summary>Maps a file for reading. The view keeps the mapping alive by itself: neither file handle nor mapping object are held.</summary>
    internal static MemoryMappedViewAccessor Map(SafeFileHandle handle, string path)
    {
        try
        {
            using MemoryMappedFile mapping = MemoryMappedFile.CreateFromFile(
                handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            return mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch (Exception refusal) when (IsRefusal(refusal))
        {
            throw Unreadable(path, refusal);
        }
    }

    /// <summary>Reads a JSON file whose root must be an object; the caller disposes the document.</summary>
    internal static JsonDocument ReadJson(string path)
    {
        byte[] bytes;
        using (SafeFileHandle handle = Open(path))
        {
            long length = Length(handle, path);
            if (length > JsonLimit)
                throw new CheckpointException(path, $"the file has {length} bytes; a JSON file of a checkpoint has at most {JsonLimit}.");
            bytes = Read(handle, path, 0, (int)length);
        }

        ReadOnlyMemory<byte> json = bytes;
        if (json.Span.StartsWith("\uFEFF"u8))
            json = json[3..];

        JsonDocument document;
        try
        {
            CheckTexts(path, json.Span);
            document = UniqueNames.Parse(json);
        }
        catch (JsonException malformed)
        {
            throw new CheckpointException(path, $"the file is not valid JSON: {malformed.Message}", malformed);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;

        document.Dispose();
        throw new CheckpointException(path, "the file is not a JSON object.");
    }

    /// <summary>The string or name that the reader stands on.</summary>
    internal static string Text(string path, ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException unpaired)
        {
            // An escape such as \ud800 alone: valid JSON grammar, but no text.
            throw new CheckpointException(path, "a text holds an unpaired surrogate.", unpaired);
        }
    }

    /// <summary>A JSON document throws only when a text that is none is looked at: look at all of them here.</summary>
    private static void CheckTexts(string path, ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            throw new CheckpointException(path, "the file is not valid UTF-8.");
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                Text(path, ref reader);
        }
    }

    internal static CheckpointException Unreadable(string path, Exception refusal) => refusal switch
    {
        FileNotFoundException or DirectoryNotFoundException => new CheckpointException(path, "the file does not exist.", refusal),
        UnauthorizedAccessException => new CheckpointException(path, $"the file cannot be read: {refusal.Message}", refusal),
        _ => new CheckpointException(path, $"reading failed: {refusal.Message}", refusal),
    };

    internal static bool IsRefusal(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or NotSupportedException;
}
