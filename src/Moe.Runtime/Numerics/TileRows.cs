namespace Moe.Runtime.Numerics;

/// <summary>One row of a tile, as a type argument.</summary>
internal readonly struct Rows1 : IDimension
{
    public static int Size => 1;
}

/// <summary>Two rows of a tile, as a type argument.</summary>
internal readonly struct Rows2 : IDimension
{
    public static int Size => 2;
}

/// <summary>Three rows of a tile, as a type argument.</summary>
internal readonly struct Rows3 : IDimension
{
    public static int Size => 3;
}

/// <summary>Four rows of a tile, as a type argument.</summary>
internal readonly struct Rows4 : IDimension
{
    public static int Size => 4;
}

/// <summary>Five rows of a tile, as a type argument.</summary>
internal readonly struct Rows5 : IDimension
{
    public static int Size => 5;
}

/// <summary>Six rows of a tile, as a type argument.</summary>
internal readonly struct Rows6 : IDimension
{
    public static int Size => 6;
}
