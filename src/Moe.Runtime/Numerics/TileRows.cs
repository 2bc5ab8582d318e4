using System.Runtime.InteropServices;

namespace Moe.Runtime.Numerics;

/// <summary>
/// How many rows a tile has, as a type argument: as many as the type has bytes. A compiler knows that when it first reads a kernel, and so
/// spends no time on the rows that are not there, which it would if it had to look into a property.
/// </summary>
internal interface ITileRows;

/// <summary>One row of a tile.</summary>
[StructLayout(LayoutKind.Sequential, Size = 1)]
internal readonly struct Rows1 : ITileRows;

/// <summary>Two rows of a tile.</summary>
[StructLayout(LayoutKind.Sequential, Size = 2)]
internal readonly struct Rows2 : ITileRows;

/// <summary>Three rows of a tile.</summary>
[StructLayout(LayoutKind.Sequential, Size = 3)]
internal readonly struct Rows3 : ITileRows;

/// <summary>Four rows of a tile.</summary>
[StructLayout(LayoutKind.Sequential, Size = 4)]
internal readonly struct Rows4 : ITileRows;

/// <summary>Five rows of a tile.</summary>
[StructLayout(LayoutKind.Sequential, Size = 5)]
internal readonly struct Rows5 : ITileRows;

/// <summary>Six rows of a tile.</summary>
[StructLayout(LayoutKind.Sequential, Size = 6)]
internal readonly struct Rows6 : ITileRows;
