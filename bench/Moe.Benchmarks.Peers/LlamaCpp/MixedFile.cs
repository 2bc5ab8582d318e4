using System;
using LLama.Native;

namespace Moe.Benchmarks.Peers.LlamaCpp;

/// <summary>
/// A file of Q4_0 as llama.cpp's own quantiser makes it when nothing else is said: the head has more bits, and where there are eight
/// experts keys and values too. (Its Q8_0 has one type for all matrices, as the file written here.)
/// </summary>
internal static class MixedFile
{
    /// <summary>Quantises a file of float32 weights.</summary>
    /// <exception cref="InvalidOperationException">llama.cpp failed.</exception>
    public static void Write(string path, string exact)
    {
        Console.WriteLine($"writing {path}");
        LLamaModelQuantizeParams settings = LLamaModelQuantizeParams.Default();
        settings.ftype = LLamaFtype.MOSTLY_Q4_0;
        settings.nthread = Environment.ProcessorCount;
        uint answer = NativeApi.llama_model_quantize(exact, path, ref settings);
        if (answer != 0)
            throw new InvalidOperationException($"llama.cpp answered {answer} when it quantised {exact}.");
    }
}
