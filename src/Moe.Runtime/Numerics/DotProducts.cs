using System;
using Moe.Runtime.MachineCode;

namespace Moe.Runtime.Numerics;

/// <summary>
/// Products of token rows with weights in groups by tiles in machine code (<see cref="DotProductTile"/>), written when a format is first asked for:
/// the bits of <see cref="IntegerPanels"/>.
/// </summary>
/// <typeparam name="TFormat">Weight format.</typeparam>
internal static unsafe class DotProducts<TFormat>
    where TFormat : IGroupFormat
{
    // By what they ask for, panels and rows: see Tile.
    private static readonly nint[]? _tiles = MachineCodeSupport.HasDotProducts ? Publish() : null;

    /// <summary>Whether the processor has the instruction, the system lets code run that was written at run time, and it is written for the format.</summary>
    internal static bool AreAvailable => MachineCodeSupport.IsSupported && _tiles is not null;

    /// <summary>The product.</summary>
    /// <inheritdoc cref="IntegerPanels.Multiply{TRegister, TVector, TFormat}"/>
    internal static void Multiply(
        byte* weights, int panels, int columns, byte* integers, nint strideBytes, int* rows, int tokens, float* output, nint outputStride)
    {
        nint panelBytes = (nint)Groups.PanelBytes<TFormat>(columns), scaleBytes = (nint)Groups.ScaleBytes<TFormat>(columns);
        DotProductCall call;
        call.PanelBytes = panelBytes;
        int groups = Groups.Of(columns);
        call.GroupBytes = groups * 4;
        call.OutputStride = outputStride * sizeof(float);

        // As even as can be: sums of a single row would wait for each other.
        int passes = (tokens + DotProductTile.MostRows - 1) / DotProductTile.MostRows;
        int width = tokens <= MostRows(4) ? 4 : 2;
        for (int panel = 0; panel < panels; panel += width)
        {
            while (width > panels - panel)
                width /= 2;
            call.Scales = weights + (panel * panelBytes);
            call.Chunks = call.Scales + scaleBytes;
            for (int pass = 0; pass < passes; pass++)
            {
                int first = (int)((long)tokens * pass / passes), count = (int)((long)tokens * (pass + 1) / passes) - first;
                for (int row = 0; row < count; row++)
                    call.Rows[row] = (long)(integers + ((rows == null ? first + row : rows[first + row]) * strideBytes));
                call.Output = output + (first * outputStride) + (panel * 16);

                // What the rows after the first ask for: the next panels, a part each until all of them are.
                nint asked = (pass - 1) * groups * DotProductTile.NextBytes;
                call.Next = call.Scales + (width * panelBytes) + (asked < width * panelBytes ? asked : 0);

                // A tile takes microseconds, and a collection waits for one at most, as it would for a tile of ours in C#: no need to tell it.
                ((delegate* unmanaged[SuppressGCTransition]<DotProductCall*, void>)_tiles![Tile(count, width, pass == 0)])(&call);
            }
        }
    }

    /// <summary>Writes all tiles of a format.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="weights">How the format is read.</param>
    /// <param name="isWindows">Whose calling convention they follow.</param>
    /// <returns>Where they begin.</returns>
    internal static nint[] Write(Assembler code, WeightCode weights, bool isWindows)
    {
        var tiles = new nint[Tile(MostRows(2), 2, false) + 1];
        for (int panels = 1; panels <= 4; panels *= 2)
        {
            for (int rows = 1; rows <= MostRows(panels); rows++)
            {
                tiles[Tile(rows, panels, true)] = new DotProductTile(code, weights, rows, panels, true).Write(isWindows);
                if (panels < 4)
                    tiles[Tile(rows, panels, false)] = new DotProductTile(code, weights, rows, panels, false).Write(isWindows);
            }
        }

        return tiles;
    }

    private static nint[]? Publish()
    {
        if (Code() is not { } weights)
            return null;

        Assembler code = new();
        nint[] tiles = Write(code, weights, OperatingSystem.IsWindows());
        nint place = (nint)ExecutableMemory.Publish(code.ToArray());
        return place == 0 ? null : Array.ConvertAll(tiles, tile => tile + place);
    }

    private static WeightCode? Code() =>
        typeof(TFormat) == typeof(Int8) ? new Int8Code()
        : typeof(TFormat) == typeof(Int4) ? new Int4Code()
        : typeof(TFormat) == typeof(MXFP4) ? new MXFP4Code()
        : null;

    // Twelve registers hold sums.
    private static int MostRows(int panels) => Math.Min(DotProductTile.MostRows, 12 / panels);

    // Those that ask for their weights first, in each tiles of one panel first, of two, of four. Rows by four panels are never more than one tile.
    private static int Tile(int rows, int panels, bool isFirst) => ((panels / 2) + (isFirst ? 0 : 3)) * DotProductTile.MostRows + rows - 1;
}
