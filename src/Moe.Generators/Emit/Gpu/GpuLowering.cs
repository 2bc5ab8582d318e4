using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Gpu;

/// <summary>A fused graph → kernels and launches, operation by operation.</summary>
internal static class GpuLowering
{
    /// <summary>Lowers a block, which reads and writes the buffer Hidden and those that flow between layers.</summary>
    public static void Block(GpuScope scope, ImmutableArray<Value> carried)
    {
        Graph graph = scope.Graph;
        Value hidden = graph.Inputs[0];
        scope.Buffers.Need("Hidden", "float", hidden.Width, isOfLogitRows: false);
        scope.Place(hidden, "Hidden");
        foreach (Value value in carried)
            scope.PlaceCarried(value);

        (Value Input, Value Output)[] ends = [(hidden, graph.Outputs[0]), .. carried.Select((value, i) => (value, graph.Outputs[i + 1]))];
        var apart = new List<(Value Input, Value Output)>();
        foreach ((Value input, Value output) in ends)
        {
            if (input == output)
                continue;
            if (ends.Count(end => end.Output == output) == 1 && MayShare(graph, input, output))
                scope.Place(output, scope.BufferOf(input));
            else
                apart.Add((input, output));
        }

        Run(scope, graph.Inputs.ToList());
        foreach ((Value input, Value output) in apart)
        {
            string buffer = $"buffers.{scope.BufferOf(input)}";
            scope.Remark($"{input.Name} of the next layer = {output.Name}", GpuScope.Shape(output));
            scope.Launches.Line($"{buffer}.Receive(buffers.{scope.BufferOf(output)}, (long)batch.Tokens * {output.ElementsPerToken});");
        }
    }

    /// <summary>Lowers the embedding, whose outputs after the hidden state flow between layers.</summary>
    public static void Embedding(GpuScope scope, ImmutableArray<Value> carried)
    {
        Value[] given = carried.Where(value => value.Name is CarriedState.ModelChosen or CarriedState.ModelWeights).ToArray();
        for (int i = 1; i < scope.Graph.Outputs.Length; i++)
            scope.Place(scope.Graph.Outputs[i], scope.PlaceCarried(given[i - 1]));

        Run(scope, []);
    }

    /// <summary>Lowers the head.</summary>
    public static void Head(GpuScope scope) => Run(scope, []);

    // The output may take the input's place where nobody reads the input once the output is being written.
    private static bool MayShare(Graph graph, Value input, Value output) =>
        graph.Writer(output) is { } writer && !graph.Ops.Skip(graph.Ops.IndexOf(writer)).Any(op => op.Inputs.Contains(input));

    private static void Run(GpuScope scope, List<Value> written)
    {
        GpuTaps.After(scope, written.Contains);
        foreach (Op op in scope.Graph.Ops)
        {
            Lower(scope, op);
            written.AddRange(op.Outputs);
            GpuTaps.After(scope, written.Contains);
        }
    }

    private static void Lower(GpuScope scope, Op op)
    {
        switch (op)
        {
            case Embed embed:
                GpuRowKernels.Embed(scope, embed);
                break;
            case Norm norm:
                GpuRowKernels.Norm(scope, norm);
                break;
            case Apply apply:
                GpuElementKernels.Apply(scope, apply);
                break;
            case Slice slice:
                GpuRowKernels.Slice(scope, slice);
                break;
            case Rotate rotate when IsCached(scope.Graph, rotate):
                scope.RotatedIntoCache.Add(rotate.Output, rotate);
                break;
            case Rotate rotate:
                GpuRowKernels.Rotate(scope, rotate);
                break;
            case Clip clip:
                GpuScalingKernels.Clip(scope, clip);
                break;
            case Temper temper:
                GpuScalingKernels.Temper(scope, temper);
                break;
            case AddScaled add:
                GpuScalingKernels.AddScaled(scope, add);
                break;
            case Linear linear:
                GpuMatrixKernels.Linear(scope, linear);
                break;
            case LinearAdd linear:
                GpuMatrixKernels.LinearAdd(scope, linear);
                break;
            case Project project:
                GpuMatrixKernels.Project(scope, project);
                break;
            case GateUp gateUp:
                GpuMatrixKernels.GateUp(scope, gateUp);
                break;
            case UpActivate up:
                GpuMatrixKernels.UpActivate(scope, up);
                break;
            case Attend attend:
                GpuAttentionKernels.Attend(scope, attend);
                break;
            case AttendDecaying attend:
                GpuLinearKernels.Attend(scope, attend);
                break;
            case SigmoidGate gate:
                GpuLinearKernels.Gate(scope, gate);
                break;
            case AttendLatent attend:
                GpuLatentKernels.Attend(scope, attend);
                break;
            case Route route:
                GpuRouteKernels.Route(scope, route);
                break;
            case ExpertGateUp gateUp:
                GpuExpertKernels.GateUp(scope, gateUp);
                break;
            case ExpertUpActivate up:
                GpuExpertKernels.UpActivate(scope, up);
                break;
            case ExpertDownCombine down:
                GpuExpertKernels.DownCombine(scope, down);
                break;
            default:
                if (!Elements(scope, op) && !Router(scope, op) && !Experts(scope, op))
                    throw new NotSupportedException($"The GPU emitter does not know {op.Mnemonic}.");
                break;
        }
    }

    private static bool Elements(GpuScope scope, Op op)
    {
        switch (op)
        {
            case Activate activate:
                GpuElementKernels.Activate(scope, activate);
                return true;
            case Multiply multiply:
                GpuElementKernels.Multiply(scope, multiply);
                return true;
            case Add add:
                GpuElementKernels.Add(scope, add);
                return true;
            case AddBias { Bias.Kind: WeightKind.Bias } bias:
                GpuElementKernels.AddBias(scope, bias);
                return true;
            case SlotsToHeads turn:
                GpuElementKernels.SlotsToHeads(scope, turn);
                return true;
            case HeadsToSlots turn:
                GpuElementKernels.HeadsToSlots(scope, turn);
                return true;
            case Scale scale:
                GpuElementKernels.Scale(scope, scale);
                return true;
            case ScaleBlocks blocks:
                GpuElementKernels.ScaleBlocks(scope, blocks);
                return true;
            case AdamDirection adam:
                GpuElementKernels.AdamDirection(scope, adam);
                return true;
            case Constant constant:
                GpuElementKernels.Constant(scope, constant);
                return true;
            case GruCell cell:
                GpuElementKernels.GruCell(scope, cell);
                return true;
            default:
                return false;
        }
    }

    private static bool Router(GpuScope scope, Op op)
    {
        switch (op)
        {
            case TaggedLinear linear:
                GpuRouterInputKernels.TaggedLinear(scope, linear);
                return true;
            case Similarity similarity:
                GpuRouterInputKernels.Similarity(scope, similarity);
                return true;
            case SparsityLogits sparsity:
                GpuRouterInputKernels.Sparsity(scope, sparsity);
                return true;
            case SelectByExperts select:
                GpuCoupledKernels.SelectByExperts(scope, select);
                return true;
            case LimitCapacity limit:
                GpuCoupledKernels.LimitCapacity(scope, limit);
                return true;
            case NormaliseOverTokens over:
                GpuCoupledKernels.NormaliseOverTokens(scope, over);
                return true;
            case Score or TreeScore or SelectorScore or Standardise or DivideByTemperature or AddRequestBias or AddBias or MultiplyBy or KeepGroups
                or SelectTopK or SelectTopP or SelectAbove or SelectByEntropy or SelectRandom or SelectFromTable or SparseMixer
                or Gather or Renormalise or SoftmaxOfChosen or SigmoidOfChosen or OneOfChosen or ZeroOut:
                GpuRouteKernels.Single(scope, op);
                return true;
            default:
                return false;
        }
    }

    private static bool Experts(GpuScope scope, Op op)
    {
        switch (op)
        {
            case ExpertLinear linear:
                GpuExpertKernels.Linear(scope, linear);
                return true;
            case SlotLinear linear:
                GpuExpertKernels.SlotLinear(scope, linear);
                return true;
            case AddToSlots add:
                GpuSlotKernels.AddToSlots(scope, add);
                return true;
            case WeightInput weigh:
                GpuSlotKernels.WeightInput(scope, weigh);
                return true;
            case Combine combine:
                GpuSlotKernels.Combine(scope, combine);
                return true;
            case CombineCopies copies:
                GpuSlotKernels.CombineCopies(scope, copies);
                return true;
            case CombineConstants constants:
                GpuSlotKernels.CombineConstants(scope, constants);
                return true;
            default:
                return false;
        }
    }

    // A key that only attention reads is turned while it is written into the cache.
    private static bool IsCached(Graph graph, Rotate rotate) => graph.Uses(rotate.Output) == 1 && graph.Ops.Any(op => op switch
    {
        Attend attend => attend.Key == rotate.Output,
        AttendLatent attend => attend.RotaryKey == rotate.Output,
        _ => false,
    });
}
