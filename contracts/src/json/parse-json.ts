// The strict, bounded parser in front of everything: bytes from outside become a JSON value or a problem.
// Owns: refusing what two parsers could read differently (duplicate keys, lone surrogates, numbers that lose their
// value) and what could harm us (depth, size, keys that reach prototypes). Does not own: contracts, which parse the value.
// Written here, because no library that we know refuses all of this and says where. Never throws; recursion is bounded by depth.

import { err, ok, type Result } from "../result.ts"
import { keepsItsValue } from "./exact-number.ts"
import { jsonLimits, type ForbiddenJson, type JsonLimits, type JsonProblem } from "./json-limits.ts"
import { showablePointer } from "./json-pointer.ts"
import type { Json } from "./json.ts"
import { decodeUtf8, invalidUtf8At, utf8Length } from "./utf8-text.ts"

/**
 * One JSON value from *untrusted* bytes (RFC 8259, and the I-JSON rules of RFC 7493 §2).
 * `-0` becomes `0`: they are one number and RFC 8785 §3.2.2.3 spells both `0`, so the value that is used is the value
 * that is derived again from the trace (INV-08).
 * Errors: JSON_MALFORMED, JSON_FORBIDDEN, INPUT_TOO_LARGE.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = jsonLimits): Result<Json, JsonProblem> {
  if (bytes.length > limits.bytesMax) return err({ code: "INPUT_TOO_LARGE", limit: limits.bytesMax })
  const text = decodeUtf8(bytes)
  if (text === undefined) return err({ code: "JSON_MALFORMED", offset: invalidUtf8At(bytes) })
  if (text.charCodeAt(0) === byteOrderMark) {
    return err({ code: "JSON_FORBIDDEN", what: "a byte order mark", at: "", offset: 0 })
  }
  const reader = new JsonReader(text, limits)
  const value = reader.document()
  return value === refused ? err(reader.problem) : ok(value)
}

const refused = Symbol("refused")
type Refused = typeof refused

const byteOrderMark = 0xfeff
const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const [letterT, letterF, letterN, letterU] = [0x74, 0x66, 0x6e, 0x75]
const numberForm = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const hexForm = /^[0-9a-fA-F]{4}$/
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  "b": "\b",
  "f": "\f",
  "n": "\n",
  "r": "\r",
  "t": "\t",
}
// Code that copies objects member by member can be steered through these into a prototype.
/** Keys that are refused in every document: they mean something to the language. */
export const reservedKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

/** One pass over one document. Each method reads what it is named after from `#at`, or refuses and notes the problem. */
class JsonReader {
  problem: JsonProblem = { code: "JSON_MALFORMED", offset: 0 }
  readonly #text: string
  readonly #limits: JsonLimits
  readonly #path: (string | number)[] = []
  #at = 0

  constructor(text: string, limits: JsonLimits) {
    this.#text = text
    this.#limits = limits
  }

  document(): Json | Refused {
    const value = this.#value()
    if (value === refused) return refused
    this.#skipSpace()
    return this.#at === this.#text.length ? value : this.#malformed(this.#at)
  }

  #value(): Json | Refused {
    this.#skipSpace()
    switch (this.#text.charCodeAt(this.#at)) {
      case openBrace:
        return this.#object()
      case openBracket:
        return this.#array()
      case quote:
        return this.#string()
      case letterT:
        return this.#literal("true", true)
      case letterF:
        return this.#literal("false", false)
      case letterN:
        return this.#literal("null", null)
      default:
        return this.#number()
    }
  }

  #object(): Json | Refused {
    if (this.#path.length >= this.#limits.depthMax) return this.#forbidden("too many levels", this.#at)
    const object: Record<string, Json> = {}
    this.#at++
    if (this.#takes(closeBrace)) return object
    for (let count = 1; ; count++) {
      const key = this.#key(object, count)
      if (key === refused) return refused
      const value = this.#value()
      if (value === refused) return refused
      object[key] = value
      this.#path.pop()
      if (this.#takes(closeBrace)) return object
      if (!this.#takes(comma)) return this.#malformed(this.#at)
    }
  }

  /** The key of the `count`th member and its colon; leaves the key on the path. */
  #key(object: Readonly<Record<string, Json>>, count: number): string | Refused {
    this.#skipSpace()
    const start = this.#at
    if (this.#text.charCodeAt(start) !== quote) return this.#malformed(start)
    if (count > this.#limits.keysMax) return this.#forbidden("too many keys", start)
    const key = this.#string()
    if (key === refused) return refused
    this.#path.push(key)
    if (reservedKeys.has(key)) return this.#forbidden("a reserved key", start)
    if (Object.hasOwn(object, key)) return this.#forbidden("a duplicate key", start)
    return this.#takes(colon) ? key : this.#malformed(this.#at)
  }

  #array(): Json | Refused {
    if (this.#path.length >= this.#limits.depthMax) return this.#forbidden("too many levels", this.#at)
    const items: Json[] = []
    this.#at++
    if (this.#takes(closeBracket)) return items
    for (;;) {
      if (items.length >= this.#limits.itemsMax) return this.#forbidden("too many items", this.#at)
      this.#path.push(items.length)
      const value = this.#value()
      if (value === refused) return refused
      items.push(value)
      this.#path.pop()
      if (this.#takes(closeBracket)) return items
      if (!this.#takes(comma)) return this.#malformed(this.#at)
    }
  }

  #string(): string | Refused {
    const opened = this.#at
    let plainFrom = opened + 1
    let decoded = ""
    for (let at = plainFrom; ; at++) {
      const code = this.#text.charCodeAt(at)
      if (code === quote) {
        this.#at = at + 1
        return this.#checkedString(inOnePiece(decoded, this.#text.slice(plainFrom, at)), opened)
      }
      if (code === backslash) {
        const character = this.#escape(at + 1)
        if (character === undefined) return this.#malformed(at)
        decoded += this.#text.slice(plainFrom, at) + character
        at += this.#text.charCodeAt(at + 1) === letterU ? 5 : 1
        plainFrom = at + 1
      } else if (!(code >= 0x20)) {
        // A control character, or NaN: the text ended inside the string.
        return this.#malformed(at)
      }
    }
  }

  #escape(at: number): string | undefined {
    if (this.#text.charCodeAt(at) !== letterU) return escapes[this.#text.charAt(at)]
    const digits = this.#text.slice(at + 1, at + 5)
    return hexForm.test(digits) ? String.fromCharCode(Number.parseInt(digits, 16)) : undefined
  }

  #checkedString(value: string, opened: number): string | Refused {
    const { stringBytesMax } = this.#limits
    // A UTF-16 unit is at most 3 bytes of UTF-8, so that short strings need no count.
    if (value.length * 3 > stringBytesMax && utf8Length(value) > stringBytesMax) {
      return this.#forbidden("too long a string", opened)
    }
    return value.isWellFormed() ? value : this.#forbidden("a lone surrogate", opened)
  }

  #number(): number | Refused {
    numberForm.lastIndex = this.#at
    const digits = numberForm.exec(this.#text)?.[0]
    if (digits === undefined) return this.#malformed(this.#at)
    const value = Number(digits)
    if (!Number.isFinite(value) || (value === 0 && isSomething(digits))) {
      return this.#forbidden("a number out of range", this.#at)
    }
    // By value, not by spelling: 1e20 would be written back as an integer that no parser need keep.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      return this.#forbidden("an integer beyond 2^53-1", this.#at)
    }
    if (!keepsItsValue(digits, value)) return this.#forbidden("a number that loses digits", this.#at)
    this.#at += digits.length
    return value === 0 ? 0 : value
  }

  #literal<V extends boolean | null>(name: string, value: V): V | Refused {
    if (!this.#text.startsWith(name, this.#at)) return this.#malformed(this.#at)
    this.#at += name.length
    return value
  }

  #takes(code: number): boolean {
    this.#skipSpace()
    if (this.#text.charCodeAt(this.#at) !== code) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #malformed(at: number): Refused {
    this.problem = { code: "JSON_MALFORMED", offset: this.#byteOffset(at) }
    return refused
  }

  #forbidden(what: ForbiddenJson, at: number): Refused {
    const place = showablePointer(this.#path)
    this.problem = { code: "JSON_FORBIDDEN", what, at: place, offset: this.#byteOffset(at) }
    return refused
  }

  #byteOffset(at: number): number {
    return utf8Length(this.#text.slice(0, at))
  }
}

/**
 * Joins both texts into a string of its own. The engine would return a view of the document, which keeps all of it alive
 * as long as any of its values, and on which `JSON.stringify` is half as fast (as on pairs, see digest/bytes.ts).
 */
function inOnePiece(first: string, second: string): string {
  if (first !== "") return [first, second].join("")
  return second.length < viewedFrom ? second : [second.slice(0, 1), second.slice(1)].join("")
}
// Shorter texts are copied anyway.
const viewedFrom = 13

/** True for a number such as 1e-400, which is not zero but becomes it. */
const isSomething = (digits: string): boolean => /^-?[0.]*[1-9]/.test(digits)
