// Patterns of contracts as this engine reads them.
// Owns: reading one, and what to do with one that cannot be read. Does not own: where patterns stand in a schema.

/** The expression of a pattern, or null when this engine cannot read it. JSON Schema drops the flags of a pattern. */
export function regExpOf(pattern: string): RegExp | null {
  // `u` is tried first because `\p{…}` means nothing without it.
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(pattern, flags)
    } catch {
      continue
    }
  }
  return null
}

/** True when a text matches a pattern of a contract. A pattern that this engine cannot read matches: parsing decides. */
export function patternMatches(pattern: string, text: string): boolean {
  return regExpOf(pattern)?.test(text) ?? true
}
