using Moe.Runtime.MachineCode;

namespace Moe.Runtime.Numerics;

/// <summary>How code reads a format of weights in groups; the same as the members of <see cref="IGroupFormat"/> with these names.</summary>
internal abstract class WeightCode
{
    /// <summary>Bytes of a group's scales, 16 lanes.</summary>
    internal abstract int ScaleBytes { get; }

    /// <summary>Bytes of a chunk: 8 columns of 16 lanes.</summary>
    internal abstract int ChunkBytes { get; }

    /// <summary>Whether a group has a minimum.</summary>
    internal virtual bool HasMinimum => false;

    /// <summary>What the integers are too large by.</summary>
    internal virtual int Offset => 0;

    /// <summary>Writes the constants that code refers to.</summary>
    internal virtual void Constants(Assembler code)
    {
    }

    /// <summary>Loads what stays in registers: <paramref name="first"/>, and <paramref name="second"/>.</summary>
    internal virtual void Begin(Assembler code, Zmm first, Zmm second)
    {
    }

    /// <summary>The integers of a chunk's columns 0 to 3.</summary>
    internal abstract void Low(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second);

    /// <summary>The integers of columns 4 to 7.</summary>
    internal abstract void High(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second);

    /// <summary>The scales of a group's lanes.</summary>
    internal virtual void Scale(Assembler code, Zmm target, Address scales) => BFloat16(code, target, scales);

    /// <summary>The minima of a group's lanes.</summary>
    internal virtual void Minimum(Assembler code, Zmm target, Address scales) => BFloat16(code, target, scales + 32);

    private static void BFloat16(Assembler code, Zmm target, Address source)
    {
        code.WidenWords(target, source);
        code.ShiftLeft32(target, target, 16);
    }
}

/// <inheritdoc cref="Int8"/>
internal sealed class Int8Code : WeightCode
{
    internal override int ScaleBytes => Int8.ScaleBytes;

    internal override int ChunkBytes => Int8.ChunkBytes;

    internal override int Offset => Int8.Offset;

    internal override void Low(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second) => code.Load(target, chunk);

    internal override void High(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second) => code.Load(target, chunk + 64);
}

/// <inheritdoc cref="Int4"/>
internal class Int4Code : WeightCode
{
    private Address _mask;

    internal override int ScaleBytes => Int4.ScaleBytes;

    internal override int ChunkBytes => Int4.ChunkBytes;

    internal override bool HasMinimum => Int4.HasMinimum;

    internal override void Constants(Assembler code) => _mask = code.Constant(0x0F0F_0F0F);

    internal override void Begin(Assembler code, Zmm first, Zmm second) => code.Broadcast(first, _mask);

    internal override void Low(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second) => code.And(target, first, chunk);

    internal override void High(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second)
    {
        code.ShiftRight16(target, chunk, 4);
        code.And(target, target, first);
    }
}

/// <inheritdoc cref="MXFP4"/>
internal sealed class MXFP4Code : Int4Code
{
    private Address _table, _half, _least;

    internal override int ScaleBytes => MXFP4.ScaleBytes;

    internal override bool HasMinimum => MXFP4.HasMinimum;

    internal override int Offset => MXFP4.Offset;

    internal override void Constants(Assembler code)
    {
        base.Constants(code);
        _table = code.Constant(MXFP4.Integers);
        _half = code.Constant(0x3F00_0000);
        _least = code.Constant(0x0040_0000);
    }

    internal override void Begin(Assembler code, Zmm first, Zmm second)
    {
        base.Begin(code, first, second);
        code.Broadcast128(second, _table);
    }

    internal override void Low(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second)
    {
        base.Low(code, target, chunk, first, second);
        code.LookUp(target, second, target);
    }

    internal override void High(Assembler code, Zmm target, Address chunk, Zmm first, Zmm second)
    {
        base.High(code, target, chunk, first, second);
        code.LookUp(target, second, target);
    }

    // 2^(byte − 128): the exponent's bits, of 0 the subnormal below the least of them, halved.
    internal override void Scale(Assembler code, Zmm target, Address scales)
    {
        code.WidenBytes(target, scales);
        code.ShiftLeft32(target, target, 23);
        code.MaximumOfAll(target, target, _least);
        code.MultiplyByAll(target, target, _half);
    }
}
