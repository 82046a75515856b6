// Names that people choose: one spelling, one script, no invisible characters, and no two that look alike.
// Owns: what is wrong with a name, and the skeleton by which look-alikes are found. Does not own: which names there are.
// Source: UTS #39 revision 30, sections 4 (skeletons) and 5 (restriction level "highly restrictive"); UAX #31 tables 5 and 7.

import { escapeLine, printsAsIs } from "./escape.ts"

/** What is wrong with a name; each has a sentence in `nameFaults`. */
export type NameFault = keyof typeof nameFaults

/** The sentences. */
export const nameFaults = {
  unseen: "It holds a character that does not print: a control, a format, a filler or an odd space.",
  spelling:
    "It is not in Unicode's normal form, or holds a compatibility character such as a letter of another width.",
  spaces: "It begins or ends with a space, or has two in a row.",
  marks: "It has a mark without a letter, or more than two marks on one letter.",
  scripts: "It mixes letters or digits of several scripts, or uses a script that is not in everyday use.",
  characters:
    "It holds a character other than a letter, a decimal digit, a space, an emoji or one of - _ . ' @ ( ) & , + / : #",
  digits: "It mixes digits of several scripts.",
  order:
    "It has letters that are read from right to left together with digits: they print in another order than they are written.",
  reserved: "It looks like an id, or like a service of the control plane.",
} as const

/** The first fault of a name; null for a good one. */
export function nameFault(name: string): NameFault | null {
  if (!printsAsIs(name)) return "unseen"
  if (name.normalize("NFKC") !== name) return "spelling"
  if (name === "" || name.startsWith(" ") || name.endsWith(" ") || name.includes("  ")) return "spaces"
  if (/(?:^|[^\p{L}\p{M}])\p{M}|\p{M}{3}/u.test(name)) return "marks"
  if (!allowed.test(name)) return "characters"
  if (!isOfOneScript(name)) return "scripts"
  if (new Set(Array.from(name.matchAll(/\p{Nd}/gu), ([digit]) => zeroOf(digit))).size > 1) return "digits"
  if (rightToLeft.test(name) && /\p{Nd}/u.test(name)) return "order"
  const skeleton = skeletonOf(name)
  return reserved.some((start) => skeleton.startsWith(start)) ? "reserved" : null
}

/** A name as people may read it: escaped, and marked where it would be refused today. */
export function nameText(name: string): string {
  const fault = nameFault(name)
  return fault === null ? escapeLine(name) : `${escapeLine(name)} (not a plain name: ${fault})`
}

// A symbol or punctuation mark can look like a letter or like another mark. So only these are allowed: some of ASCII, the
// apostrophe, the middle dot and the dashes of names (the skeleton treats the dashes as one), and emoji without framed letters.
const pictures = String.raw`[[\p{Emoji_Presentation}&&\p{Extended_Pictographic}]&&[\u{1F300}-\u{1FAFF}]]`
const allowed = new RegExp(
  String.raw`^[\p{L}\p{M}\p{Nd}\-_.'@\(\)\x26,+\/:\x23 \u2010\u2013\u2019\u30FB${pictures}]*$`,
  "v",
)

// Letters of the scripts in everyday use that are read from right to left.
const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Thaana}]/u

/** The zero of the ten digits that a digit is one of. No script has more than ten in a row, and no two of them are adjacent. */
function zeroOf(digit: string): number {
  let at = digit.codePointAt(0) ?? 0
  while (/\p{Nd}/u.test(String.fromCodePoint(at - 1))) at -= 1
  return at
}

// Scripts in everyday use (UAX #31 table 5). A letter or digit of another script is refused.
const scripts = [
  "Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew",
  "Hiragana Kannada Katakana Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan",
]
  .join(" ")
  .split(" ")
  .map((script) => ({ script, has: new RegExp(String.raw`\p{Script_Extensions=${script}}`, "u") }))

// Writing systems of several scripts (UTS #39 section 5.1): Japanese, Korean, and Chinese with its phonetic letters.
const together: readonly (readonly string[])[] = [
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Hangul"],
  ["Han", "Bopomofo"],
]
const common = /[\p{Script_Extensions=Common}\p{Script_Extensions=Inherited}]/u
const latin = /\p{Script_Extensions=Latin}/u

function isOfOneScript(name: string): boolean {
  const letters = Array.from(name).filter(
    (character) => /[\p{L}\p{M}\p{N}]/u.test(character) && !common.test(character),
  )
  const sets = letters.map((letter) =>
    scripts.filter(({ has }) => has.test(letter)).map(({ script }) => script),
  )
  const fits = (all: readonly (readonly string[])[], system: readonly string[]): boolean =>
    all.every((set) => set.some((script) => system.includes(script)))
  if (scripts.some(({ script }) => fits(sets, [script]))) return true
  const others = sets.filter((_set, at) => !latin.test(letters[at] ?? ""))
  // Latin letters are read in all three writing systems.
  return together.some((system) => fits(others, system))
}

// Letters that look like a Latin one, by that one: capitals first, because some look like one Latin letter and their small form
// like another. A part of the confusables of UTS #39: letters of scripts in everyday use, and digits.
const capitals = lookAlikesOf({
  A: "АΑ",
  B: "ВΒ",
  C: "СϹ",
  E: "ЕΕ",
  H: "НΗ",
  I: "ІΙӀ",
  J: "ЈͿ",
  K: "КΚ",
  M: "МΜϺ",
  N: "Ν",
  O: "ОΟՕ",
  P: "РΡ",
  S: "ЅՏ",
  T: "ТΤ",
  U: "ՍԱ",
  X: "ХΧ",
  Y: "УΥҮ",
  Z: "Ζ",
  Q: "Ԛ",
  W: "Ԝ",
})
const smalls = lookAlikesOf({
  a: "аαɑ",
  b: "ьɓ",
  c: "сϲᴄ",
  d: "ԁɗ",
  e: "еєҽɛ",
  f: "ғƒſ",
  g: "ɡցԍ",
  h: "һհ",
  i: "іıιɩӏ",
  j: "јϳʝ",
  k: "кκқ",
  l: "լ1|ǀ",
  m: "м",
  n: "пոηƞ",
  o: "оοσօ0ᴏ",
  p: "рρ",
  q: "ԛգզ",
  r: "гᴦɾ",
  s: "ѕꜱʂ",
  t: "тτƭ",
  u: "υսʋ",
  v: "ѵνᴠ",
  w: "ԝшωա",
  x: "хχ",
  y: "уγүყ",
  z: "ᴢʐ",
})

// Letters that look like another one of their own writing system: with a stroke, without a dot, as a small capital, Cyrillic like
// a digit, kana like a Chinese character, the Arabic digits of two regions.
const relatives = lookAlikesOf({
  a: "ᴀⱥ",
  b: "ʙƀ",
  c: "ȼ",
  d: "ᴅđð",
  e: "ᴇɇ",
  f: "ꜰ",
  g: "ɢǥ",
  h: "ʜħ",
  i: "ɪɨ",
  j: "ᴊɉȷ",
  k: "ᴋꝁ",
  l: "ʟłƚ",
  m: "ᴍ",
  n: "ɴ",
  o: "ø",
  p: "ᴘᵽ",
  q: "ꞯꝗ",
  r: "ʀɍ",
  t: "ᴛŧ",
  u: "ᴜʉ",
  w: "ᴡ",
  y: "ʏɏ",
  z: "ƶ",
  "3": "зʒȝӡɜ",
  "4": "ч",
  "6": "б",
  "-": "ー一",
  ロ: "口囗",
  カ: "力",
  ニ: "二",
  ハ: "八",
  エ: "工",
  タ: "夕",
  ト: "卜",
  チ: "千",
  オ: "才",
  ヌ: "又",
  ヒ: "匕",
  ノ: "丿",
  ヘ: "へ",
  リ: "り",
  日: "曰",
  "\u0660": "\u06f0",
  "\u0661": "\u06f1",
  "\u0662": "\u06f2",
  "\u0663": "\u06f3",
  "\u0664": "\u06f4",
  "\u0665": "\u06f5",
  "\u0666": "\u06f6",
  "\u0667": "\u06f7",
  "\u0668": "\u06f8",
  "\u0669": "\u06f9",
})

/**
 * The skeleton of a name: two names with one skeleton look alike. Case, marks on Latin, Greek and Cyrillic letters, kinds of
 * dashes, quotes and spaces, and letters that look like another one do not count.
 */
export const skeletonOf = (name: string): string =>
  replaced(
    replaced(replaced(name.normalize("NFKD"), capitals).toLowerCase().normalize("NFKD"), smalls),
    relatives,
  )
    .replaceAll(/(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]\p{Mn}*)\p{Mn}/gu, "")
    .replaceAll(/\p{Pd}/gu, "-")
    .replaceAll(/[\p{Pi}\p{Pf}'"`´ʹʼˈ]/gu, "'")
    .replaceAll(/\p{Z}+/gu, " ")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("i", "l")
    .normalize("NFC")

function lookAlikesOf(letters: { readonly [like: string]: string }): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(letters).flatMap(([like, others]) =>
      Array.from(others, (other) => [other, like] as const),
    ),
  )
}

const replaced = (text: string, by: ReadonlyMap<string, string>): string =>
  Array.from(text, (character) => by.get(character) ?? character).join("")

/** How ids and the control plane's own services begin. */
const reserved = ["hum_", "svc_", "agt_", "tol_", "counterfoil."].map(skeletonOf)
