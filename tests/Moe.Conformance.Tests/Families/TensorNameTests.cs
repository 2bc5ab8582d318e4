using System.IO;
using System.Linq;
using Moe.Conformance.Tests.Emitted;
using Moe.Conformance.Tests.Harness;
using Moe.Conformance.Tests.Interpreter;
using Moe.Generators.Architecture;
using Moe.Generators.Ir;
using Moe.Generators.Passes;
using Moe.Runtime.Checkpoints;

namespace Moe.Conformance.Tests.Families;

/// <summary>A checkpoint with names and layouts of the author's own.</summary>
public class TensorNameTests
{
    private const string Source = """
        using Moe;

        namespace Named;

        [Block]
        [Attention(Heads = 4, KeyValueHeads = 2, QueryBias = true, KeyBias = true, ValueBias = true)]
        [Router(TopK = 2)]
        [RoutedExperts(3, IntermediateSize = 10)]
        [TensorName("Query", "b{layer}.qkv", Roles = "Query, Key, Value", Transposed = true)]
        [TensorName("Key", "b{layer}.qkv", Roles = "Query, Key, Value", Transposed = true)]
        [TensorName("Value", "b{layer}.qkv", Roles = "Query, Key, Value", Transposed = true)]
        [TensorName("ExpertGate", "b{layer}.inner", Roles = "ExpertUp, ExpertGate", Interleaved = true, Stacked = true)]
        [TensorName("ExpertUp", "b{layer}.inner", Roles = "ExpertUp, ExpertGate", Interleaved = true, Stacked = true)]
        [TensorName("ExpertDown", "b{layer}.e{expert}.outer", Transposed = true)]
        public class Mine;

        [MoeModel(VocabularySize = 30, HiddenSize = 16, ContextLength = 40)]
        [TensorName("Embedding", "tokens")]
        [Layers(2, typeof(Mine))]
        public partial class Model;
        """;

    [Fact]
    public void Load_WithNamesOfTheAuthor_AgreesWithTheInterpreter()
    {
        MoeArchitecture architecture = DeclarationCompilation.Architecture(DeclarationCompilation.Of([Source]), "Named.Model");
        ModelGraph graph = GraphBuilder.Build(architecture);
        string folder = Directory.CreateTempSubdirectory("moe-named-").FullName;
        try
        {
            using (var random = new RandomTensors(3, CheckpointWeights.Required(architecture, graph)))
            {
                string[] shapes = random.Tensors.Select(tensor => $"{tensor.Name} {string.Join("x", tensor.Shape)}").ToArray();
                Assert.Contains("tokens 30x16", shapes);
                Assert.Contains("b1.qkv 16x32", shapes);
                Assert.Contains("b0.inner 3x20x16", shapes);
                Assert.Contains("b1.e2.outer 10x16", shapes);
                Assert.Contains("model.layers.0.self_attn.q_proj.bias 16", shapes);
                Emitted.SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), random, (_, values) => values);
            }

            int[][] sequences = [[1, 7, 29, 3, 3], [0]];
            using CheckpointTensors tensors = CheckpointTensors.Open(folder);
            Trace trace = new GraphInterpreter(architecture, PassList.Run(graph), CheckpointWeights.Of(tensors, architecture, graph)).Run(sequences);
            using CompiledAssembly assembly = CompiledAssembly.Compile([Source]);
            using ICompiledModel model = assembly.Model("Named.Model").Load(folder);
            Agreement.Check(trace, EmittedRun.Run(model, sequences, EmittedRun.AtOnce, Agreement.CloseChoices(trace)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
