using System;
using Moe.Runtime.MachineCode;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Writes the tile of <see cref="ByteTiles"/> for processors with VPDPBUSD at 512 bits: some rows of input by some panels of weights, over
/// all groups. Of each group sum += (scale of input · Σ integers) · scale of weights (+ scale · Σ input integers · minimum), groups ascending: bit by
/// bit what the others compute, since sums of integers are exact.
/// </summary>
/// <remarks>
/// Registers: integers of a group in 0 to 11, sums in 12 to 23, weights or their scales in 24 to 27, an input's number in 28, what the format keeps
/// there in 29 and 30, −offset in 31. The stack is not touched, so that whoever walks it finds the caller; registers that the caller wants back lie
/// in the call. No unwind data describes that: nothing may be thrown through a tile, and nothing in it throws. A page of a mapped file that cannot be
/// read ends the process, as it does on Linux in C#.
/// </remarks>
/// <param name="code">Where to.</param>
/// <param name="weights">How the format is read.</param>
/// <param name="rows">Rows, up to <see cref="MostRows"/>.</param>
/// <param name="panels">Panels: 1, 2 or 4.</param>
/// <param name="isFirst">
/// Whether the weights come from memory, so that they are asked for ahead. Otherwise earlier rows have brought them, and what the call names as next is
/// asked for meanwhile, four lines a group; of up to two panels.
/// </param>
internal sealed class DotProductTile(Assembler code, WeightCode weights, int rows, int panels, bool isFirst)
{
    /// <summary>Rows that a tile has at most.</summary>
    internal const int MostRows = 6;

    /// <summary>Bytes of what is next that a tile asks for a group.</summary>
    internal const int NextBytes = 4 * 64;

    private const General Call = General.Rdi, Scales = General.R11, Chunks = General.Rsi, Panel = General.Rbx, ThreePanels = General.R15, Next = General.R15;
    private const General Group = General.R12, GroupEnd = General.R13, Temporary = General.R14;

    private static readonly General[] Inputs = [General.Rax, General.Rcx, General.Rdx, General.R8, General.R9, General.R10];
    private static readonly General[] Kept = [General.Rbx, General.R12, General.R13, General.R14, General.R15];
    private static readonly General[] KeptByWindows = [General.Rbx, General.R12, General.R13, General.R14, General.R15, General.Rsi, General.Rdi];

    private readonly Zmm _input = new(28), _first = new(29), _second = new(30), _offset = new(31);

    /// <summary>Writes the tile.</summary>
    /// <param name="isWindows">Whose calling convention it follows: Windows' or System V's.</param>
    /// <returns>Where it begins.</returns>
    internal int Write(bool isWindows)
    {
        weights.Constants(code);
        Address offset = code.Constant((uint)((-weights.Offset & 0xFFFF) * 0x1_0001));
        code.Align(64);
        int begin = code.Position;
        Enter(isWindows);
        weights.Begin(code, _first, _second);
        if (weights.Offset != 0)
            code.Broadcast(_offset, offset);
        Each((row, panel) => code.Clear(Sum(row, panel)));

        int loop = code.Position;
        Start();
        if (isFirst)
            code.LoadAddress(Temporary, At(Scales, panels));
        for (int panel = 0; isFirst && panel < panels; panel++)
            code.Prefetch0(At(Temporary, panel));
        for (int chunk = 0; chunk < 4; chunk++)
            Chunk(chunk);
        Scale();
        code.Add(Chunks, 4 * weights.ChunkBytes);
        code.Add(Scales, weights.ScaleBytes);
        code.Add(Group, 4);
        if (!isFirst)
            code.Add(Next, NextBytes);
        code.Compare(Group, GroupEnd);
        code.JumpIfBelow(loop);

        int stored = 0;
        EachOutput(place => code.Store(place, Sum(stored / panels, stored++ % panels)));
        Leave(isWindows);
        return begin;
    }

    private void Enter(bool isWindows)
    {
        General argument = isWindows ? General.Rcx : General.Rdi;
        General[] kept = isWindows ? KeptByWindows : Kept;
        for (int i = 0; i < kept.Length; i++)
            code.Move(new Address(argument, DotProductCall.GeneralAt + (8 * i)), kept[i]);
        for (int i = 6; isWindows && i < 16; i++)
            code.StoreLower(new Address(argument, SavedVector(i)), new Zmm(i));
        if (isWindows)
            code.Move(Call, argument);

        code.Move(Scales, new Address(Call, DotProductCall.ScalesAt));
        code.Move(Chunks, new Address(Call, DotProductCall.ChunksAt));
        code.Move(Panel, new Address(Call, DotProductCall.PanelBytesAt));
        code.Move(GroupEnd, new Address(Call, DotProductCall.GroupBytesAt));
        for (int row = 0; row < rows; row++)
            code.Move(Inputs[row], new Address(Call, DotProductCall.RowsAt + (8 * row)));
        if (isFirst)
            code.LoadAddress(ThreePanels, new Address(Panel, 0, Panel, 2));
        else
            code.Move(Next, new Address(Call, DotProductCall.NextAt));

        // Sums are stored at the end; without this each line would then be waited for, one after the other.
        EachOutput(code.PrefetchToWrite);
        code.Clear(Group);
    }

    private void Leave(bool isWindows)
    {
        for (int i = 6; isWindows && i < 16; i++)
            code.LoadLower(new Zmm(i), new Address(Call, SavedVector(i)));
        General[] kept = isWindows ? KeptByWindows : Kept;
        for (int i = 0; i < kept.Length; i++)
            code.Move(kept[i], new Address(Call, DotProductCall.GeneralAt + (8 * i)));
        code.ClearUpperHalves();
        code.Return();
    }

    // What sums begin with: -offset · the sums of the input's integers.
    private void Start()
    {
        if (weights.Offset == 0)
        {
            Each((row, panel) => code.Clear(Integers(row, panel)));
            return;
        }

        code.LoadAddress(Temporary, new Address(Group, 0, GroupEnd, 8));
        code.LoadAddress(Temporary, new Address(Temporary, 0, GroupEnd, 2));
        for (int row = 0; row < rows; row++)
        {
            code.Broadcast(_input, new Address(Inputs[row], 0, Temporary));
            code.MultiplyAddWords(Integers(row, 0), _input, _offset);
            for (int panel = 1; panel < panels; panel++)
                code.Move(Integers(row, panel), Integers(row, 0));
        }
    }

    private void Chunk(int chunk)
    {
        int at = chunk * weights.ChunkBytes;
        if (!isFirst)
            code.Prefetch1(new Address(Next, chunk * 64));
        for (int panel = 0; isFirst && panel < panels; panel++)
        {
            for (int line = 0; line < weights.ChunkBytes; line += 64)
            {
                code.Prefetch1(At(Chunks, panel) + (at + Ahead.Far + line));
                code.Prefetch0(At(Chunks, panel) + (at + Ahead.Near + line));
            }
        }

        for (int half = 0; half < 2; half++)
        {
            for (int panel = 0; panel < panels; panel++)
            {
                Address place = At(Chunks, panel) + at;
                if (half == 0)
                    weights.Low(code, Weight(panel), place, _first, _second);
                else
                    weights.High(code, Weight(panel), place, _first, _second);
            }

            for (int row = 0; row < rows; row++)
            {
                code.Broadcast(_input, new Address(Inputs[row], (chunk * 8) + (half * 4), Group, 8));
                for (int panel = 0; panel < panels; panel++)
                    code.DotBytes(Integers(row, panel), Weight(panel), _input);
            }
        }
    }

    private void Scale()
    {
        for (int panel = 0; panel < panels; panel++)
            weights.Scale(code, Weight(panel), At(Scales, panel));
        code.LoadAddress(Temporary, new Address(Group, 0, GroupEnd, 8));
        for (int row = 0; row < rows; row++)
        {
            code.Broadcast(_input, new Address(Inputs[row], 0, Temporary));
            for (int panel = 0; panel < panels; panel++)
            {
                Zmm integers = Integers(row, panel);
                code.ToFloats(integers, integers);
                code.Multiply(integers, integers, _input);
                code.MultiplyAdd(Sum(row, panel), integers, Weight(panel));
            }
        }

        if (!weights.HasMinimum)
            return;

        for (int panel = 0; panel < panels; panel++)
            weights.Minimum(code, Weight(panel), At(Scales, panel));
        code.Add(Temporary, GroupEnd);
        for (int row = 0; row < rows; row++)
        {
            code.Broadcast(_input, new Address(Inputs[row], 0, Temporary));
            for (int panel = 0; panel < panels; panel++)
                code.MultiplyAdd(Sum(row, panel), _input, Weight(panel));
        }
    }

    // The output's lines in their order; no other register is needed before the loop over groups, and after it.
    private void EachOutput(Action<Address> action)
    {
        code.Move(Temporary, new Address(Call, DotProductCall.OutputAt));
        code.Move(Group, new Address(Call, DotProductCall.OutputStrideAt));
        for (int row = 0; row < rows; row++)
        {
            for (int panel = 0; panel < panels; panel++)
                action(new Address(Temporary, panel * 64));
            if (row + 1 < rows)
                code.Add(Temporary, Group);
        }
    }

    private void Each(Action<int, int> action)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int panel = 0; panel < panels; panel++)
                action(row, panel);
        }
    }

    private Zmm Integers(int row, int panel) => new((row * panels) + panel);

    private Zmm Sum(int row, int panel) => new(12 + (row * panels) + panel);

    private static Zmm Weight(int panel) => new(24 + panel);

    private static int SavedVector(int vector) => DotProductCall.VectorsAt + (16 * (vector - 6));

    // The same place some panels further.
    private static Address At(General place, int panel) => panel switch
    {
        0 => new(place),
        3 => new(place, 0, ThreePanels),
        _ => new(place, 0, Panel, panel),
    };
}
