// A small SentencePiece-style BPE in the form that transformers gives Llama 2 and Mixtral: <unk> <s> </s>, 256 byte tokens, pieces
// in the order in which they were learnt, then single characters; merges are all splits of each piece (convert_slow_tokenizer.py).
const sample = "Привет, мир! Как дела? Сказка о рыбаке и рыбке. Grüße aus München, Straße, größer, über. Où est l'été? Ça va, déjà vu, élève. " +
  "El niño pequeño comió mañana. 中文字符中文 日本語の物語 昔々、ある所に 한국어 옛날 옛적에 "+
  "𝒜𝓁𝒾𝒸𝑒 𝒜𝓁𝒾𝒸𝑒 𝟘𝟙𝟚 𝟘𝟙𝟚 𐐀𐐁𐐀𐐁 😀😀😀 👍👍 👩‍👩‍👧 👩‍👩‍👧 for (int i = 0; i < n; i++) {\n    sum += a[i];\n    }\n return 100 200 1000 2000\n\n\n\n    \t\t\n";

export function train(text, pieceCount) {
  text = (text + " " + sample.repeat(12)).replaceAll(" ", "▁");
  const counts = new Map();
  // Pieces do not run over the beginning of a word, but may hold several ▁ in a row.
  for (const word of text.match(/▁+[^▁]*|[^▁]+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const list = [...counts].map(([word, count]) => ({ symbols: [...word], count }));
  const learnt = [];
  while (learnt.length < pieceCount) {
    const pairs = new Map();
    for (const { symbols, count } of list)
      for (let i = 0; i + 1 < symbols.length; i++) {
        const pair = symbols[i] + "\u0000" + symbols[i + 1];
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    let best, most = 0;
    for (const [pair, count] of pairs) if (count > most || (count === most && pair < best)) [best, most] = [pair, count];
    const [left, right] = best.split("\u0000");
    learnt.push([left, right]);
    for (const entry of list) {
      if (entry.symbols.length < 2) continue;
      const merged = [];
      for (let i = 0; i < entry.symbols.length; i++)
        if (entry.symbols[i] === left && entry.symbols[i + 1] === right) { merged.push(left + right); i++; } else merged.push(entry.symbols[i]);
      entry.symbols = merged;
    }
  }

  const vocab = {};
  const add = (token) => { if (!(token in vocab)) vocab[token] = Object.keys(vocab).length; };
  ["<unk>", "<s>", "</s>"].forEach(add);
  for (let b = 0; b < 256; b++) add(`<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`);
  learnt.forEach(([left, right]) => add(left + right));
  const single = new Map();
  for (const letter of text) if (letter > "\u001f") single.set(letter, (single.get(letter) ?? 0) + 1);
  [...single].filter(([, count]) => count > 20).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).forEach(([letter]) => add(letter));
  const usable = learnt.filter(([left, right]) => left in vocab && right in vocab);

  const merges = [];
  for (const piece of Object.keys(vocab)) {
    const letters = [...piece];
    const splits = [];
    if (/^<0x..>$/.test(piece) || vocab[piece] < 3) continue;
    for (let i = 1; i < letters.length; i++) {
      const left = letters.slice(0, i).join(""), right = letters.slice(i).join("");
      if (left in vocab && right in vocab) splits.push([left, right]);
    }
    splits.sort((a, b) => vocab[a[0]] - vocab[b[0]] || vocab[a[1]] - vocab[b[1]]);
    merges.push(...splits);
  }
  return { vocab, merges, usable };
}
