// What a comparison could not read: a schema with keywords that have no rule here, on either side of a change.
// Owns: where that is. What is not read is never called safe: a check that meets it ends as "not checked".

import type { JsonSchema } from "../schema/schema.ts"
import { canonical } from "../json/canonical.ts"
import { formatPointer } from "../json/json-pointer.ts"
import { refers, typeOf } from "../shape/schema-type.ts"
import type { SchemaType } from "../shape/shape.ts"
import { placesOf, type SchemaPlace } from "./places.ts"
import type { Part } from "./rules.ts"

/** A place that was not compared, and why. `at` is a JSON Pointer into the contract. */
export interface Unread {
  readonly at: string
  readonly why: string
}

/** Why a place is not compared whose schema has a keyword without a rule. */
export const notRead = "Its schema uses keywords that cannot be compared."

/** The places of one part that are not understood and are not the same as before. The schemas are without words and marks. */
export function unreadPlaces(part: Part, before: JsonSchema, after: JsonSchema): readonly Unread[] {
  const [was, is] = [placesOf(typeOf(before)), placesOf(typeOf(after))]
  const definitions = canonical(before["$defs"] ?? null) === canonical(after["$defs"] ?? null)
  return [...is].flatMap(([place, now]) => {
    const old = was.get(place)
    if (old === undefined) return []
    const [spelt, spells] = [spellings(old), spellings(now)]
    const same = spelt.join("\n") === spells.join("\n")
    if (same && (definitions || !spells.some(refers))) return []
    return [{ at: formatPointer([part, ...now.path]), why: notRead }]
  })
}

/** True when one of two types has an unread schema that the other has not. */
export const unreadDiffers = (before: SchemaType, after: SchemaType): boolean =>
  spellings(before).join("\n") !== spellings(after).join("\n")

const spellings = ({ variants }: Pick<SchemaPlace, "variants">): readonly string[] =>
  variants.flatMap(({ shape }) => (shape.kind === "opaque" ? [shape.spelling] : [])).toSorted()
