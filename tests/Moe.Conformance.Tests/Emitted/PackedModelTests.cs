using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Moe.Conformance.Tests.Golden;
using Moe.Conformance.Tests.Harness;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Text;
using Moe.Runtime.Weights;

namespace Moe.Conformance.Tests.Emitted;

/// <summary>Emitted models packed and loaded again: the same bits, whole files, companions, and refusals.</summary>
public sealed class PackedModelTests : IDisposable
{
    private const string Small = """
        using Moe;

        namespace Packed;

        [Block]
        [Attention(Heads = 2, HeadSize = 16)]
        [Router(TopK = 2)]
        [RoutedExperts(4, IntermediateSize = 24)]
        public class B;

        [MoeModel(VocabularySize = 40, HiddenSize = 32, ContextLength = 64)]
        [Layers(2, typeof(B))]
        [Checkpoint(CheckpointLayout.Native)]
        public sealed partial class Two;

        [MoeModel(VocabularySize = 40, HiddenSize = 32, ContextLength = 64)]
        [Layers(3, typeof(B))]
        [Checkpoint(CheckpointLayout.Native)]
        public sealed partial class Three;
        """;

    private static readonly ConcurrentDictionary<string, Lazy<CompiledModel>> _compiled = [];
    private static readonly Lazy<CompiledAssembly> _small = new(() => CompiledAssembly.Compile([Small], seesGpu: true));
    private static readonly int[][] _sequences = [[1, 5, 9, 2, 33], [7, 7, 0]];

    private readonly string _folder = Directory.CreateTempSubdirectory("moe-packed-").FullName;

    /// <summary>The trained model and the small checkpoints of four families.</summary>
    public static TheoryData<string> Folders => GoldenCase.Folders(isBrief: true);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Folders))]
    public void Load_OfAPackedCheckpoint_GivesTheBitsOfTheCheckpoint(string folder)
    {
        GoldenCase golden = GoldenCase.Open(folder);
        CompiledModel model = Compiled(folder);
        foreach (WeightFormat? format in new WeightFormat?[] { null, WeightFormat.F32, WeightFormat.BF16, WeightFormat.Int8, WeightFormat.Int4, WeightFormat.MXFP4 })
        {
            var options = new LoadOptions { Weights = format };
            string alone = Directory.CreateDirectory(Path.Combine(_folder, $"{golden.Name}-{format}")).FullName;
            string file = Path.Combine(alone, "weights.moe");
            model.Pack(folder, file, options);

            using ICompiledModel converted = model.Load(folder, options);
            using ICompiledModel packed = model.Load(file, options with { Verify = true });
            using ICompiledModel unasked = model.Load(alone);
            Recording expected = EmittedRun.Run(converted, golden.Sequences, EmittedRun.Uneven);
            SameBits.Check($"{format}, the file", expected, EmittedRun.Run(packed, golden.Sequences, EmittedRun.Uneven));
            SameBits.Check($"{format}, its folder", expected, EmittedRun.Run(unasked, golden.Sequences, EmittedRun.Uneven));
        }
    }

    [Fact]
    public void Load_OfAPackedFileInsteadOfTheCheckpoint_HasTokenizerAndEndTokens()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Golden", "fairytales");
        CompiledModel model = Compiled(folder);
        string alone = Directory.CreateDirectory(Path.Combine(_folder, "tales")).FullName;
        model.Pack(folder, Path.Combine(alone, "int8.moe"), new LoadOptions { Weights = WeightFormat.Int8 });

        (Tokenizer? tokenizer, GenerationDefaults defaults) = model.TextOf(alone);

        (Tokenizer? expected, GenerationDefaults expectedDefaults) = model.TextOf(folder);
        Assert.Equal(expected!.Encode("Once upon a time"), tokenizer!.Encode("Once upon a time"));
        Assert.NotEmpty(defaults.EndTokens);
        Assert.Equal(expectedDefaults.EndTokens.ToArray(), defaults.EndTokens.ToArray());
    }

    [Fact]
    public void Pack_IntoAnotherFolder_CopiesTheJsonFiles()
    {
        string folder = Checkpoint("Two", "tokenizer_config.json", "generation_config.json");
        string alone = Directory.CreateDirectory(Path.Combine(_folder, "alone")).FullName;

        Model("Two").Pack(folder, Path.Combine(alone, "a.moe"));

        Assert.Equal(["a.moe", "generation_config.json", "tokenizer_config.json"], Names(alone));
    }

    [Fact]
    public void Pack_WhereAnotherModelsJsonLies_IsRefusedAndLeavesNothing()
    {
        string folder = Checkpoint("Two", "generation_config.json", "tokenizer_config.json");
        string alone = Directory.CreateDirectory(Path.Combine(_folder, "alone")).FullName;
        File.WriteAllText(Path.Combine(alone, "tokenizer_config.json"), "{\"another\": 1}");

        var refusal = Assert.Throws<CheckpointException>(() => Model("Two").Pack(folder, Path.Combine(alone, "a.moe")));

        Assert.Contains("folder of its own", refusal.Message);
        Assert.Equal(["tokenizer_config.json"], Names(alone));
    }

    [Fact]
    public void Pack_BesideTheCheckpoint_IsLoadedByItsPathAndTheFolderStaysTheCheckpoint()
    {
        string folder = Checkpoint("Two");
        string file = Path.Combine(folder, "int4.moe");
        Model("Two").Pack(folder, file, new LoadOptions { Weights = WeightFormat.Int4 });

        using ICompiledModel packed = Model("Two").Load(file);
        using ICompiledModel int4 = Model("Two").Load(folder, new LoadOptions { Weights = WeightFormat.Int4 });
        using ICompiledModel float32 = Model("Two").Load(folder);

        Recording run = EmittedRun.Run(packed, _sequences, EmittedRun.AtOnce);
        SameBits.Check("packed", EmittedRun.Run(int4, _sequences, EmittedRun.AtOnce), run);
        Assert.NotEqual(EmittedRun.Run(float32, _sequences, EmittedRun.AtOnce).Logits[0], run.Logits[0]);
    }

    [Fact]
    public void Load_OfAFolderWithTwoPackedFiles_AsksWhichOne()
    {
        string folder = Checkpoint("Two");
        foreach (string name in new[] { "a.moe", "b.moe" })
            Model("Two").Pack(folder, Path.Combine(folder, name));
        File.Delete(Path.Combine(folder, "model.safetensors"));

        Assert.Contains("a.moe, b.moe", Assert.Throws<CheckpointException>(() => Model("Two").Load(folder)).Message);
        File.Delete(Path.Combine(folder, "b.moe"));
        using ICompiledModel one = Model("Two").Load(folder);
    }

    [Fact]
    public void Load_OfAnotherDeclarationsFile_NamesWhatDiffers()
    {
        string file = Path.Combine(_folder, "a.moe");
        Model("Two").Pack(Checkpoint("Two"), file);

        string message = Assert.Throws<CheckpointException>(() => Model("Three").Load(file)).Message;

        Assert.Contains("another declaration (Two)", message);
        Assert.Contains("Three asks for", message);
        Assert.Contains("layers.2.", message);
    }

    [Fact]
    public void Load_InAnotherFormatThanPacked_IsRefused()
    {
        string file = Path.Combine(_folder, "a.moe");
        Model("Two").Pack(Checkpoint("Two"), file, new LoadOptions { Weights = WeightFormat.Int8 });

        string message = Assert.Throws<CheckpointException>(() => Model("Two").Load(file, new LoadOptions { Weights = WeightFormat.BF16 })).Message;

        Assert.Contains("is Int8, and BF16 was asked for", message);
    }

    [Fact]
    public void Load_ToVerify_NamesADamagedWeightThatIsOtherwiseUnread()
    {
        string file = Path.Combine(_folder, "a.moe");
        Model("Two").Pack(Checkpoint("Two"), file);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[64] ^= 1;
        File.WriteAllBytes(file, bytes);

        Model("Two").Load(file).Dispose();
        Assert.Contains("entry 0", Assert.Throws<CheckpointException>(() => Model("Two").Load(file, new LoadOptions { Verify = true })).Message);
    }

    [Fact]
    public void Load_OfAPackedFileOntoAGpu_SaysWhatGpusRead()
    {
        string file = Path.Combine(_folder, "a.moe");
        Model("Two").Pack(Checkpoint("Two"), file);

        var refusal = Assert.Throws<CheckpointException>(() => Model("Two").Load(file, new LoadOptions { Device = Device.GpuSimulator }));

        Assert.Contains("for the processor only", refusal.Message);
        Assert.Throws<ArgumentException>(() => Model("Two").Pack(Checkpoint("Two"), file, new LoadOptions { Device = Device.GpuSimulator }));
    }

    [Fact]
    public void Pack_OfAPackedFile_IsRefused()
    {
        string file = Path.Combine(_folder, "a.moe");
        Model("Two").Pack(Checkpoint("Two"), file);

        Assert.Throws<CheckpointException>(() => Model("Two").Pack(file, Path.Combine(_folder, "b.moe")));
        Assert.DoesNotContain("b.moe", Names(_folder));
    }

    [Fact]
    public void Pack_Cancelled_LeavesNothing()
    {
        string alone = Directory.CreateDirectory(Path.Combine(_folder, "alone")).FullName;

        Assert.Throws<OperationCanceledException>(
            () => Model("Two").Pack(Checkpoint("Two", "generation_config.json"), Path.Combine(alone, "a.moe"), null, new CancellationToken(canceled: true)));

        Assert.Empty(Names(alone));
    }

    [Fact]
    public void Load_ByTwoModelsAtOnce_OneDisposedEarly_GivesBothTheSameBits()
    {
        string file = Path.Combine(_folder, "a.moe");
        Model("Two").Pack(Checkpoint("Two"), file, new LoadOptions { Weights = WeightFormat.BF16 });
        using ICompiledModel kept = Model("Two").Load(file, new LoadOptions { Threads = 1 });
        Recording expected = EmittedRun.Run(kept, _sequences, EmittedRun.AtOnce);

        Parallel.For(0, 4, _ =>
        {
            using ICompiledModel other = Model("Two").Load(file, new LoadOptions { Threads = 1 });
            SameBits.Check("another", expected, EmittedRun.Run(other, _sequences, EmittedRun.AtOnce));
        });

        SameBits.Check("after the others", expected, EmittedRun.Run(kept, _sequences, EmittedRun.AtOnce));
    }

    private static CompiledModel Compiled(string folder) => _compiled.GetOrAdd(folder, _ => new Lazy<CompiledModel>(() =>
    {
        GoldenCase golden = GoldenCase.Open(folder);
        return CompiledAssembly.Compile([golden.Declaration.File("Golden")]).Model("Golden." + golden.ClassName);
    })).Value;

    private static CompiledModel Model(string name) => _small.Value.Model("Packed." + name);

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>A folder with random weights and empty JSON files.</summary>
    private string Checkpoint(string model, params string[] jsonFiles)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "checkpoint")).FullName;
        using var random = new RandomTensors(3, Model(model).Requirements);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), random, (_, values) => values);
        foreach (string name in jsonFiles)
            File.WriteAllText(Path.Combine(folder, name), "{}");
        return folder;
    }
}
