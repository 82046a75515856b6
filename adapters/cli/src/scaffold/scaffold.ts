// The author's description of a new contract, and the names that follow from its name.
// Owns: those names and the kinds of fields. Does not own: the texts of the files (contract-source.ts, handler-source.ts,
// test-source.ts), nor writing them.

import type { ContractMeta, EffectClass, Immutable } from "@counterfoil/contracts"

/** A field as it is typed on the command line: `payment:text`. */
export interface ScaffoldField {
  readonly name: string
  readonly kind: FieldKind
}

/** Everything that the files need. `input` and `output` have at least one field each. */
export interface Scaffold {
  readonly name: string
  readonly effect: EffectClass
  readonly capability: string
  readonly meta: Immutable<ContractMeta>
  readonly input: readonly [ScaffoldField, ...ScaffoldField[]]
  readonly output: readonly [ScaffoldField, ...ScaffoldField[]]
}

/** The schema of a kind of field and a sample value, as source. `from` is the name to import. */
interface KindSource {
  readonly schema: string
  readonly from: "text" | "Time" | null
  readonly sample: string
}

/** The kinds of fields of a scaffold; the author writes others by hand. */
export const fieldKinds = {
  text: { schema: "text(200)", from: "text", sample: '"something"' },
  integer: { schema: "z.int().min(0)", from: null, sample: "1" },
  boolean: { schema: "z.boolean()", from: null, sample: "true" },
  time: { schema: "Time", from: "Time", sample: '"2026-11-21T08:35:00.000Z"' },
} as const satisfies { readonly [kind: string]: KindSource }
export type FieldKind = keyof typeof fieldKinds

/** Names in code and of files: for `git.tag.create` the folder `git`, the file `tag-create`, the constant `gitTagCreate`. */
interface ScaffoldNames {
  readonly folder: string
  readonly file: string
  readonly contract: string
  readonly handler: string
  readonly outside: string
}

/** The names that follow from a contract's name. */
export function namesOf(name: string): ScaffoldNames {
  const [area = "", ...rest] = name.split(".")
  const words = rest.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join("")
  return {
    folder: kebab(area),
    file: rest.map(kebab).join("-"),
    contract: `${area}${words}`,
    handler: `${words.slice(0, 1).toLowerCase()}${words.slice(1)}Handler`,
    outside: `${words}Outside`,
  }
}

/** True for the effect classes of queries. */
export const isQuery = (effect: EffectClass): effect is "pure" | "read" =>
  effect === "pure" || effect === "read"

/** Fields with sample values, as the source of an object. */
export const sampleOf = (fields: readonly ScaffoldField[]): string =>
  fields.length === 0
    ? "{}"
    : `{ ${fields.map(({ name, kind }) => `${name}: ${fieldKinds[kind].sample}`).join(", ")} }`

/** Text as the source of a string, with the formatter's quotes. */
export function quoted(text: string): string {
  const double = JSON.stringify(text)
  return text.includes('"') && !text.includes("'")
    ? `'${double.slice(1, -1).replaceAll('\\"', '"')}'`
    : double
}

const kebab = (word: string): string => word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
