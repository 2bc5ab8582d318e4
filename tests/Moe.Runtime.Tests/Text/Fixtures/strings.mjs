// The strings of the fixtures: the same seed, the same strings. Characters are taken from Unicode 13 or older, so that the
// Unicode versions of the implementations do not matter.
const scripts = [
  [0x41, 0x5a], [0x61, 0x7a], [0xc0, 0x17f], [0x250, 0x2af], [0x370, 0x3ff], [0x400, 0x4ff], [0x531, 0x556], [0x5d0, 0x5ea],
  [0x620, 0x64a], [0x660, 0x669], [0x900, 0x97f], [0x9e6, 0x9f1], [0xe01, 0xe3a], [0x10a0, 0x10c5], [0x1100, 0x11ff],
  [0x1e00, 0x1eff], [0x2160, 0x2188], [0x2460, 0x249b], [0x24b6, 0x24e9], [0x3041, 0x3096], [0x30a1, 0x30fa], [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3], [0xf900, 0xfa6d], [0xff10, 0xff5a],
];
const astral = [
  [0x10000, 0x1000b], [0x10140, 0x10174], [0x10330, 0x1034a], [0x103d1, 0x103d5], [0x10400, 0x1044f], [0x104a0, 0x104a9],
  [0x10900, 0x10915], [0x10a01, 0x10a03], [0x11000, 0x11046], [0x11066, 0x1106f], [0x1d165, 0x1d169], [0x12400, 0x12431], [0x1b000, 0x1b0ff],
  [0x1d400, 0x1d454], [0x1d4d0, 0x1d4ff], [0x1d6c1, 0x1d6c1], [0x1d7ce, 0x1d7ff], [0x1e900, 0x1e943], [0x1e950, 0x1e959],
  [0x1f100, 0x1f10c], [0x1f130, 0x1f149], [0x20000, 0x2a6d6], [0x2f800, 0x2fa1d], [0x30000, 0x30100], [0xe0100, 0xe01ef], [0xf0000, 0xf00ff],
];
const marks = [[0x300, 0x36f], [0x483, 0x487], [0x591, 0x5bd], [0x64b, 0x652], [0x20d0, 0x20f0], [0xfe00, 0xfe0f], [0x93e, 0x94d]];
const emoji = ["😀", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "❤️", "🇩🇪", "🧑🏿‍🚀", "1️⃣", "🫶", "✨"];
const spaces = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n", "\u00a0", "\u0085", "\u2003", "\u2028", "\u3000", "\u200b", "\ufeff", "\u180e", "\f", "\v"];
const punctuation = [..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡¿«»‘’“”–—…、。「」§¶°±×÷€£¥©®™←→∑∞≠�▁"];
const words = ("once upon a time there was little old woman who lived in forest and the wolf said king queen daughter The He She I it's don't we'll they've I'm you'd " +
  "WON'T I'LL 'S 'Re it'ſ o'K naïve café résumé Straße ŒUVRE Привет мир 中文 日本語 한국어 العربية עברית हिन्दी ภาษาไทย Ελληνικά 12 345 6789 1,234.56 2024-01-02 0x1F ½ ٣٤٥ Ⅻ ²³").split(" ");
const code = ["for (int i = 0; i < n; i++) {\n    sum += a[i];\n}", "def f(x):\n\treturn x**2  # square", "<a href=\"x\">&amp;</a>", "{\"key\": [1, 2.5e-3, null]}",
  "#include <stdio.h>\r\n\r\nint main()", "SELECT * FROM t WHERE a >= 10;", "https://example.org/a?b=c&d=%20", "λx. x → y", "\\frac{a}{b}", "$HOME/.config", "<0x41>", "a@b.cc"];

export function makeStrings(count, seed, added) {
  let state = seed >>> 0;
  const next = (bound) => {
    // xorshift32
    state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0;
    return state % bound;
  };
  const one = (list) => list[next(list.length)];
  const from = ([first, last]) => String.fromCodePoint(first + next(last - first + 1));
  const run = (make, most) => Array.from({ length: 1 + next(most) }, make).join("");
  const kinds = [
    () => one(words), () => one(words), () => one(words) + one(spaces) + one(words), () => one(code),
    () => one(spaces), () => run(() => one(spaces), 4), () => " ".repeat(next(9)),
    () => run(() => one(punctuation), 4), () => run(() => String(next(10)), 8),
    () => { const script = one(scripts); return run(() => from(script), 5); },
    () => { const script = one(astral); return run(() => from(script), 4); },
    () => from(one(scripts)) + run(() => from(one(marks)), 3), () => from(one(astral)) + from(one(scripts)),
    () => one(emoji), () => String.fromCodePoint(next(0x20)), () => String.fromCodePoint(0x7f + next(0x21)),
    () => one(added), () => one(spaces) + one(added) + one(spaces), () => one(added).slice(0, -1),
    () => from(one(scripts)).repeat(1 + next(12)),
  ];
  const strings = ["", " ", "  ", "\n", "a", "▁", "𝒜", "𝟘", "𐐀", " 𝒜𝟘𐐀 x", "Once upon a time", " Once  upon a   time ", ...added, ...added.map((t) => `a ${t} b`), ...added.map((t) => `x${t}y`)];
  while (strings.length < count) {
    let text = "";
    for (let n = 1 + next(7); n > 0; n--) text += one(kinds)() + (next(2) ? " " : "");
    strings.push(text);
  }
  return strings.slice(0, count);
}
