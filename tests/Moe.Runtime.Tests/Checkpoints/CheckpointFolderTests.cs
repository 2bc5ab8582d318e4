using System.IO;
using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class CheckpointFolderTests
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    [Fact]
    public void Folder_WithShards_GivesTheTensorsOfAll()
    {
        using TemporaryFolder folder = Shards();
        folder.Write("model.safetensors.index.json", Index(("a", First), ("b", Second), ("c", Second)));
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Path);
        Assert.Equal(["a", "b", "c"], tensors.Tensors.Select(tensor => tensor.Name).Order());
        Assert.Equal([1f, 2f, 3f], new[] { "a", "b", "c" }.Select(name => Single(tensors, name)));
    }

    [Fact]
    public void Folder_WithOneFileAndAnIndex_TakesTheFile()
    {
        using TemporaryFolder folder = Shards();
        folder.Write("model.safetensors.index.json", Index(("a", First), ("b", Second), ("c", Second)));
        folder.Write("model.safetensors", new SafetensorsBuilder().Add("a", "F32", [1], 7f).Build());
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Path);
        Assert.Equal(7f, Single(tensors, "a"));
        Assert.Single(tensors.Tensors);
    }

    [Fact]
    public void Shard_TensorThatTheIndexDoesNotName_IsListedToo()
    {
        using TemporaryFolder folder = Shards();
        folder.Write("model.safetensors.index.json", Index(("a", First), ("b", Second)));
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Path);
        Assert.True(tensors.TryFind("c", out _));
    }

    [Fact]
    public void Index_NamesMissingShards_AllAreListed()
    {
        using TemporaryFolder folder = Shards();
        folder.Write("model.safetensors.index.json", Index(("a", First), ("b", "gone-1.safetensors"), ("c", "gone-2.safetensors")));
        var exception = Refused(folder);
        Assert.Equal(
            ["the shard 'gone-1.safetensors' does not exist in the folder; download it.", "the shard 'gone-2.safetensors' does not exist in the folder; download it."],
            exception.Problems);
    }

    [Fact]
    public void Index_TensorThatNoShardOrAnotherShardHolds_IsListed()
    {
        using TemporaryFolder folder = Shards();
        folder.Write("model.safetensors.index.json", Index(("a", First), ("b", First), ("c", Second), ("d", Second)));
        Assert.Equal(
            [$"'b' should be in the shard '{First}' but is in '{Second}'.", $"'d' should be in the shard '{Second}', which does not hold it."],
            Refused(folder).Problems);
    }

    [Fact]
    public void Shards_WithOneTensorTwice_AreRefused()
    {
        using TemporaryFolder folder = Shards();
        folder.Write(First, new SafetensorsBuilder().Add("a", "F32", [1], 1f).Add("b", "F32", [1], 2f).Build());
        folder.Write("model.safetensors.index.json", Index(("a", First), ("b", Second), ("c", Second)));
        Assert.Contains($"'b' is in two shards, '{First}' and '{Second}'", Refused(folder).Message);
    }

    [Theory]
    [InlineData("{", "the file is not valid JSON")]
    [InlineData("", "the file is not valid JSON")]
    [InlineData("[]", "the file is not a JSON object")]
    [InlineData("{}", "'weight_map' is missing")]
    [InlineData("""{"weight_map":[]}""", "'weight_map' is missing or is not an object")]
    [InlineData("""{"weight_map":{}}""", "'weight_map' is empty")]
    [InlineData("""{"weight_map":{"a":1}}""", "'a': the file 1 is not the name of a file in the same folder")]
    [InlineData("""{"weight_map":{"a":"../secret"}}""", "'a': the file \"../secret\" is not the name of a file in the same folder")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "is not the name of a file in the same folder")]
    [InlineData("""{"weight_map":{"a":".."}}""", "is not the name of a file in the same folder")]
    [InlineData("""{"weight_map":{"a":"x\u0000y"}}""", "is not the name of a file in the same folder")]
    [InlineData("""{"weight_map":{"a":"\ud800"}}""", "a text holds an unpaired surrogate")]
    [InlineData("""{"weight_map":{"\ud800":"x"}}""", "a text holds an unpaired surrogate")]
    [InlineData("""{"weight_map":{"a":"x","a":"y"}}""", "the file is not valid JSON")]
    public void Index_Malformed_IsRefused(string index, string message)
    {
        using TemporaryFolder folder = Shards();
        folder.Write("model.safetensors.index.json", index);
        Assert.Contains(message, Refused(folder).Message);
    }

    [Fact]
    public void Folder_WithoutCheckpoint_SaysWhatIsLookedFor()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("the folder holds neither model.safetensors nor model.safetensors.index.json", Refused(folder).Message);
        folder.Write("pytorch_model.bin", "x");
        Assert.Contains("convert it to safetensors", Refused(folder).Message);
        Assert.Contains("there is no such folder", Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(folder.File("none"))).Message);
    }

    [Fact]
    public void Shard_Malformed_IsNamed()
    {
        using TemporaryFolder folder = Shards();
        folder.Write(Second, [1, 2, 3]);
        folder.Write("model.safetensors.index.json", Index(("a", First), ("b", Second)));
        Assert.Equal(folder.File(Second), Refused(folder).Origin);
    }

    private static TemporaryFolder Shards()
    {
        var folder = new TemporaryFolder();
        folder.Write(First, new SafetensorsBuilder().Add("a", "F32", [1], 1f).Build());
        folder.Write(Second, new SafetensorsBuilder().Add("b", "F32", [1], 2f).Add("c", "F32", [1], 3f).Build());
        return folder;
    }

    private static string Index(params (string Tensor, string Shard)[] entries) =>
        """{"metadata":{"total_size":12},"weight_map":{""" + string.Join(",", entries.Select(entry => $"\"{entry.Tensor}\":\"{entry.Shard}\"")) + "}}";

    private static CheckpointException Refused(TemporaryFolder folder) =>
        Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(folder.Path));

    private static float Single(CheckpointTensors tensors, string name)
    {
        var one = new float[1];
        tensors.ReadRows(name, 0, one);
        return one[0];
    }
}
