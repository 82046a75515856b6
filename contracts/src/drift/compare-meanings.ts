// What fields mean beyond their shape: marks, units and defaults, compared place by place.
// Owns: C022, C027, C037, C038. Does not own: fields that are on one side only (compare-shapes.ts).

import { canonical } from "../json/canonical.ts"
import { formatPointer } from "../json/json-pointer.ts"
import type { Json } from "../json/json.ts"
import type { SchemaType, Variant } from "../shape/shape.ts"
import { change, fieldChange, type Change } from "./change.ts"
import { placesOf, type Place } from "./places.ts"
import type { Part } from "./rules.ts"

/** Marks whose loss takes a protection away; `trusted` is the one whose gain does. */
const protecting = new Set(["secret", "pii", "target", "subject"])

/** The changes of meaning at every place that both types have. */
export function compareMeanings(part: Part, before: SchemaType, after: SchemaType): readonly Change[] {
  const [was, is] = [placesOf(before), placesOf(after)]
  return [...was].flatMap(([place, old]) => {
    const now = is.get(place)
    return now === undefined ? [] : placeChanges(part, old, now)
  })
}

function placeChanges(part: Part, old: Place, now: Place): readonly Change[] {
  const at = formatPointer([part, ...old.path])
  const names = [...new Set([...marksOf(old), ...marksOf(now)])]
  const lost = names.filter((mark) => loses(mark, old, now))
  const gained = names.filter((mark) => loses(mark, now, old))
  const weakened = lost.some((mark) => protecting.has(mark)) || gained.includes("trusted")
  const strengthened = gained.some((mark) => protecting.has(mark)) || lost.includes("trusted")
  const marks = { at, before: marksOf(old), after: marksOf(now) }
  return [
    ...(weakened ? [change("C037", "weakened", marks)] : []),
    ...(strengthened ? [change("C037", "strengthened", marks)] : []),
    ...(lost.includes("policy") ? [change("C038", "removed", marks)] : []),
    ...(gained.includes("policy") ? [change("C038", "added", marks)] : []),
    ...quantityChanges({ part, path: old.path }, old, now),
  ]
}

function quantityChanges(
  place: { readonly part: Part; readonly path: readonly string[] },
  old: Place,
  now: Place,
): readonly Change[] {
  const [unitsWere, unitsAre] = [unitsOf(old), unitsOf(now)]
  const [defaultWas, defaultIs] = [defaultOf(old), defaultOf(now)]
  return [
    ...(unitsWere.join() === unitsAre.join() ? [] : [fieldChange("C027", place, unitsWere, unitsAre)]),
    ...(same(defaultWas, defaultIs)
      ? []
      : [fieldChange("C022", place, defaultWas ?? null, defaultIs ?? null)]),
  ]
}

// A variant that comes or goes with its marks is no loss of a mark: others lose it only when what they were is now without it.
function loses(mark: string, old: Place, now: Place): boolean {
  const marked = ({ variants }: Place) => variants.filter(({ marks }) => marks.has(mark)).length
  const unmarked = (place: Place) => valued(place).length - marked(place)
  return marked(now) < marked(old) && unmarked(now) > unmarked(old)
}

/** Null says nothing that a mark or a unit could be about. */
const valued = ({ variants }: Place): readonly Variant[] =>
  variants.filter(({ marks, shape }) => shape.kind !== "null" || marks.size > 0)

const marksOf = ({ variants }: Place): readonly string[] =>
  [...new Set(variants.flatMap(({ marks }) => [...marks]))].sort()
const unitsOf = ({ variants }: Place): readonly string[] =>
  [...new Set(variants.flatMap(({ unit }) => (unit === null ? [] : [unit])))].sort()
const defaultOf = ({ variants }: Place): Json | undefined =>
  variants.find((variant) => variant.default !== undefined)?.default

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : canonical(a) === canonical(b)
