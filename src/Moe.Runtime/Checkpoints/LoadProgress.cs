namespace Moe.Runtime.Checkpoints;

/// <summary>How far the loading of a checkpoint is. Reported through <see cref="System.IProgress{T}"/>.</summary>
/// <param name="BytesDone">Bytes of the checkpoint that have been read, as stored in its files.</param>
/// <param name="BytesTotal">Bytes that will be read in all.</param>
/// <param name="Tensor">The checkpoint's name of the tensor read last.</param>
public readonly record struct LoadProgress(long BytesDone, long BytesTotal, string Tensor)
{
    /// <summary>The share that is done, from 0 to 1; 1 if there is nothing to read.</summary>
    public double Fraction => BytesTotal == 0 ? 1 : (double)BytesDone / BytesTotal;
}
