using Moe.Runtime.Numerics;

namespace Moe.Runtime.Tests.Numerics;

/// <summary>A test body for a size that is a type.</summary>
internal interface ISizedTest
{
    void Run<TSize>() where TSize : IDimension;
}

/// <summary>Sizes as types: powers of two, their neighbours, and sizes below every vector.</summary>
internal static class Sizes
{
    internal static readonly int[] All = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 48, 63, 64, 65, 80, 128, 172, 256, 300, 512, 576];

    internal static void Each(ISizedTest test)
    {
        foreach (int size in All)
            At(size, test);
    }

    internal static void At(int size, ISizedTest test)
    {
        switch (size)
        {
            case 1: test.Run<D1>(); break;
            case 2: test.Run<D2>(); break;
            case 3: test.Run<D3>(); break;
            case 4: test.Run<D4>(); break;
            case 5: test.Run<D5>(); break;
            case 7: test.Run<D7>(); break;
            case 8: test.Run<D8>(); break;
            case 15: test.Run<D15>(); break;
            case 16: test.Run<D16>(); break;
            case 17: test.Run<D17>(); break;
            case 31: test.Run<D31>(); break;
            case 48: test.Run<D48>(); break;
            case 63: test.Run<D63>(); break;
            case 64: test.Run<D64>(); break;
            case 65: test.Run<D65>(); break;
            case 80: test.Run<D80>(); break;
            case 128: test.Run<D128>(); break;
            case 172: test.Run<D172>(); break;
            case 256: test.Run<D256>(); break;
            case 300: test.Run<D300>(); break;
            case 512: test.Run<D512>(); break;
            case 576: test.Run<D576>(); break;
            default: Assert.Fail($"no type for size {size}"); break;
        }
    }
}

internal readonly struct D1 : IDimension
{
    public static int Size => 1;
}

internal readonly struct D2 : IDimension
{
    public static int Size => 2;
}

internal readonly struct D3 : IDimension
{
    public static int Size => 3;
}

internal readonly struct D4 : IDimension
{
    public static int Size => 4;
}

internal readonly struct D5 : IDimension
{
    public static int Size => 5;
}

internal readonly struct D6 : IDimension
{
    public static int Size => 6;
}

internal readonly struct D7 : IDimension
{
    public static int Size => 7;
}

internal readonly struct D8 : IDimension
{
    public static int Size => 8;
}

internal readonly struct D15 : IDimension
{
    public static int Size => 15;
}

internal readonly struct D16 : IDimension
{
    public static int Size => 16;
}

internal readonly struct D17 : IDimension
{
    public static int Size => 17;
}

internal readonly struct D31 : IDimension
{
    public static int Size => 31;
}

internal readonly struct D32 : IDimension
{
    public static int Size => 32;
}

internal readonly struct D48 : IDimension
{
    public static int Size => 48;
}

internal readonly struct D63 : IDimension
{
    public static int Size => 63;
}

internal readonly struct D64 : IDimension
{
    public static int Size => 64;
}

internal readonly struct D65 : IDimension
{
    public static int Size => 65;
}

internal readonly struct D80 : IDimension
{
    public static int Size => 80;
}

internal readonly struct D128 : IDimension
{
    public static int Size => 128;
}

internal readonly struct D172 : IDimension
{
    public static int Size => 172;
}

internal readonly struct D256 : IDimension
{
    public static int Size => 256;
}

internal readonly struct D300 : IDimension
{
    public static int Size => 300;
}

internal readonly struct D512 : IDimension
{
    public static int Size => 512;
}

internal readonly struct D576 : IDimension
{
    public static int Size => 576;
}
