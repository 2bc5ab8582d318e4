using System;

namespace Moe.Runtime.Text;

/// <summary>
/// The 256 printable characters that stand for bytes in a byte-level vocabulary (Radford et al. 2019, GPT-2's encoder.py):
/// a byte that is a visible Latin-1 character stands for itself, the other 68 are U+0100, U+0101, … in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharOf = new char[256];
    private static readonly short[] ByteOf = new short[256 + 68];

    static ByteAlphabet()
    {
        for (int letter = 0; letter < ByteOf.Length; letter++)
            ByteOf[letter] = -1;
        int shifted = 256;
        for (int value = 0; value < 256; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            CharOf[value] = (char)(visible ? value : shifted++);
            ByteOf[CharOf[value]] = (short)value;
        }
    }

    public static char ToChar(byte value) => CharOf[value];

    /// <summary>The byte a character stands for, or -1.</summary>
    public static int ToByte(char letter) => letter < ByteOf.Length ? ByteOf[letter] : -1;

    /// <summary>Whether a token is one letter or more of this alphabet and nothing else.</summary>
    public static bool IsWritten(string token)
    {
        foreach (char letter in token)
        {
            if (ToByte(letter) < 0)
                return false;
        }

        return token.Length > 0;
    }
}
