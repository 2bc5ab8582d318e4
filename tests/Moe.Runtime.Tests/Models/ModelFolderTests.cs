using System;
using System.IO;
using Moe.Runtime.Checkpoints;
using Moe.Runtime.Models;
using Moe.Runtime.Tests.Checkpoints;
using Moe.Runtime.Text;
using Moe.Runtime.Weights;

namespace Moe.Runtime.Tests.Models;

/// <summary>The tokenizer is read while everything else is checked; which problem is told does not depend on who is faster.</summary>
public class ModelFolderTests
{
    private const string Malformed = "{";

    // A tensor file without tensors.
    private static readonly byte[] _tensors = [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'];

    [Fact]
    public void Tokenizer_IsMalformed_SaysSo()
    {
        using var folder = Folder("{}");
        using ModelFolder opened = Open(folder);
        TokenizerException told = Assert.Throws<TokenizerException>(() => opened.Tokenizer);
        Assert.Contains("tokenizer.json", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenWeights_TokenizerIsMalformed_SaysSoWhenAllIsLoaded()
    {
        using var folder = Folder("{}");
        using ModelFolder opened = Open(folder);
        using WeightLoader load = opened.OpenWeights(new LoadOptions());
        Assert.Throws<TokenizerException>(load.Detach);
    }

    [Fact]
    public void OpenWeights_WeightsAreWrongToo_SaysTheTokenizerFirst()
    {
        using var folder = Folder("{}");
        using ModelFolder opened = Open(folder);
        using WeightLoader load = opened.OpenWeights(new LoadOptions());
        Assert.Throws<TokenizerException>(() => load.Matrix(TensorRole.Embedding, new TensorPart("absent"), 1, 1));
    }

    [Fact]
    public void Open_ConfigIsMalformedToo_SaysThatFirst()
    {
        using var folder = Folder(Malformed);
        CheckpointException told = Assert.Throws<CheckpointException>(() => Open(folder));
        Assert.Contains("config.json", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ConfigIsMissing_SaysWhatAModelIsLoadedFrom()
    {
        using var folder = Folder("{}");
        File.Delete(folder.File("config.json"));
        CheckpointException told = Assert.Throws<CheckpointException>(() => Open(folder));
        Assert.Contains("config.json: there is no such file; Model is loaded from a folder with config.json and safetensors files", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TensorIsMissingToo_SaysThatFirst()
    {
        using var folder = Folder("{}");
        CheckpointException told = Assert.Throws<CheckpointException>(() => Open(folder, new TensorRequirement("weight", [1], TensorKind.Norm)));
        Assert.Contains("missing: weight", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_GenerationDefaultsAreWrongToo_SaysThatFirst()
    {
        using var folder = Folder("{}");
        File.WriteAllText(Path.Combine(folder.Path, "generation_config.json"), Malformed);
        CheckpointException told = Assert.Throws<CheckpointException>(() => Open(folder));
        Assert.Contains("generation_config.json", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithoutTokenizer_HasNone()
    {
        using var folder = Folder("{}");
        File.Delete(Path.Combine(folder.Path, "tokenizer.json"));
        using ModelFolder opened = Open(folder);
        Assert.Null(opened.Tokenizer);
    }

    private static ModelFolder Open(TemporaryFolder folder, params TensorRequirement[] requirements) =>
        ModelFolder.Open(folder.Path, "Model", requirements, [], needsConfig: true);

    private static TemporaryFolder Folder(string config)
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), config);
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), Malformed);
        File.WriteAllBytes(Path.Combine(folder.Path, "model.safetensors"), _tensors);
        return folder;
    }
}
