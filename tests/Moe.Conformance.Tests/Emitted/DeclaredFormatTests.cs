using System;
using System.IO;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Models;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>[Weights] on emitted models: a default of LoadOptions.Weights, part by part.</summary>
public sealed class DeclaredFormatTests
{
    private const string Source = """
        using Moe;

        namespace Declared;

        [Block]
        [Attention(Heads = 2, HeadSize = 32)]
        [Router(TopK = 2)]
        [RoutedExperts(4, IntermediateSize = 48)]
        public class B;

        [MoeModel(VocabularySize = 40, HiddenSize = 64, ContextLength = 64)]
        [Layers(2, typeof(B))]
        [Checkpoint(CheckpointLayout.Native)]
        public partial class Plain;

        [MoeModel]
        [Weights(Experts = Format.Int4, Attention = Format.Int8)]
        public sealed partial class Formatted : Plain;

        [MoeLayer(HiddenSize = 64)]
        [Router(TopK = 2)]
        [RoutedExperts(4, IntermediateSize = 48)]
        public partial class PlainLayer;

        [MoeLayer]
        [Weights(Experts = Format.Int4)]
        public sealed partial class FormattedLayer : PlainLayer;
        """;

    private static readonly Lazy<CompiledAssembly> _assembly = new(() => CompiledAssembly.Compile([Source]));
    private static readonly int[][] _sequences = [[3, 1, 4, 1, 5], [9, 2]];

    private static readonly WeightFormats _declared = new() { Experts = WeightFormat.Int4, Attention = WeightFormat.Int8 };

    private static CompiledModel Plain => _assembly.Value.Model("Declared.Plain");

    private static CompiledModel Formatted => _assembly.Value.Model("Declared.Formatted");

    [Fact]
    public void Model_WithDeclaredFormats_IsThePlainOneLoadedInThem()
    {
        Recording formatted = Run(Formatted, null);

        SameBits.Check("declared", Run(Plain, _declared), formatted);
        Assert.NotEqual(Run(Plain, null).Logits[0], formatted.Logits[0]);
    }

    [Fact]
    public void LoadOptions_OverDeclaredFormats_HoldPartByPart()
    {
        var experts = new WeightFormats { Experts = WeightFormat.F32 };

        SameBits.Check("experts alone", Run(Plain, new WeightFormats { Attention = WeightFormat.Int8 }), Run(Formatted, experts));
        SameBits.Check("all", Run(Plain, WeightFormat.F32), Run(Formatted, WeightFormat.F32));
    }

    [Fact]
    public void Pack_OfDeclaredFormats_TakesThem_AndLoadTakesThoseOfTheFile()
    {
        string folder = Directory.CreateTempSubdirectory("moe-declared-").FullName;
        try
        {
            using (var random = new Runtime.Checkpoints.RandomTensors(42, Plain.Requirements))
                SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), random, (_, values) => values);
            Formatted.Pack(folder, Path.Combine(folder, "declared.moe"));
            Formatted.Pack(folder, Path.Combine(folder, "int8.moe"), new LoadOptions { Weights = WeightFormat.Int8 });
            using ICompiledModel declared = Plain.Load(Path.Combine(folder, "declared.moe"), new LoadOptions { Weights = _declared });
            using ICompiledModel int8 = Formatted.Load(Path.Combine(folder, "int8.moe"));

            SameBits.Check("declared", Run(Plain, _declared), EmittedRun.Run(declared, _sequences, EmittedRun.AtOnce));
            SameBits.Check("the file's", Run(Plain, WeightFormat.Int8), EmittedRun.Run(int8, _sequences, EmittedRun.AtOnce));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Layer_WithDeclaredFormats_IsThePlainOneLoadedInThem()
    {
        var input = new float[3 * 64];
        for (int i = 0; i < input.Length; i++)
            input[i] = MathF.Sin(i);

        float[] formatted = Forward("FormattedLayer", null);

        Assert.Equal(Forward("PlainLayer", new LoadOptions { Weights = new WeightFormats { Experts = WeightFormat.Int4 } }), formatted);
        Assert.NotEqual(Forward("PlainLayer", null), formatted);

        float[] Forward(string name, LoadOptions? options)
        {
            using IMoeLayer layer = _assembly.Value.Layer("Declared." + name).CreateRandom(42, 0, options);
            var output = new float[input.Length];
            layer.Forward(input, output);
            return output;
        }
    }

    private static Recording Run(CompiledModel model, WeightFormats? formats)
    {
        using ICompiledModel random = model.CreateRandom(42, new LoadOptions { Weights = formats });
        return EmittedRun.Run(random, _sequences, EmittedRun.AtOnce);
    }
}
