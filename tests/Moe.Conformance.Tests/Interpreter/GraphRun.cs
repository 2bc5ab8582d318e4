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
internal sealed partial class GraphRun(
    IReadOnlyList<TokenPlace> tokens,
    int layer,
    WeightSource weights,
    Trace trace,
    IReadOnlyDictionary<(int Layer, int Token), int[]>? forced = null)
{
    private readonly Dictionary<Value, double[][]> _reals = [];
    private readonly Dictionary<Value, int[][]> _indices = [];
    private readonly Dictionary<Value, bool[][]> _outsideGroups = [];
    private readonly int _step = 0;

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
                double[]? scale = OptionalWeight(norm.Weight);
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
                Each(rotate.Output, token => AttentionOps.Rotate(_reals[rotate.Input][token], rotate, tokens[token].Position, LengthAt(token)));
                break;
            case Attend attend:
                _reals[attend.Output] = AttentionOps.Attend(
                    attend, tokens, _reals[attend.Query], _reals[attend.Key], _reals[attend.Value], OptionalWeight(attend.Sinks),
                    attend.ChosenHeads is null ? null : _indices[attend.ChosenHeads]);
                break;
            case Clip clip:
                Each(clip.Output, token => Array.ConvertAll(_reals[clip.Input][token], x => Math.Clamp(x, -clip.Limit, clip.Limit)));
                break;
            case Temper temper:
                Each(temper.Output, token =>
                {
                    int steps = (tokens[token].Position + 1) / temper.Floor;
                    return Array.ConvertAll(_reals[temper.Input][token], x => x * (1 + (temper.Factor * Math.Log(1 + steps))));
                });
                break;
            case AddScaled add:
                Each(add.Output, token => Zip(add.Left, add.Right, token, (left, right) => (add.Alpha * left) + (add.Beta * right)));
                break;
            case AttendDecaying attend:
                _reals[attend.Output] = LinearAttentionOps.Attend(attend, tokens, _reals[attend.QueryKeyValue], layer);
                break;
            case SigmoidGate gate:
                Each(gate.Output, token => Zip(gate.Input, gate.Gate, token, (x, g) => x / (1 + Math.Exp(-g))));
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
            default:
                if (!RunExperts(op) && !RunScores(op))
                    RunChoice(op);
                break;
        }
    }

    /// <summary>Shows the trace what observers are shown.</summary>
    public GraphRun Show(IEnumerable<Tap> taps)
    {
        foreach (Tap tap in taps)
        {
            for (int token = 0; token < tokens.Count; token++)
            {
                Decision decision = trace.DecisionOf(layer, token);
                if (tap.Kind == TapKind.RouterLogits)
                    decision.Logits = _reals[tap.Value][token];
                else if (tap.Kind == TapKind.Selected)
                    decision.Selected = _indices[tap.Value][token];
                else
                    (decision.Chosen, decision.Weights) = (_indices[tap.Value][token], _reals[tap.SlotWeights!][token]);
            }
        }

        return this;
    }

    /// <summary>What requests bring; nothing unless it is set.</summary>
    public RequestSettings Requests { get; init; } = RequestSettings.None;

    // Choices for each token: padded with −1, forced where the test says so, and narrowing the token's gap.
    private void Choose(Value chosen, Func<int, Picked> choose)
    {
        _indices[chosen] = Tokens<int[]>(token =>
        {
            Picked picked = choose(token);
            // No observer is shown the choice of attention experts, so that none can force it.
            bool isShown = chosen.Name is not (AttentionExpertGraph.Chosen or AttentionGraph.ChosenHeadsName);
            if (isShown)
                Narrow(token, picked.Gap);
            else
                NarrowUnforced(picked.Gap);
            int[] own = isShown && forced is not null && forced.TryGetValue((layer, token), out int[]? choice) ? choice : picked.Chosen;
            return [.. own, .. Enumerable.Repeat(-1, chosen.Width - own.Length)];
        });
    }

    // All tokens are one call.
    private int LengthAt(int token) => tokens.Where(other => other.Sequence == tokens[token].Sequence).Max(other => other.Position) + 1;

    // The tokens of each group, in order.
    private int[][] GroupsOf(TokenGroup over) => over == TokenGroup.Call
        ? [[.. Enumerable.Range(0, tokens.Count)]]
        : [.. Enumerable.Range(0, tokens.Count).GroupBy(token => tokens[token].Sequence).Select(group => group.ToArray())];

    private void Slots(Value output, Value chosen, int first, int count, Func<int, int, double[]> row) => Each(output, token =>
    {
        var all = new double[output.ElementsPerToken];
        for (int slot = 0; slot < chosen.Width; slot++)
        {
            if (IsIn(_indices[chosen][token][slot], first, count))
                row(token, slot).CopyTo(all, slot * output.Width);
        }

        return all;
    });

    private void Sum(Value output, Value chosen, Value weights, int first, int count, Func<int, int, double[]> answer) => Each(output, token =>
    {
        var sum = new double[output.Width];
        for (int slot = 0; slot < chosen.Width; slot++)
        {
            if (!IsIn(_indices[chosen][token][slot], first, count))
                continue;
            double[] own = answer(token, slot);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += _reals[weights][token][slot] * own[i];
        }

        return sum;
    });

    private double[] SlotOf(Value value, int token, int slot) =>
        value.Slots == 1 ? _reals[value][token] : _reals[value][token].AsSpan(slot * value.Width, value.Width).ToArray();

    private static bool IsIn(int expert, int first, int count) => expert >= first && expert < first + count;

    private void NarrowUnforced(double gap) => trace.UnforcedGap = Math.Min(trace.UnforcedGap, gap);

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
