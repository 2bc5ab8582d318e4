namespace Moe.Runtime.Workers;

/// <summary>What all workers of a pool run together; a struct on the caller's stack that every worker sees.</summary>
public interface IWorkerJob
{
    /// <summary>Runs on every worker of the pool at once, the caller included, and returns on all before the run ends.</summary>
    /// <param name="worker">Who this is, and the ways to divide work and to meet.</param>
    void Run(in Worker worker);
}
