using System;

namespace Moe.Runtime.Workers;

/// <summary>Ends a worker's run at its next barrier because another worker has failed; never leaves the pool.</summary>
internal sealed class RunAbortedException() : Exception("Another worker of the run has failed.");
