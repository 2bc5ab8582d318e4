using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Architecture;

namespace Moe.Conformance.Tests.Harness;

/// <summary>Whether a prompt in several calls asks the same as the prompt in one.</summary>
internal static class CutPrompts
{
    /// <summary>It does, unless a rotation goes by the length behind a call and a sequence is longer than the trained length.</summary>
    public static bool AreTheSame(MoeArchitecture architecture, IEnumerable<int[]> sequences) => !architecture.Blocks.Any(block =>
        block.Attention.Rotary?.Scaling is LongRopeScaling { Switch: RotarySwitch.ByLength } rope && sequences.Any(ids => ids.Length > rope.OriginalContextLength));
}
