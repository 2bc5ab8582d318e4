using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <summary>Where a token stands.</summary>
/// <param name="Sequence">Index of its sequence.</param>
/// <param name="Position">Its position there, from 0.</param>
internal readonly record struct TokenPlace(int Sequence, int Position);

/// <summary>Runs one graph for one layer: the definition of every operation, as plain loops in double precision.</summary>
/// <param name="tokens">All tokens; those of a sequence lie together and in order.</param>
/// <param name="layer">The layer, or −1 outside the layers.</param>
/// <param name="weights">Where learned tensors come from.</param>
/// <param name="trace">Receives what routers decide.</param>
/// <param name="forced">Choices that replace a router's own, by layer and token.</param>
internal sealed class GraphRun(
    IReadOnlyList<TokenPlace> tokens,
    int layer,
    WeightSource weights,
    Trace trace,
    IReadOnlyDictionary<(int Layer, int Token), int[]>? forced = null)
{
    private readonly Dictionary<Value, double[][]> _reals = [];
    private readonly Dictionary<Value, int[][]> _indices = [];
    private readonly Dictionary<Value, bool[][]> _outsideGroups = [];

    /// <summary>Sets an input, [token][elements].</summary>
    public GraphRun With(Value value, double[][] elements)
    {
        _reals[value] = elements;
        return this;
    }

    /// <summary>Sets an input of indices, [token][elements].</summary>
    public GraphRun WithIndices(Value value, int[][] elements)
    {
        _indices[value] = elements;
        return this;
    }

    /// <summary>A value after the run, [token][elements].</summary>
    public double[][] this[Value value] => _reals[value];

    /// <summary>A value of indices after the run.</summary>
    public int[][] Indices(Value value) => _indices[value];

    /// <summary>Runs the operations in order; a fused one runs its parts.</summary>
    public GraphRun Run(IEnumerable<Op> ops)
    {
        foreach (Op op in ops)
        {
            if (op is FusedOp fused)
                Run(fused.Parts);
            else
                Run(op);
        }

        return this;
    }

    private void Run(Op op)
    {
        switch (op)
        {
            case Embed embed:
                double[] table = Weight(embed.Table);
                Each(embed.Output, token => table.AsSpan(_indices[embed.Ids][token][0] * embed.Table.Columns, embed.Table.Columns).ToArray());
                break;
            case Norm norm:
                double[] scale = Weight(norm.Weight);
                double[]? shift = OptionalWeight(norm.Bias);
                Each(norm.Output, token => ElementOps.Normalise(_reals[norm.Input][token], norm.Kind, norm.Size, norm.Epsilon, scale, shift));
                break;
            case Linear linear:
                double[] matrix = Weight(linear.Weight);
                double[]? bias = OptionalWeight(linear.Bias);
                Each(linear.Output, token => MatrixOps.Multiply(matrix, _reals[linear.Input][token], bias));
                break;
            case Slice slice:
                Each(slice.Output, token => _reals[slice.Input][token].AsSpan(slice.Offset, slice.Output.Width).ToArray());
                break;
            case Rotate rotate:
                Each(rotate.Output, token => AttentionOps.Rotate(_reals[rotate.Input][token], rotate, tokens[token].Position));
                break;
            case Attend attend:
                _reals[attend.Output] = AttentionOps.Attend(attend, tokens, _reals[attend.Query], _reals[attend.Key], _reals[attend.Value]);
                break;
            case AttendLatent attend:
                _reals[attend.Output] = AttentionOps.AttendLatent(
                    attend, tokens, _reals[attend.Query], _reals[attend.Latent], _reals[attend.RotaryKey], Weight(attend.KeyValueUp));
                break;
            case Activate activate:
                Each(activate.Output, token => Array.ConvertAll(_reals[activate.Input][token], x => ElementOps.Activate(x, activate.Activation)));
                break;
            case Apply apply:
                Each(apply.Output, token => apply.Second is null
                    ? Array.ConvertAll(_reals[apply.Input][token], x => FunctionOps.Evaluate(apply.Function, x))
                    : Zip(apply.Input, apply.Second, token, (x, y) => FunctionOps.Evaluate(apply.Function, x, y)));
                break;
            case Multiply multiply:
                Each(multiply.Output, token => Zip(multiply.Left, multiply.Right, token, (left, right) => left * right));
                break;
            case Add add:
                Each(add.Output, token => Zip(add.Left, add.Right, token, (left, right) => left + right));
                break;
            case Scale factor:
                Each(factor.Output, token => Array.ConvertAll(_reals[factor.Input][token], x => x * factor.Factor));
                break;
            case ExpertLinear linear:
                Each(linear.Output, token => MatrixOps.MultiplyByExpert(linear, _reals[linear.Input][token], _indices[linear.Chosen][token], ExpertWeight));
                break;
            case Combine combine:
                Each(combine.Output, token => Combine(combine, token));
                break;
            default:
                RunRouting(op);
                break;
        }
    }

    private void RunRouting(Op op)
    {
        switch (op)
        {
            case Score score:
                Each(score.Output, token =>
                {
                    trace.DecisionOf(layer, token).Logits = _reals[score.Logits][token];
                    return RoutingOps.Score(_reals[score.Logits][token], score.Kind);
                });
                break;
            case AddBias add:
                double[] bias = Weight(add.Bias);
                Each(add.Output, token => _reals[add.Input][token].Select((x, i) => x + bias[i]).ToArray());
                break;
            case KeepGroups keep:
                _outsideGroups[keep.Output] = new bool[tokens.Count][];
                Each(keep.Output, token =>
                {
                    KeptKeys kept = RoutingOps.KeepGroups(_reals[keep.Key][token], keep);
                    _outsideGroups[keep.Output][token] = kept.Outside;
                    Narrow(token, kept.Gap);
                    return kept.Keys;
                });
                break;
            case SelectTopK select:
                _indices[select.Chosen] = Tokens(token => Choose(select, token));
                break;
            case Gather gather:
                Each(gather.Output, token => Array.ConvertAll(_indices[gather.Chosen][token], expert => _reals[gather.Scores][token][expert]));
                break;
            case Renormalise renormalise:
                Each(renormalise.Output, token =>
                {
                    double sum = _reals[renormalise.Input][token].Sum();
                    return Array.ConvertAll(_reals[renormalise.Input][token], x => x / (sum + renormalise.Epsilon));
                });
                break;
            default:
                throw new NotSupportedException($"The interpreter does not know {op.Mnemonic}.");
        }
    }

    private int[] Choose(SelectTopK select, int token)
    {
        double[] keys = _reals[select.Key][token];
        bool[]? outside = _outsideGroups.TryGetValue(select.Key, out bool[][]? all) ? all[token] : null;
        int[] chosen = RoutingOps.BestFirst(keys, select.TopK);
        Narrow(token, RoutingOps.Gap(keys, chosen, outside));
        if (forced is not null && forced.TryGetValue((layer, token), out int[]? choice))
            chosen = choice;
        trace.DecisionOf(layer, token).Chosen = chosen;
        return chosen;
    }

    private double[] Combine(Combine combine, int token)
    {
        double[] shares = _reals[combine.SlotWeights][token];
        trace.DecisionOf(layer, token).Weights = shares;
        return MatrixOps.WeightedSum(_reals[combine.Answers][token], shares, combine.Output.Width);
    }

    private void Narrow(int token, double gap)
    {
        Decision decision = trace.DecisionOf(layer, token);
        decision.Gap = Math.Min(decision.Gap, gap);
    }

    private double[] Zip(Value left, Value right, int token, Func<double, double, double> combine) =>
        _reals[left][token].Zip(_reals[right][token], combine).ToArray();

    private double[] Weight(Weight weight) => weights(layer, weight, -1);

    private double[]? OptionalWeight(Weight? weight) => weight is null ? null : Weight(weight);

    private double[] ExpertWeight(Weight weight, int expert) => weights(layer, weight, expert);

    private void Each(Value output, Func<int, double[]> row) => _reals[output] = Tokens(row);

    private T[] Tokens<T>(Func<int, T> row) => Enumerable.Range(0, tokens.Count).Select(row).ToArray();
}
