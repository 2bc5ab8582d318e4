using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Moe.Runtime.Models;
using Spectre.Console;

namespace LayersAlone;

internal static class Program
{
    private const int PatchSide = 8;

    private static void Main()
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("layer", "parameters", "active", "rows", "rows of each expert", "alone = in the batch", "saved = loaded");
        using (PatchExperts layer = PatchExperts.CreateRandom(seed: 1))
            Run(table, layer, Patches(side: 128), path => PatchExperts.Load(path, prefix: "blocks.5.mlp."));
        using (SeriesExperts layer = SeriesExperts.CreateRandom(seed: 1))
            Run(table, layer, Windows(points: 192), path => SeriesExperts.Load(path, prefix: "blocks.5.mlp."));
        AnsiConsole.Write(table);
    }

    /// <summary>All rows at once, the middle row alone, and all rows again with weights that went through a file.</summary>
    private static void Run(Table table, IMoeLayer layer, float[] rows, Func<string, IMoeLayer> load)
    {
        LayerShape shape = layer.Shape;
        var counts = new int[shape.Experts];
        var observer = new ExpertLoad(counts);
        var answers = new float[rows.Length];
        layer.Forward(rows, answers, default, ref observer);

        int middle = rows.Length / shape.HiddenSize / 2 * shape.HiddenSize;
        var alone = new float[shape.HiddenSize];
        layer.Forward(rows.AsSpan(middle, shape.HiddenSize), alone);
        bool isSameAlone = alone.AsSpan().SequenceEqual(answers.AsSpan(middle, shape.HiddenSize));

        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors");
        layer.Save(path, prefix: "blocks.5.mlp.");
        var again = new float[rows.Length];
        using (IMoeLayer loaded = load(path))
            loaded.Forward(rows, again);
        File.Delete(path);

        table.AddRow(
            shape.Name,
            shape.TotalParameters.ToString("N0", CultureInfo.InvariantCulture),
            shape.ActiveParameters.ToString("N0", CultureInfo.InvariantCulture),
            (rows.Length / shape.HiddenSize).ToString(CultureInfo.InvariantCulture),
            string.Join(" ", counts),
            isSameAlone ? "same bits" : "different",
            again.SequenceEqual(answers) ? "same bits" : "different");
    }

    /// <summary>An image of rings, cut into patches of 8 × 8 pixels in two channels and three of their products: 64 · 6 numbers a row.</summary>
    private static float[] Patches(int side)
    {
        int patches = side / PatchSide;
        var rows = new float[patches * patches * 384];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                float radius = MathF.Sqrt(((x - 40f) * (x - 40f)) + ((y - 70f) * (y - 70f)));
                float ring = MathF.Sin(radius / 6f);
                float slope = (x - y) / (float)side;
                int row = ((y / PatchSide * patches) + (x / PatchSide)) * 384;
                int pixel = ((y % PatchSide * PatchSide) + (x % PatchSide)) * 6;
                new[] { ring, slope, ring * slope, ring * ring, slope * slope, 1f }.CopyTo(rows, row + pixel);
            }
        }

        return rows;
    }

    /// <summary>A daily and a weekly wave with a spike now and then; a row holds the 384 points before its own.</summary>
    private static float[] Windows(int points)
    {
        float[] series = [.. Enumerable.Range(0, points + 384).Select(hour =>
            MathF.Sin(hour * MathF.Tau / 24f) + (0.5f * MathF.Sin(hour * MathF.Tau / 168f)) + (hour % 97 == 0 ? 3f : 0f))];
        var rows = new float[points * 384];
        for (int point = 0; point < points; point++)
            series.AsSpan(point, 384).CopyTo(rows.AsSpan(point * 384));
        return rows;
    }
}
