using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <content>Router stages 2 to 7.</content>
internal sealed partial class GraphRun
{
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
                    NarrowUnforced(picked.Gap);
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
                NarrowUnforced(kept2.Min(kept => kept.Gap));
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
}
