using System.Linq;
using Moe.Runtime.Checkpoints;

namespace Moe.Runtime.Tests.Checkpoints;

public sealed class TensorCheckTests
{
    private static readonly TensorRequirement[] Required =
    [
        new("model.layers.0.self_attn.q_proj.weight", [4, 2], TensorKind.Matrix),
        new("model.layers.1.self_attn.q_proj.weight", [4, 2], TensorKind.Matrix),
        new("model.norm.weight", [2], TensorKind.Norm),
        new("lm_head.weight", [3, 2], TensorKind.Matrix, Optional: true),
    ];

    [Fact]
    public void Verify_EverythingThere_IsSilentWithAndWithoutTheOptional()
    {
        Verify(Complete());
        Verify(Complete().Add("lm_head.weight", "BF16", [3, 2], new byte[12]));
        Verify(Complete().Add("model.layers.1.self_attn.rotary_emb.inv_freq", "F32", [1], 1f));
    }

    [Fact]
    public void Verify_MissingExtraMisshapedMistyped_AreAllInOneException()
    {
        var exception = Assert.Throws<CheckpointException>(() => Verify(new SafetensorsBuilder()
            .Add("model.layers.0.self_attn.q_proj.weight", "I32", [2, 4], new byte[32])
            .Add("model.layers.1.self_attention.q_proj.weight", "F32", [4, 2], new byte[32])
            .Add("model.norm.weight", "F8_E4M3", [2], new byte[2])
            .Add("lm_head.weight", "F16", [2, 3], new byte[12])
            .Add("model.norm.weight_scale_inv", "F32", [], 1f)));

        Assert.Equal(
            [
                "mis-shaped: model.layers.0.self_attn.q_proj.weight I32 [2, 4]; Tiny needs [4, 2].",
                "mis-shaped: lm_head.weight F16 [2, 3]; Tiny needs [3, 2].",
                "mistyped: model.layers.0.self_attn.q_proj.weight I32 [2, 4]; weights are read from F64, F32, F16 and BF16, so convert the checkpoint to one of these.",
                "mistyped: model.norm.weight F8_E4M3 [2]; weights are read from F64, F32, F16 and BF16, so convert the checkpoint to one of these.",
                "missing: model.layers.1.self_attn.q_proj.weight [4, 2], which Tiny needs. There is 'model.layers.1.self_attention.q_proj.weight'.",
                "extra: model.layers.1.self_attention.q_proj.weight F32 [4, 2] is not a tensor of Tiny.",
                "extra: model.norm.weight_scale_inv F32 [] is not a tensor of Tiny.",
            ],
            exception.Problems);
    }

    [Fact]
    public void Verify_ManyMissing_ListsFiftyAndCountsTheRest()
    {
        TensorRequirement[] required = [.. Enumerable.Range(0, 2_000).Select(layer => new TensorRequirement($"layers.{layer}.weight", [1], TensorKind.Norm))];
        using var folder = new TemporaryFolder();
        var present = new SafetensorsBuilder();
        for (int layer = 0; layer < 2_000; layer++)
            present.Add($"layer.{layer}.weight", "F32", [1], 1f);
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("m", present.Build()));

        var exception = Assert.Throws<CheckpointException>(() => TensorCheck.Verify(tensors, "Deep", required));
        Assert.Equal(102, exception.Problems.Count);
        Assert.Equal("missing: layers.49.weight [1], which Deep needs. There is 'layer.49.weight'.", exception.Problems[49]);
        Assert.Equal("and 1950 more missing tensors.", exception.Problems[50]);
        Assert.Equal("and 1950 more extra tensors.", exception.Problems[101]);
    }

    [Fact]
    public void Verify_NothingSimilar_SuggestsNothing()
    {
        var exception = Assert.Throws<CheckpointException>(() => Verify(new SafetensorsBuilder().Add("transformer.h.0.attn.c_attn.weight", "F32", [1], 1f)));
        Assert.DoesNotContain("There is", exception.Message);
        Assert.Equal(4, exception.Problems.Count);
    }

    private static SafetensorsBuilder Complete() => new SafetensorsBuilder()
        .Add("model.layers.0.self_attn.q_proj.weight", "F32", [4, 2], new byte[32])
        .Add("model.layers.1.self_attn.q_proj.weight", "F64", [4, 2], new byte[64])
        .Add("model.norm.weight", "F16", [2], new byte[4]);

    private static void Verify(SafetensorsBuilder checkpoint)
    {
        using var folder = new TemporaryFolder();
        using CheckpointTensors tensors = CheckpointTensors.Open(folder.Write("model.safetensors", checkpoint.Build()));
        TensorCheck.Verify(tensors, "Tiny", Required, "rotary_emb.inv_freq");
    }
}
