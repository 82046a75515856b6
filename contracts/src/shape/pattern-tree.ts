// A regular expression as a tree: the part of ECMAScript's syntax whose tests can be bounded.
// Owns: that part, and reading it. Does not own: testing a text (pattern.ts).
// Left out, because a test of them cannot be bounded or their meaning depends on captured text: back-references and lookbehind.

/**
 * One part of an expression. A `one` takes one character, and `source` is how it is written: the character itself, an escape or a
 * class. The rest take none or what their parts take.
 */
export type PatternNode =
  | { readonly kind: "one"; readonly source: string; takes(character: number): boolean }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly options: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly inner: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: "ahead"; readonly inner: PatternNode; readonly negated: boolean }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "border"; readonly negated: boolean }

/** A tree and how it counts: by code points, or by UTF-16 units where the expression is valid only without the flag `u`. */
export interface PatternTree {
  readonly root: PatternNode
  readonly unicode: boolean
}

/** Longest expression that is read. The longest of a built-in contract has 213 characters. */
export const patternCharsMax = 4096
/** Deepest groups that are read: reading is recursive. */
const depthMax = 50
/** Most parts of an expression, each counted as often as it has to be repeated: what a short text may cost. */
const partsMax = 2000

/** The expression as this engine reads it natively; null for none. JSON Schema drops the flags of a pattern. */
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

/** The tree of an expression; null when the text is not an expression, or not within the part that is read. */
export function patternTree(pattern: string): PatternTree | null {
  if (pattern.length > patternCharsMax) return null
  const native = regExpOf(pattern)
  if (native === null) return null
  const unicode = native.flags === "u"
  const root = new PatternReader(pattern, unicode).read()
  return root === null || partsOf(root) > partsMax ? null : { root, unicode }
}

function partsOf(node: PatternNode): number {
  switch (node.kind) {
    case "sequence":
      return node.parts.reduce((sum, part) => sum + partsOf(part), 1)
    case "choice":
      return node.options.reduce((sum, option) => sum + partsOf(option), 1)
    case "repeat":
      return partsOf(node.inner) * (node.min + 1)
    case "ahead":
      return partsOf(node.inner) + 1
    case "one":
    case "start":
    case "end":
    case "border":
      return 1
  }
}

const quantifier = /(?:([*+?])|\{(\d{1,9})(?:(,)(\d{0,9}))?\})\??/y
const escapes = {
  unicode:
    /\\(?:u\{[0-9A-Fa-f]{1,8}\}|u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pP]\{[A-Za-z0-9_=]{1,80}\}|0(?!\d)|[^\dkcxupP])/uy,
  plain: /\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|0(?!\d)|[^\dkcxu])/y,
}
const characterClass = /\[(?:[^\]\\]|\\[^])*\]/y

/** Reads one expression that is valid. Every method gives null for what is left out. */
class PatternReader {
  readonly #text: string
  readonly #unicode: boolean
  #at = 0

  constructor(text: string, unicode: boolean) {
    this.#text = text
    this.#unicode = unicode
  }

  read(): PatternNode | null {
    const root = this.#choice(0)
    return this.#at === this.#text.length ? root : null
  }

  #choice(depth: number): PatternNode | null {
    if (depth > depthMax) return null
    const options: PatternNode[] = []
    for (;;) {
      const parts = this.#parts(depth)
      if (parts === null) return null
      options.push({ kind: "sequence", parts })
      if (!this.#skip("|")) return { kind: "choice", options }
    }
  }

  #parts(depth: number): readonly PatternNode[] | null {
    const parts: PatternNode[] = []
    while (this.#at < this.#text.length && !this.#sees("|") && !this.#sees(")")) {
      const part = this.#quantified(depth)
      if (part === null) return null
      parts.push(part)
    }
    return parts
  }

  #quantified(depth: number): PatternNode | null {
    const inner = this.#atom(depth)
    const found = inner === null ? null : this.#take(quantifier)
    if (inner === null || found === null) return inner
    if (inner.kind !== "one" && inner.kind !== "choice") return null
    const [, sign, low, comma, high] = found
    if (sign !== undefined)
      return { kind: "repeat", inner, min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : unlimited }
    const min = Number(low)
    const max = comma === undefined ? min : high === "" ? unlimited : Number(high)
    return { kind: "repeat", inner, min, max }
  }

  #atom(depth: number): PatternNode | null {
    if (this.#skip("^")) return { kind: "start" }
    if (this.#skip("$")) return { kind: "end" }
    if (this.#skip("(")) return this.#group(depth)
    if (this.#skip("\\b")) return { kind: "border", negated: false }
    if (this.#skip("\\B")) return { kind: "border", negated: true }
    if (this.#sees("[")) return this.#native(this.#take(characterClass))
    if (this.#sees("\\")) return this.#native(this.#take(this.#unicode ? escapes.unicode : escapes.plain))
    if (this.#skip(".")) return native(".", this.#unicode)
    // What is left of a brace that quantifies nothing, which only expressions without `u` may have.
    if (this.#sees("{")) return null
    const character = this.#unicode ? this.#text.codePointAt(this.#at) : this.#text.charCodeAt(this.#at)
    if (character === undefined) return null
    this.#at += character > 0xffff ? 2 : 1
    return { kind: "one", source: String.fromCodePoint(character), takes: (other) => other === character }
  }

  #group(depth: number): PatternNode | null {
    const ahead = this.#skip("?=") ? false : this.#skip("?!") ? true : null
    if (ahead === null && !this.#skip("?:") && this.#sees("?") && this.#take(groupName) === null) return null
    const inner = this.#choice(depth + 1)
    if (inner === null || !this.#skip(")")) return null
    return ahead === null ? inner : { kind: "ahead", inner, negated: ahead }
  }

  #native(source: readonly string[] | null): PatternNode | null {
    return source === null ? null : native(source[0] ?? "", this.#unicode)
  }

  #sees(text: string): boolean {
    return this.#text.startsWith(text, this.#at)
  }

  #skip(text: string): boolean {
    if (!this.#sees(text)) return false
    this.#at += text.length
    return true
  }

  #take(form: RegExp): readonly string[] | null {
    form.lastIndex = this.#at
    const found = form.exec(this.#text)
    if (found !== null) this.#at += found[0].length
    return found
  }
}

const unlimited = Number.POSITIVE_INFINITY
const groupName = /\?<[A-Za-z_$][A-Za-z0-9_$]*>/y

/** A class or an escape, judged by the native engine one character at a time, so that it means exactly what it means there. */
function native(source: string, unicode: boolean): PatternNode {
  const one = new RegExp(`^${source}$`, unicode ? "u" : "")
  const known = new Map<number, boolean>()
  return {
    kind: "one",
    source,
    takes: (character) => {
      const answer =
        known.get(character) ??
        one.test(unicode ? String.fromCodePoint(character) : String.fromCharCode(character))
      if (known.size < charactersKept) known.set(character, answer)
      return answer
    },
  }
}

/** Answers that one class keeps: all of ASCII and Latin-1. */
const charactersKept = 256
