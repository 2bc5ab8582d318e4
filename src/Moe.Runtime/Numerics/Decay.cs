using System;

namespace Moe.Runtime.Numerics;

/// <summary>How fast the heads of lightning attention forget (MiniMax-Text-01).</summary>
public static class Decay
{
    /// <summary>e^(−2^(−8(head + 1)/heads) · factor of the layer), [layers, heads]: what a state is multiplied with from token to token.</summary>
    /// <param name="heads">Heads of a layer.</param>
    /// <param name="layers">Layers of the model, of whatever kind.</param>
    public static float[] Of(int heads, int layers)
    {
        var decays = new float[checked(heads * layers)];
        for (int layer = 0; layer < layers; layer++)
        {
            for (int head = 0; head < heads; head++)
                decays[(layer * heads) + head] = (float)Math.Exp(-Math.Pow(2, -8.0 * (head + 1) / heads) * LayerFactor(layer, layers));
        }

        return decays;
    }

    /// <summary>1 − layer / (layers − 1 + 1e-5) + 1e-5: later layers forget more slowly.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="layers">Layers of the model.</param>
    public static float LayerFactor(int layer, int layers) => (float)(1 - (layer / (layers - 1 + 1e-5)) + 1e-5);
}
