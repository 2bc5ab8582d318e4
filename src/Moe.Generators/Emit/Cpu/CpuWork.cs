using System.Collections.Generic;
using System.Linq;
using Moe.Generators.Ir;

namespace Moe.Generators.Emit.Cpu;

/// <summary>What of an operation a phase does.</summary>
internal enum CpuWorkPart
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>Of attention: a token joins the cache.</summary>
    Remember,

    /// <summary>Of latent attention: the query times the key matrix of its head.</summary>
    Absorb,

    /// <summary>Of attention: what the cache answers.</summary>
    Attend,

    /// <summary>Of latent attention: the value matrix of its head times the weighted sum of latents.</summary>
    Expand,
}

/// <summary>Where lowering stood before an operation.</summary>
/// <param name="Phases">Number of phases.</param>
/// <param name="Length">Length of the last one's text.</param>
internal readonly record struct CpuMark(int Phases, int Length)
{
    /// <summary>Where it stands now.</summary>
    public static CpuMark Of(CpuPhases phases) => new(
        phases.Phases.Count, phases.Phases.Count == 0 ? 0 : phases.Phases[phases.Phases.Count - 1].Body.ToString().Length);
}

/// <summary>What a phase does for an operation.</summary>
/// <param name="Op">The operation; an unfused part of one that is done in several phases.</param>
/// <param name="Part">What of it.</param>
internal sealed record CpuWork(Op Op, CpuWorkPart Part = CpuWorkPart.Whole)
{
    /// <summary>Gives an operation that was lowered since the mark to the phases that do its work.</summary>
    /// <remarks>A phase that was only prepared for it (rows as integers, rows arranged by expert) is not one of them.</remarks>
    public static void Assign(CpuPhases phases, Op op, CpuMark mark)
    {
        List<CpuPhase> own = Since(phases, mark);
        CpuPhase? rows = own.LastOrDefault(phase => phase.IsRows);
        CpuPhase[] tiles = own.Where(phase => !phase.IsRows).ToArray();
        CpuPhase? last = tiles.LastOrDefault();
        switch (op)
        {
            case AttendLatent:
                rows!.Work.Add(new CpuWork(op, CpuWorkPart.Remember));
                tiles[tiles.Length - 3].Work.Add(new CpuWork(op, CpuWorkPart.Absorb));
                tiles[tiles.Length - 2].Work.Add(new CpuWork(op, CpuWorkPart.Attend));
                last!.Work.Add(new CpuWork(op, CpuWorkPart.Expand));
                break;
            case Attend or AttendDecaying:
                rows!.Work.Add(new CpuWork(op, CpuWorkPart.Remember));
                last!.Work.Add(new CpuWork(op, CpuWorkPart.Attend));
                break;
            case ExpertDownCombine down:
                last!.Work.Add(new CpuWork(down.Down));
                rows!.Work.AddRange(down.Parts.Where(part => part != down.Down).Select(part => new CpuWork(part)));
                break;
            default:
                (last ?? rows)?.Work.Add(new CpuWork(op));
                break;
        }
    }

    /// <summary>Phases that are new since the mark or have grown.</summary>
    private static List<CpuPhase> Since(CpuPhases phases, CpuMark mark)
    {
        var own = new List<CpuPhase>();
        for (int i = System.Math.Max(0, mark.Phases - 1); i < phases.Phases.Count; i++)
        {
            if (i >= mark.Phases || phases.Phases[i].Body.ToString().Length > mark.Length)
                own.Add(phases.Phases[i]);
        }

        return own;
    }
}
