// What fields mean beyond their shape: marks, units and defaults, compared place by place.
// Owns: C022, C027, C037, C038. Does not own: fields that are on one side only (compare-shapes.ts).

import { seenByPolicy } from "../schema/schema.ts"
import { canonical } from "../json/canonical.ts"
import { formatPointer } from "../json/json-pointer.ts"
import type { Json } from "../json/json.ts"
import type { SchemaType, Variant } from "../shape/shape.ts"
import { targetForms } from "../normal/normal-form.ts"
import { change, fieldChange, type Change, type FieldPlace } from "./change.ts"
import { groupVariants } from "./pair-variants.ts"
import { partsOf } from "./places.ts"
import type { Part } from "./rules.ts"
import { meet, type Met } from "./walk.ts"

/** Marks whose loss takes a protection away; `trusted` is the one whose gain does. */
const protecting = new Set(["secret", "pii", "target", "subject", ...targetForms])

/** The changes of meaning at every place that both types have. */
export function compareMeanings(part: Part, before: SchemaType, after: SchemaType): readonly Change[] {
  const seen = new Set<string>()
  return changesAt({ part, path: [] }, sideOf([before]), sideOf([after]), new WeakMap()).filter((one) => {
    const text = canonical({ ...one })
    return !seen.has(text) && seen.add(text)
  })
}

/** All that may be at a place. */
interface Side {
  readonly types: readonly SchemaType[]
  readonly variants: readonly Variant[]
}

const sideOf = (types: readonly SchemaType[]): Side => ({
  types,
  variants: types.flatMap(({ variants }) => variants),
})

// Fields of variants that another field tells apart are compared variant by variant: what two of them swap has changed.
function changesAt(place: FieldPlace, old: Side, now: Side, met: Met): readonly Change[] {
  // A place is compared only when it has a pair that was not met before, so the walk ends for types that hold each other.
  const fresh = old.types.map((before) => now.types.map((after) => meet(met, before, after)))
  if (!fresh.flat().includes(true)) return []
  const inner = groupVariants(old.variants, now.variants).flatMap(([before, after]) => {
    const [was, is] = [inside(before), inside(after)]
    return [...was].flatMap(([segment, types]) => {
      const others = is.get(segment)
      if (others === undefined) return []
      return changesAt({ ...place, path: [...place.path, segment] }, sideOf(types), sideOf(others), met)
    })
  })
  return [...placeChanges(place, old, now), ...inner]
}

function inside(variants: readonly Variant[]): ReadonlyMap<string, readonly SchemaType[]> {
  const types = new Map<string, readonly SchemaType[]>()
  for (const [segment, type] of variants.flatMap(({ shape }) => partsOf(shape)))
    types.set(segment, [...(types.get(segment) ?? []), type])
  return types
}

function placeChanges(place: FieldPlace, old: Side, now: Side): readonly Change[] {
  const at = formatPointer([place.part, ...place.path])
  const names = [...new Set([...marksOf(old), ...marksOf(now)])]
  const lost = names.filter((mark) => loses(mark, old, now))
  const gained = names.filter((mark) => loses(mark, now, old))
  const weakened = lost.some((mark) => protecting.has(mark)) || gained.includes("trusted")
  const strengthened = gained.some((mark) => protecting.has(mark)) || lost.includes("trusted")
  const marks = { at, before: marksOf(old), after: marksOf(now) }
  return [
    ...(weakened ? [change("C037", "weakened", marks)] : []),
    ...(strengthened ? [change("C037", "strengthened", marks)] : []),
    ...(lost.some((mark) => seenByPolicy.has(mark)) ? [change("C038", "removed", marks)] : []),
    ...(gained.some((mark) => seenByPolicy.has(mark)) ? [change("C038", "added", marks)] : []),
    ...quantityChanges(place, old, now),
  ]
}

function quantityChanges(place: FieldPlace, old: Side, now: Side): readonly Change[] {
  const [unitsWere, unitsAre] = [unitsOf(old), unitsOf(now)]
  const [were, are] = [defaultsOf(old), defaultsOf(now)]
  return [
    ...(unitsWere.join() === unitsAre.join() ? [] : [fieldChange("C027", place, unitsWere, unitsAre)]),
    ...(canonical(were) === canonical(are)
      ? []
      : [fieldChange("C022", place, oneOrAll(were), oneOrAll(are))]),
  ]
}

// Adding or removing a marked variant does not lose the mark: it is lost only when unmarked values take the place of marked ones.
function loses(mark: string, old: Side, now: Side): boolean {
  const marked = ({ variants }: Side) => variants.filter(({ marks }) => marks.has(mark)).length
  const unmarked = (place: Side) => valued(place).length - marked(place)
  return marked(now) < marked(old) && unmarked(now) > unmarked(old)
}

/** Null says nothing that a mark or a unit could be about. */
const valued = ({ variants }: Side): readonly Variant[] =>
  variants.filter(({ marks, shape }) => shape.kind !== "null" || marks.size > 0)

const marksOf = ({ variants }: Side): readonly string[] =>
  [...new Set(variants.flatMap(({ marks }) => [...marks]))].sort()
const unitsOf = ({ variants }: Side): readonly string[] =>
  [...new Set(variants.flatMap(({ unit }) => (unit === null ? [] : [unit])))].sort()
const defaultsOf = ({ variants }: Side): readonly Json[] => {
  const found = variants.flatMap((one) => (one.default === undefined ? [] : [one.default]))
  const texts = new Map(found.map((value) => [canonical(value), value]))
  return [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}

const oneOrAll = (values: readonly Json[]): Json => (values.length > 1 ? [...values] : (values[0] ?? null))
