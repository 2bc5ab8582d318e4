using System;

namespace Moe.Runtime.Numerics;

/// <summary>PhiMoE's sparsemixer at inference (Liu, Gao, Chen 2023; Abdin et al. 2024).</summary>
public static unsafe class SparseMixer
{
    /// <summary>
    /// Two slots in turn: i = the largest logit (of those not chosen yet), m its value; those with (m − z) / max(|z|, m) above
    /// 2·<paramref name="epsilon"/> drop out, in the second turn the first choice too; weight = softmax of what is left, at i.
    /// </summary>
    /// <typeparam name="TExperts">Experts.</typeparam>
    /// <param name="logits">TExperts numbers.</param>
    /// <param name="epsilon">The jitter of training.</param>
    /// <param name="chosen">Receives 2 indices; the second is −1 where there is one expert only.</param>
    /// <param name="weights">Receives 2 weights.</param>
    public static void Choose<TExperts>(float* logits, float epsilon, int* chosen, float* weights)
        where TExperts : IDimension
    {
        chosen[0] = -1;
        for (int turn = 0; turn < 2; turn++)
        {
            int best = -1;
            for (int expert = 0; expert < TExperts.Size; expert++)
            {
                if (expert != chosen[0] && (best < 0 || Routing.Precedes(logits[expert], logits[best])))
                    best = expert;
            }

            chosen[turn] = best;
            weights[turn] = best < 0 ? 0f : Share<TExperts>(logits, epsilon, best, turn == 0 ? -1 : chosen[0]);
        }
    }

    private static float Share<TExperts>(float* logits, float epsilon, int best, int excluded)
        where TExperts : IDimension
    {
        float maximum = logits[best];
        float sum = 0f;
        for (int expert = 0; expert < TExperts.Size; expert++)
        {
            float logit = logits[expert];
            float factor = MathF.Abs(logit) > maximum ? MathF.Abs(logit) : maximum;
            if (expert != excluded && !((maximum - logit) / factor > 2f * epsilon))
                sum += Transcendental.Exp(logit - maximum);
        }

        return 1f / sum;
    }
}
