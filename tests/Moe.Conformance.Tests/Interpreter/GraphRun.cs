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
                Each(rotate.Output, token => AttentionOps.Rotate(_reals[rotate.Input][token], rotate, tokens[token].Position));
                break;
            case Attend attend:
                _reals[attend.Output] = AttentionOps.Attend(
                    attend, tokens, _reals[attend.Query], _reals[attend.Key], _reals[attend.Value], OptionalWeight(attend.Sinks));
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

    private bool RunExperts(Op op)
    {
        switch (op)
        {
            case ExpertLinear linear:
                Each(linear.Output, token => MatrixOps.MultiplyByExpert(linear, _reals[linear.Input][token], _indices[linear.Chosen][token], ExpertWeight));
                return true;
            case SlotLinear linear:
                double[] matrix = Weight(linear.Weight);
                double[]? bias = OptionalWeight(linear.Bias);
                Slots(linear.Output, linear.Chosen, linear.First, linear.Count, (token, slot) =>
                    MatrixOps.Multiply(matrix, SlotOf(linear.Input, token, slot), bias));
                return true;
            case AddToSlots add:
                Slots(add.Output, add.Chosen, add.First, add.Count, (token, slot) =>
                    [.. SlotOf(add.Shared, token, slot).Zip(SlotOf(add.Delta, token, slot), (shared, delta) => shared + (add.Factor * delta))]);
                return true;
            case WeightInput weigh:
                Slots(weigh.Output, weigh.Chosen, weigh.First, weigh.Count, (token, slot) =>
                    [.. SlotOf(weigh.Input, token, slot).Select(x => x * _reals[weigh.SlotWeights][token][slot])]);
                return true;
            case Combine combine:
                Sum(combine.Output, combine.Chosen, combine.SlotWeights, combine.First, combine.Count, (token, slot) => SlotOf(combine.Answers, token, slot));
                return true;
            case CombineCopies copies:
                Sum(copies.Output, copies.Chosen, copies.SlotWeights, copies.First, copies.Count, (token, slot) => SlotOf(copies.Input, token, slot));
                return true;
            case CombineConstants constants:
                Sum(constants.Output, constants.Chosen, constants.SlotWeights, constants.First, constants.Mix.Experts, (token, slot) =>
                {
                    int expert = _indices[constants.Chosen][token][slot] - constants.First;
                    double[] input = SlotOf(constants.Input, token, slot);
                    double[] shares = MatrixOps.Multiply(ExpertWeight(constants.Mix, expert), input, null);
                    AttentionOps.Softmax(shares);
                    double[] vector = ExpertWeight(constants.Vector, expert);
                    return [.. input.Select((x, i) => (shares[0] * x) + (shares[1] * vector[i]))];
                });
                return true;
            case ScaleBlocks blocks:
                int size = blocks.Input.Width / blocks.Factors.Width;
                Each(blocks.Output, token => [.. _reals[blocks.Input][token].Select((x, i) => x * _reals[blocks.Factors][token][i / size])]);
                return true;
            case AdamDirection adam:
                Each(adam.Output, token => Zip(adam.First, adam.Second, token, (first, second) => adam.Gamma * first / Math.Sqrt(second + adam.Epsilon)));
                return true;
            default:
                return false;
        }
    }

    private bool RunScores(Op op)
    {
        switch (op)
        {
            case TaggedLinear linear:
                Each(linear.Output, token =>
                {
                    int tag = _indices[linear.Tag][token][0];
                    return MatrixOps.Multiply(ExpertWeight(linear.Weight, tag), _reals[linear.Input][token], linear.Bias is null ? null : ExpertWeight(linear.Bias, tag));
                });
                return true;
            case GruCell cell:
                Each(cell.Output, token => RouterOps.Gru(_reals[cell.InputGates][token], _reals[cell.StateGates][token], _reals[cell.State][token]));
                return true;
            case Similarity similarity:
                double[] vectors = Weight(similarity.Vectors);
                double? temperature = similarity.Temperature is null ? null : Weight(similarity.Temperature)[0];
                Each(similarity.Output, token => RouterOps.Similarity(_reals[similarity.Input][token], vectors, similarity.Kind, temperature));
                return true;
            case SparsityLogits sparsity:
                double[][] ups = [.. Enumerable.Range(0, sparsity.Up.Experts).Select(expert => ExpertWeight(sparsity.Up, expert))];
                Each(sparsity.Output, token => RouterOps.Sparsity(_reals[sparsity.Input][token], ups));
                return true;
            case Standardise standardise:
                Each(standardise.Output, token => RouterOps.Standardise(_reals[standardise.Input][token], standardise.Target));
                return true;
            case DivideByTemperature divide:
                double divisor = Weight(divide.Temperature)[0];
                Each(divide.Output, token => Array.ConvertAll(_reals[divide.Input][token], x => x / divisor));
                return true;
            case AddRequestBias add:
                Each(add.Output, token => [.. _reals[add.Input][token].Select((x, i) =>
                    x + (add.Scale * (Requests.BiasOf(tokens[token].Sequence) is { } own ? own[i] : 0)))]);
                return true;
            case Score score:
                Each(score.Output, token => RoutingOps.Score(_reals[score.Logits][token], score.Kind));
                return true;
            case TreeScore tree:
                double[]? permutation = tree.Permutation is null ? null : Weight(tree.Permutation);
                Each(tree.Output, token => RouterOps.Tree(_reals[tree.Nodes][token], _reals[tree.Leaves][token], tree, permutation));
                return true;
            case SelectorScore selector:
                Each(selector.Output, token => RouterOps.Selectors(_reals[selector.Codes][token], _reals[selector.Mix][token], selector));
                return true;
            case Constant constant:
                double[] learned = Weight(constant.Vector);
                Each(constant.Output, _ => (double[])learned.Clone());
                return true;
            case AddBias add:
                double[] shift = Weight(add.Bias);
                Each(add.Output, token => [.. _reals[add.Input][token].Select((x, i) => x + shift[i])]);
                return true;
            case MultiplyBy multiply:
                double[] factors = Weight(multiply.Factor);
                Each(multiply.Output, token => [.. _reals[multiply.Input][token].Select((x, i) => x * factors[i])]);
                return true;
            default:
                return false;
        }
    }

    private void RunChoice(Op op)
    {
        switch (op)
        {
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
                Choose(select.Chosen, token =>
                {
                    double[] keys = _reals[select.Key][token];
                    bool[]? outside = _outsideGroups.TryGetValue(select.Key, out bool[][]? all) ? all[token] : null;
                    (int first, int count) = Requests.RanksOf(tokens[token].Sequence, select);
                    return ChoiceOps.Ranks(keys, first, count, outside);
                });
                break;
            case SelectTopP select:
                Choose(select.Chosen, token => ChoiceOps.TopP(_reals[select.Key][token], select.P, select.Rule, select.Minimum, select.Chosen.Width));
                break;
            case SelectAbove select:
                Choose(select.Chosen, token => ChoiceOps.Above(_reals[select.Key][token], select.Threshold, select.Minimum, select.Chosen.Width));
                break;
            case SelectByEntropy select:
                Choose(select.Chosen, token => ChoiceOps.ByEntropy(_reals[select.Key][token], select));
                break;
            case SelectRandom select:
                Choose(select.Chosen, token => new Picked(Requests.Draw(select, layer, tokens[token], _step), double.PositiveInfinity));
                break;
            case SelectFromTable select:
                double[] table = Weight(select.Table);
                Choose(select.Chosen, token => new Picked(
                    [.. Enumerable.Range(0, select.Table.Columns).Select(slot => (int)table[(_indices[select.Ids][token][0] * select.Table.Columns) + slot])],
                    double.PositiveInfinity));
                break;
            case SparseMixer mixer:
                var shares = new double[tokens.Count][];
                Choose(mixer.Chosen, token =>
                {
                    Picked picked = ChoiceOps.SparseMixer(_reals[mixer.Logits][token], mixer.Epsilon, out shares[token]);
                    NarrowUnforced(token, picked.Gap);
                    return picked;
                });
                _reals[mixer.SlotWeights] = shares;
                break;
            case SelectByExperts select:
                Picked[] taken = CoupledOps.ByExperts(_reals[select.Key], GroupsOf(select.Over), select.Fraction);
                Choose(select.Chosen, token => taken[token]);
                break;
            case LimitCapacity limit:
                Picked[] kept2 = CoupledOps.Limit(_indices[limit.Chosen], _reals[limit.Key], GroupsOf(limit.Rule.Over), limit.Rule, layer, tokens);
                _indices[limit.Output] = Tokens(token => kept2[token].Chosen);
                for (int token = 0; token < tokens.Count; token++)
                    NarrowUnforced(token, kept2[token].Gap);
                break;
            case Gather gather:
                Each(gather.Output, token => Array.ConvertAll(_indices[gather.Chosen][token], expert => expert < 0 ? 0 : _reals[gather.Scores][token][expert]));
                break;
            case Renormalise renormalise:
                Each(renormalise.Output, token =>
                {
                    double sum = _reals[renormalise.Input][token].Sum();
                    double divisor = Math.Max(sum + renormalise.Epsilon, renormalise.MinimumSum);
                    return Array.ConvertAll(_reals[renormalise.Input][token], x => sum == 0 ? 0 : x / divisor);
                });
                break;
            case SoftmaxOfChosen softmax:
                Each(softmax.Output, token => ChoiceOps.Softmax(_reals[softmax.Input][token], _indices[softmax.Chosen][token]));
                break;
            case SigmoidOfChosen sigmoid:
                Each(sigmoid.Output, token => [.. _reals[sigmoid.Input][token].Select((x, slot) => _indices[sigmoid.Chosen][token][slot] < 0 ? 0 : 1 / (1 + Math.Exp(-x)))]);
                break;
            case OneOfChosen one:
                Each(one.Output, token => Array.ConvertAll(_indices[one.Chosen][token], expert => expert < 0 ? 0.0 : 1));
                break;
            case ZeroOut zero:
                Each(zero.Output, token => [.. _reals[zero.Input][token].Select((x, slot) =>
                    IsIn(_indices[zero.Chosen][token][slot], zero.First, zero.Count) ? 0 : x)]);
                break;
            case NormaliseOverTokens over:
                _reals[over.Output] = CoupledOps.NormaliseOver(_reals[over.Input], _indices[over.Chosen], GroupsOf(over.Over), over);
                break;
            default:
                throw new NotSupportedException($"The interpreter does not know {op.Mnemonic}.");
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
            Narrow(token, picked.Gap);
            int[] own = forced is not null && forced.TryGetValue((layer, token), out int[]? choice) ? choice : picked.Chosen;
            return [.. own, .. Enumerable.Repeat(-1, chosen.Width - own.Length)];
        });
    }

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

    private void NarrowUnforced(int token, double gap)
    {
        Decision decision = trace.DecisionOf(layer, token);
        decision.UnforcedGap = Math.Min(decision.UnforcedGap, gap);
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
