using System;
using System.Collections.Generic;
using System.Linq;
using Moe.Benchmarks.Limits;
using Moe.Benchmarks.Models;
using Moe.Benchmarks.Results;
using Moe.Runtime.Memory;
using Moe.Runtime.Weights;
using Moe.Runtime.Workers;

namespace Moe.Benchmarks.Tokens;

/// <summary>Measures points and appends them to a result file; points that are there already are left out.</summary>
/// <param name="results">The file.</param>
/// <param name="samples">Turns of each point.</param>
/// <param name="again">Measures points that are there already once more.</param>
public sealed class TokenRun(ResultFile results, int samples, bool again)
{
    /// <summary>Measures; each model is built once for all points that share format and threads.</summary>
    public void Run(IEnumerable<TokenPoint> points, IReadOnlyList<IPeer> peers)
    {
        foreach (var group in points.GroupBy(point => (point.Model, point.Format, point.Cache, point.Threads)))
        {
            IPeer[] able = [.. peers.Where(peer => peer.Supports(group.Key.Format))];
            string[] names = [OwnModel.OwnName, .. able.Select(peer => peer.Name)];
            TokenPoint[] open = [.. group.Where(point => again || !results.Has(point.Key, names))];
            if (open.Length > 0)
                Run(ModelCase.Of(group.Key.Model), group.Key.Format, group.Key.Cache, group.Key.Threads, open, able);
        }
    }

    private void Run(ModelCase model, WeightFormat format, CacheFormat cache, int threads, TokenPoint[] points, IPeer[] peers)
    {
        bool isShared = threads == WorkerPool.Shared.Threads;
        WorkerPool pool = isShared ? WorkerPool.Shared : new WorkerPool(threads);
        List<IContender> others = [];
        OwnModel own = model.Create(format, cache, threads);
        try
        {
            foreach (IPeer peer in peers)
            {
                others.Add(peer.Create(model, format, threads));
                LogitCheck.Run(model, format, own, others[^1]);
            }

            using var meter = new LimitMeter(pool);
            var work = new StepWork(model, format, cache);
            foreach (TokenPoint point in points)
            {
                own.Prepare(point);
                foreach (IContender other in others)
                    other.Prepare(point);
                double bytes = work.Bytes(point, own.CountExperts());
                PairedSamples.Taken taken = PairedSamples.Take(
                    meter, samples, format, [(own.Name, own.Sample), .. others.Select(other => (other.Name, (Func<double>)other.Sample))]);
                Result result = taken.As(point.Key, point.Tokens, bytes, work.Flops(point));
                results.Append(result);
                Report.PrintLine(result);
            }
        }
        finally
        {
            own.Dispose();
            foreach (IContender other in others)
                other.Dispose();
            if (!isShared)
                pool.Dispose();
        }
    }
}
