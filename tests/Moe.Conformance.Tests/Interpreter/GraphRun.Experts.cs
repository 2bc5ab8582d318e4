using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Conformance.Tests.Interpreter;

/// <content>Experts and what joins their answers.</content>
internal sealed partial class GraphRun
{
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
}
