using System;
using System.Threading.Tasks;

namespace FairyTales;

internal static class Program
{
    private static async Task Main(string[] args)
    {
        using FairyTales model = FairyTales.Load(System.IO.Path.Combine(AppContext.BaseDirectory, "model"));
        await foreach (string piece in model.GenerateAsync(args.Length > 0 ? args[0] : "Once upon a time", new Moe.Runtime.Generation.GenerationOptions { Temperature = 0, MaxNewTokens = 64 }))
            Console.Write(piece);
        Console.WriteLine();
    }
}
