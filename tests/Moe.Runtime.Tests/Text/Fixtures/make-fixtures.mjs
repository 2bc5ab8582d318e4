// Makes the tokenizer fixtures: strings and the ids that the reference implementation (huggingface/tokenizers, through the npm
// package @anush008/tokenizers) gives for them. Run: npm install && node make-fixtures.mjs [folder with text/train.txt]
// With a folder, characters/tokenizer.json is trained anew on its text; without, the committed one is used.
// The pure JavaScript implementation @huggingface/tokenizers is run beside it and its differences are counted in fixtures.json:
// JavaScript's \s (U+0085, U+FEFF), the long s where case is ignored, single_word, Contiguous, and Metaspace before several spaces.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Tokenizer } from "@anush008/tokenizers";
import { Tokenizer as ScriptTokenizer } from "@huggingface/tokenizers";
import { makeStrings } from "./strings.mjs";
import { train } from "./train.mjs";

const here = (name) => new URL(name, import.meta.url);
const read = (name) => JSON.parse(readFileSync(here(name), "utf8"));
const token = (id, content, flags = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: false, ...flags });
const split = (Regex, behavior = "Isolated", invert = false) => ({ type: "Split", pattern: { Regex }, behavior, invert });
const byteLevel = (flags) => ({ type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false, ...flags });
const sequence = (...pretokenizers) => ({ type: "Sequence", pretokenizers });
const begin = (content, id) => ({
  type: "TemplateProcessing",
  single: [{ SpecialToken: { id: content, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
  pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
  special_tokens: { [content]: { id: content, ids: [id], tokens: [content] } },
});

if (process.argv[2]) {
  const text = readFileSync(`${process.argv[2]}/text/train.txt`, "utf8").replaceAll("<|endoftext|>", "").slice(0, 400000);
  const { vocab, merges, usable } = train(text, 1200);
  mkdirSync(here("characters"), { recursive: true });
  writeFileSync(here("characters/tokenizer.json"), JSON.stringify({
    version: "1.0", truncation: null, padding: null,
    added_tokens: [0, 1, 2].map((id) => token(id, ["<unk>", "<s>", "</s>"][id], { special: true })),
    normalizer: { type: "Sequence", normalizers: [{ type: "Prepend", prepend: "▁" }, { type: "Replace", pattern: { String: " " }, content: "▁" }] },
    pre_tokenizer: null,
    post_processor: begin("<s>", 1),
    decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }] },
    model: { type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, vocab, merges: merges.map((m) => m.join(" ")) },
  }) + "\n");
  writeFileSync(here("characters/tokenizer_config.json"), JSON.stringify({
    tokenizer_class: "LlamaTokenizer", add_bos_token: true, add_eos_token: false, bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>", legacy: true,
  }, null, 2) + "\n");
  writeFileSync(here("characters/learnt-merges.json"), JSON.stringify(usable) + "\n");
}

const contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
// Every pair of bytes is a token here and merges in a scrambled order, so that a wrong cut shows in the ids.
const letters = [];
for (let b = 0, shifted = 256; b < 256; b++)
  letters.push(String.fromCharCode((b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174 ? b : shifted++));
const pairCount = 65536;
const firstAdded = 256 + pairCount;
const pairs = () => {
  const vocab = Object.fromEntries(letters.map((letter, b) => [letter, b]));
  for (let p = 0; p < pairCount; p++) vocab[letters[p >> 8] + letters[p & 255]] = 256 + p;
  const merges = Array.from({ length: pairCount }, (_, rank) => (rank * 40503) % pairCount).map((p) => [letters[p >> 8], letters[p & 255]]);
  return {
    version: "1.0", truncation: null, padding: null, added_tokens: [end], normalizer: null,
    pre_tokenizer: byteLevel({ use_regex: true }), post_processor: null, decoder: byteLevel({}),
    model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: false, vocab, merges },
  };
};
const end = token(firstAdded, "<|endoftext|>", { special: true });
const added = [
  token(firstAdded + 1, "<|im_start|>", { special: true }), token(firstAdded + 2, "<|im_end|>", { special: true }),
  token(firstAdded + 3, "<mask>", { lstrip: true, special: true }), token(firstAdded + 4, "<rest>", { rstrip: true }), token(firstAdded + 5, "WOLF", { single_word: true }),
  token(firstAdded + 6, "née", { normalized: true }), token(firstAdded + 7, "<|im"), token(firstAdded + 8, "    ", {}), token(firstAdded + 9, "<both>", { lstrip: true, rstrip: true, normalized: true }),
];
const pieces = [token(0, "<unk>", { special: true }), token(1, "<s>", { special: true }), token(2, "</s>", { special: true })];
const learnt = existsSync(here("characters/learnt-merges.json")) ? read("characters/learnt-merges.json") : null;
const size = Object.keys(read("characters/tokenizer.json").model.vocab).length;
const metaspace = (flags) => ({ type: "Metaspace", replacement: "▁", ...flags });

// Each variant: the folder it starts from, and the sections that replace those of its tokenizer.json ("model" is merged key by key).
const variants = {
  "fairytales": ["fairytales", {}],
  "characters": ["characters", {}],
  "gpt2": ["pairs", {}],
  "gpt2-prefix-space": ["pairs", { pre_tokenizer: byteLevel({ add_prefix_space: true, use_regex: true }), post_processor: byteLevel({}), added_tokens: [end, ...added] }],
  "qwen2": ["pairs", {
    normalizer: { type: "NFC" }, added_tokens: [end, ...added], post_processor: byteLevel({}),
    pre_tokenizer: sequence(split(contraction + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"), byteLevel({})),
  }],
  "llama3": ["pairs", {
    added_tokens: [end], model: { ignore_merges: true }, post_processor: { type: "Sequence", processors: [byteLevel({}), begin("<|endoftext|>", firstAdded)] },
    pre_tokenizer: sequence(split(contraction + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"), byteLevel({})),
  }],
  "deepseek3": ["pairs", {
    normalizer: { type: "Sequence", normalizers: [] }, added_tokens: [end, token(firstAdded + 1, "<｜begin▁of▁sentence｜>", { special: true })],
    pre_tokenizer: sequence(split("\\p{N}{1,3}"), split("[一-龥\u3040-ゟ゠-ヿ]+"),
      split("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"), byteLevel({})),
  }],
  "gpt4o": ["pairs", {
    pre_tokenizer: sequence(split("[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", "Removed", true), byteLevel({})),
  }],
  "possessive": ["pairs", {
    pre_tokenizer: sequence(split("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s*[\\r\\n]|\\s+(?!\\S)|\\s"), byteLevel({})),
  }],
  "behaviours": ["pairs", {
    pre_tokenizer: sequence(split("[aeiou]", "MergedWithPrevious"), split("\\p{Lu}", "MergedWithNext"), { type: "Split", pattern: { String: "," }, behavior: "Removed", invert: false },
      split("[.!?]", "Contiguous"), { type: "Digits", individual_digits: true }, split("\\P{L}\\d|\\S\\D", "Contiguous", true), byteLevel({})),
  }],
  "ignore-merges": ["fairytales", { model: { ignore_merges: true, merges: read("fairytales/tokenizer.json").model.merges.slice(0, 400) } }],
  "mixtral-metaspace": ["characters", { normalizer: null, pre_tokenizer: metaspace({ prepend_scheme: "first", split: false }), added_tokens: [...pieces, token(size, "[INST]", { special: true }), token(size + 1, "[/INST]", { special: true })] }],
  "metaspace-learnt": ["characters", { normalizer: null, pre_tokenizer: metaspace({ prepend_scheme: "always", split: true }), decoder: metaspace({ prepend_scheme: "always", split: true }), model: { merges: learnt } }],
  "metaspace-never": ["characters", { normalizer: null, pre_tokenizer: metaspace({ add_prefix_space: false, prepend_scheme: "never", split: true }), post_processor: null, model: { byte_fallback: false } }],
  "unknown-apart": ["characters", { model: { byte_fallback: false, fuse_unk: false, ignore_merges: true } }],
  "normalized-added": ["characters", { added_tokens: [token(0, "<unk>", { special: true, normalized: true }), token(1, "<s>", { special: true, normalized: true }), token(2, "</s>", { special: true, normalized: true }), token(size, "né", { normalized: true, rstrip: true }), token(size + 1, " two words", { normalized: true })] }],
};

const texts = [...new Set(["<|endoftext|>", "<s>", "</s>", "<unk>", "<｜begin▁of▁sentence｜>", "[INST]", "[/INST]", " two words", ...added.map((t) => t.content)])];
const strings = makeStrings(10000, 20250309, texts);
writeFileSync(here("strings.json.gz"), gzipSync(JSON.stringify(strings), { level: 9 }));

const report = {};
for (const [name, [base, sections]] of Object.entries(variants)) {
  const json = base === "pairs" ? pairs() : read(`${base}/tokenizer.json`);
  for (const [key, value] of Object.entries(sections)) json[key] = key === "model" ? { ...json.model, ...value } : value;
  const reference = Tokenizer.fromString(JSON.stringify(json));
  const count = name === base ? strings.length : 2000;
  const ids = [];
  const decoded = {};
  for (let i = 0; i < count; i++) {
    const encoding = await reference.encode(strings[i]);
    ids.push(encoding.getIds());
    // Decoded text is kept where it is not the string itself.
    const text = await reference.decode(ids[i], true);
    if (text !== strings[i]) decoded[i] = text;
  }
  const fixture = { base, sections, ids, decoded };
  writeFileSync(here(`${name}.json.gz`), gzipSync(JSON.stringify(fixture), { level: 9 }));

  let differing = 0, example = null;
  try {
    const script = new ScriptTokenizer(json, base === "pairs" ? {} : read(`${base}/tokenizer_config.json`));
    for (let i = 0; i < count; i++) {
      const other = script.encode(strings[i]).ids;
      if (other.join() !== ids[i].join()) { differing++; example ??= strings[i]; }
    }
  } catch (error) { differing = `not run: ${error.message}`; }
  report[name] = { strings: count, javascriptDiffers: differing, firstDifference: example };
  console.log(name, JSON.stringify(report[name]));
}
writeFileSync(here("fixtures.json"), JSON.stringify(report, null, 2) + "\n");
