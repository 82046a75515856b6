// Made-up contracts whose fields have names that are hard to keep apart, with rules and requests about them.
// Owns: the generators. Does not own: any expectation.

import fc from "fast-check"
import type { Callable, Json, JsonObject, Tier } from "@counterfoil/contracts"
import { groups, named } from "./made-up.ts"
import type { FieldTest, OracleRule, Test } from "./oracle.ts"
import type { Action } from "../src/schema/action.ts"
import { inputShapeOf } from "../src/schema/input-shape.ts"
import { contractOf } from "./world.ts"

/** A field, and what it holds: a number, a text, a set of texts or a record. */
export interface Field {
  readonly name: string
  readonly holds: "long" | "text" | "texts" | readonly Field[]
}

/** The fields of one contract, rules about them, and inputs. */
export interface FieldWorld {
  readonly fields: readonly Field[]
  readonly rules: readonly OracleRule[]
  readonly inputs: readonly JsonObject[]
}

/** Names that a joined path, a prototype or an escape could confuse; several are made of each other. */
export const awkwardNames = [
  "a",
  "b",
  "a.b",
  "a.b.a",
  ".",
  "",
  "a[b]",
  'a["b"]',
  '"',
  "\\",
  "a/b",
  "~1",
  "~",
  "*",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "Var",
  "Value",
  "has",
  "left",
  "if",
  "input",
  "call.tainted",
  "a b",
  "a  b",
  "ä",
  "a\u0308",
  "日",
  "\u{1f600}",
  "\u202e",
] as const

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...awkwardNames) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: "grapheme", maxLength: 5 }).filter((text) => text.isWellFormed()),
  },
)
const texts = ["", "a", "a.b", "b"] as const

/** Fields of up to three levels; each level has each name once. */
const fields = (depth: number): fc.Arbitrary<readonly Field[]> =>
  fc.uniqueArray(
    fc.record({
      name,
      holds: fc.oneof(
        fc.constantFrom<Field["holds"]>("long", "long", "text", "texts"),
        ...(depth < 3 ? [fields(depth + 1)] : []),
      ),
    }),
    { minLength: 1, maxLength: 4, selector: (field) => field.name },
  )

/** Objects by definition and not by assignment, so that `__proto__` is a field like any other. */
const objectOf = <T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> =>
  Object.fromEntries(entries)

function schemaOf({ holds }: Field): JsonObject {
  switch (holds) {
    case "long":
      return { type: "integer" }
    case "text":
      return { type: "string" }
    case "texts":
      return { type: "array", items: { type: "string" } }
    default:
      return {
        type: "object",
        additionalProperties: false,
        properties: objectOf(holds.map((field) => [field.name, schemaOf(field)])),
        required: [],
      }
  }
}

/** A value of a field, or nothing: every field may be absent. */
const value = ({ holds }: Field): fc.Arbitrary<Json | undefined> => {
  const present = (): fc.Arbitrary<Json> => {
    switch (holds) {
      case "long":
        return fc.constantFrom(0, 5, 1_000_000)
      case "text":
        return fc.constantFrom(...texts)
      case "texts":
        return fc.subarray([...texts])
      default:
        return members(holds)
    }
  }
  return fc.option(present(), { nil: undefined, freq: 4 })
}
const members = (list: readonly Field[]): fc.Arbitrary<JsonObject> =>
  fc.tuple(...list.map(value)).map((values) =>
    objectOf(
      list.flatMap((field, index): (readonly [string, Json])[] => {
        const found = values[index]
        return found === undefined ? [] : [[field.name, found]]
      }),
    ),
  )

type Place = { readonly path: FieldTest["path"]; readonly holds: Field["holds"] }
const placesIn = (list: readonly Field[], above: readonly string[] = []): readonly Place[] =>
  list.flatMap(({ name: own, holds }): readonly Place[] => {
    const path: FieldTest["path"] = above[0] === undefined ? [own] : [above[0], ...above.slice(1), own]
    return [{ path, holds }, ...(typeof holds === "string" ? [] : placesIn(holds, path))]
  })

const asks = ({ path, holds }: Place): fc.Arbitrary<Test> => {
  const has: fc.Arbitrary<FieldTest["asks"]> = fc.constant({ op: "has" })
  const about = (): fc.Arbitrary<FieldTest["asks"]> => {
    switch (holds) {
      case "long":
        return fc.record({ op: fc.constantFrom("<" as const, "==" as const), than: fc.constantFrom(5, 100) })
      case "text":
        return fc.record({ op: fc.constant("like" as const), prefix: fc.constantFrom(...texts) })
      case "texts":
        return fc.record({ op: fc.constant("contains" as const), member: fc.constantFrom(...texts) })
      default:
        return has
    }
  }
  const test = fc.oneof({ weight: 1, arbitrary: has }, { weight: 4, arbitrary: about() })
  return fc.tuple(test, fc.boolean()).map(([each, not]): Test => {
    const one: Test = { is: "field", path, asks: each }
    return not ? { is: "not", of: one } : one
  })
}

const ruleAbout = (places: readonly Place[], effect: OracleRule["effect"]) =>
  fc.record({
    effect: fc.constant(effect),
    tier: fc.constantFrom<Tier>("low", "low", "low", "medium"),
    who: fc.constant({ kind: null, role: null, id: null }),
    action: fc.constant(null),
    resourceKind: fc.constant(null),
    when: fc.array(
      fc.record({
        holds: fc.boolean(),
        test: fc.oneof(
          ...places.map(asks),
          fc
            .tuple(fc.oneof(...places.map(asks)), fc.oneof(...places.map(asks)))
            .map(([left, right]): Test => ({ is: "or", left, right })),
        ),
      }),
      { minLength: effect === "permit" ? 0 : 1, maxLength: 2 },
    ),
  })

/** The contract with these fields, all seen by policy and all optional, and its action. */
export function contractWith(list: readonly Field[]): {
  readonly contract: Callable
  readonly action: Action
} {
  const contract = contractOf({
    ref: "made.up@1",
    input: objectOf(list.map((field) => [field.name, schemaOf(field)])),
    required: [],
  })
  const shape = inputShapeOf(contract.inputSchema)
  if (!shape.ok) throw new Error(shape.error)
  return { contract, action: { id: contract.ref, groups, input: shape.value } }
}

/** A world of one contract: two or three permits, at most one forbid, and eight inputs. */
export const fieldWorld: fc.Arbitrary<FieldWorld> = fields(1).chain((list) => {
  const places = placesIn(list)
  return fc.record({
    fields: fc.constant(list),
    rules: fc
      .tuple(
        fc.array(ruleAbout(places, "permit"), { minLength: 2, maxLength: 3 }),
        fc.array(ruleAbout(places, "forbid"), { maxLength: 1 }),
      )
      .map(([permits, forbids]) => named([...permits, ...forbids])),
    inputs: fc.array(members(list), { minLength: 8, maxLength: 8 }),
  })
})
