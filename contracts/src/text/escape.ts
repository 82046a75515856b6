// Text from outside, escaped for people: a character that does not print as itself is written out, and no two texts print alike.
// Owns: which characters those are, by their Unicode properties, and how each is written. Does not own: where text is printed,
// nor quoting for a format (XML, Markdown, workflow commands), which comes after.
// Not promised: letters of different scripts that a font draws alike, nor the order of right-to-left letters beside digits.
// Source: Unicode 16, chapter 4 (properties), UAX #15 (normal forms), UAX #44 (Default_Ignorable_Code_Point).

// Controls, formats, unassigned, private use and halves of pairs (C); separators but the space (Z); what a font may leave out:
// variation selectors, Hangul fillers, the grapheme joiner (Default_Ignorable_Code_Point).
const unseenClass = String.raw`\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}[\p{Zs}--[\u0020]]`
// Signs that print nothing though no property says so: the blank Braille pattern, the null notehead, the Egyptian blanks, the
// Khitan filler.
const blanks = String.raw`\u2800\u{1D159}\u{13441}\u{13442}\u{16FE4}`
// Characters that print like another one and differ in where a line may break (decomposition <noBreak>, UAX #44; the spaces among
// them are separators above), and the object replacement character, which is drawn as nothing or as a box.
const twins = String.raw`\u0F0C\u2011\uFFFC`
const unseen = new RegExp(`[${unseenClass}${blanks}${twins}]`, "v")
const everyUnseen = new RegExp(unseen, "gv")
const mark = /\p{M}/u
// Printable ASCII without the backslash needs no escape; everything else is examined character by character.
const plain = /^[\u0020-\u005b\u005d-\u007e]*$/

/** Marks on one letter that print as they are: more than any orthography needs, and too few to cover the lines around. */
const marksMax = 4

/** True when every character of a text prints as itself. A line break does not. */
export const printsAsIs = (text: string): boolean => !unseen.test(text)

/** The text with each character that does not print as itself replaced, for text that is kept cut or simplified. */
export const withoutUnseen = (untrusted: string, by: string): string => untrusted.replaceAll(everyUnseen, by)

/**
 * The text with everything written out that does not print as itself: `\u{…}` with its number, and the backslash twice, so that
 * no two texts print alike and `unescapeText` gives each back. Line breaks stay.
 */
export const escapeText = (untrusted: string): string => escaped(untrusted, (line) => line)

/** The same on one line: a line break is written `\n`. */
export const escapeLine = (untrusted: string): string => escaped(untrusted, () => "\\n")

/** The text that `escapeText` or `escapeLine` was given. */
export const unescapeText = (text: string): string =>
  text.replaceAll(/\\(?:\\|n|u\{([0-9a-f]{1,6})\})/g, (written, number: string | undefined) => {
    if (number !== undefined) return String.fromCodePoint(parseInt(number, 16))
    return written === "\\n" ? "\n" : "\\"
  })

/** JSON that says the same without a character that does not print as itself; its own line breaks stay. */
export const escapeJson = (json: string): string =>
  json.replaceAll(everyUnseen, (character) =>
    character === "\n"
      ? character
      : Array.from(
          { length: character.length },
          (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
        ).join(""),
  )

function escaped(untrusted: string, lineBreak: (character: string) => string): string {
  if (plain.test(untrusted)) return untrusted
  const out: string[] = []
  // What was printed as it is since the last letter: another spelling of it must not print the same.
  let printed = ""
  let marks = 0
  for (const character of untrusted) {
    if (character === "\n") {
      out.push(lineBreak(character))
      printed = ""
      marks = 0
      continue
    }
    const isMark = mark.test(character)
    const asIs =
      character !== "\\" &&
      !unseen.test(character) &&
      isComposed(printed, character) &&
      !(isMark && (printed === "" || marks >= marksMax))
    out.push(asIs ? character : character === "\\" ? "\\\\" : numbered(character))
    marks = isMark ? marks + 1 : 0
    // After what was written out a mark would sit on the escape.
    printed = !asIs ? "" : isMark ? printed + character : character
  }
  return out.join("")
}

/** True when no other text prints like these: they are in normal form, and so is the character by itself. */
const isComposed = (before: string, character: string): boolean =>
  character.normalize("NFC") === character && (before + character).normalize("NFC") === before + character

const numbered = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
