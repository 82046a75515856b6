// Text from outside is shown, not obeyed: control, bidi and zero-width characters become visible escapes.
// Owns: which characters are escaped. Used on everything that a command prints, in every format.

// C0 and C1 controls but newline; soft hyphen; Arabic letter mark; zero-width and bidi marks, embeddings, isolates;
// invisible operators; the byte order mark; tag characters (Unicode 16, chapters 23.2 and 23.9). Halves of surrogate pairs and
// U+FFFE, U+FFFF are no characters at all, and XML and UTF-8 have no place for them.
const dangerous =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]|[\u{e0000}-\u{e007f}]/gu

/** The text with every character that could act on a terminal or hide written as `\u{…}`. Newlines stay. */
export function escapeText(untrusted: string): string {
  return untrusted.replaceAll(
    dangerous,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** The same on one line: newlines are escaped too. */
export const escapeLine = (untrusted: string): string => escapeText(untrusted).replaceAll("\n", "\\n")
