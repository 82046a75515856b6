// Two variants of one kind, facet by facet: lengths, bounds, elements, fields.
// Owns: C010 to C014, C016, C017, C020, C021, C026 and C048 inside one variant. Does not own: which became which (pair-variants.ts),
// nor what cannot be compared (unread.ts).

import type { Json } from "../json/json.ts"
import { numbersFit, stepDivides } from "../shape/number-set.ts"
import { typeOfShape } from "../shape/schema-type.ts"
import type {
  ArrayShape,
  NumberShape,
  ObjectShape,
  SchemaType,
  StringShape,
  Variant,
} from "../shape/shape.ts"
import { textsFit } from "../shape/text-language.ts"
import { fieldChange, undecided, type Change } from "./change.ts"
import { wordOf } from "./shape-words.ts"
import { unreadDiffers } from "./unread.ts"
import { below, leftUnread, misfitOf, type Walk } from "./walk.ts"

/** The changes from one variant to another of the same kind. */
export function compareVariant(
  { shape: old }: Variant,
  { shape: now }: Variant,
  walk: Walk,
): readonly Change[] {
  if (old.kind === "string" && now.kind === "string") return stringChanges(old, now, walk)
  if (old.kind === "number" && now.kind === "number") return numberChanges(old, now, walk)
  if (old.kind === "array" && now.kind === "array") return arrayChanges(old, now, walk)
  if (old.kind === "object" && now.kind === "object") return objectChanges(old, now, walk)
  return []
}

interface Facets {
  readonly tighter: boolean
  readonly looser: boolean
  readonly before: Json
  readonly after: Json
}

function facetChanges({ tighter, looser, before, after }: Facets, walk: Walk): readonly Change[] {
  return [
    ...(tighter ? [fieldChange("C020", walk, before, after)] : []),
    ...(looser ? [fieldChange("C021", walk, before, after)] : []),
  ]
}

// Compares the texts themselves: a pattern that is written in another way, or that a bound makes needless, makes no difference.
function stringChanges(old: StringShape, now: StringShape, walk: Walk): readonly Change[] {
  const [tighter, looser] = [narrowed(old, now), narrowed(now, old)]
  const format = old.format !== now.format
  return possibleChanges(
    {
      tighter: { ...tighter, surely: tighter.surely || (format && now.format !== null) },
      looser: { ...looser, surely: looser.surely || (format && old.format !== null) },
      before: textFacets(old),
      after: textFacets(now),
    },
    walk,
  )
}

/** Whether values are removed or added: certainly, or, when `why` is set, possibly. */
interface Possible {
  readonly surely: boolean
  readonly why: string | null
}

interface PossibleFacets {
  readonly tighter: Possible
  readonly looser: Possible
  readonly before: Json
  readonly after: Json
}

// A value that callers may lose, or that may be new to readers, needs a person's judgement; the other direction breaks no one.
function possibleChanges({ tighter, looser, before, after }: PossibleFacets, walk: Walk): readonly Change[] {
  const [grave, harmless] = walk.part === "input" ? [tighter.why, looser.why] : [looser.why, tighter.why]
  const listed = grave === null && harmless !== null
  return [
    ...facetChanges(
      {
        tighter: tighter.surely || (listed && walk.part !== "input"),
        looser: looser.surely || (listed && walk.part === "input"),
        before,
        after,
      },
      walk,
    ),
    ...(grave === null ? [] : [undecided(walk, grave)]),
  ]
}

/** Whether some text is lost from one shape to another. `why` is set when patterns leave it open; lengths never do. */
function narrowed(from: StringShape, to: StringShape): Possible {
  const answer = textsFit(from, to)
  if (answer.kind !== "undecided") return { surely: answer.kind === "differs", why: null }
  const samePatterns = to.patterns.every((pattern) => from.patterns.includes(pattern))
  return { surely: to.min > from.min || to.max < from.max, why: samePatterns ? null : answer.why }
}

const textFacets = ({ min, max, format, patterns }: StringShape): Json => ({
  ...bounds("length", min, max),
  ...(format === null ? {} : { format }),
  ...(patterns.length === 0 ? {} : { patterns: [...patterns] }),
})

function bounds(name: string, min: number, max: number): { readonly [name: string]: Json } {
  const [low, high] = [min, max].map((bound) => (Number.isFinite(bound) ? String(bound) : "any"))
  return { [name]: `${low} to ${high}` }
}

function numberChanges(old: NumberShape, now: NumberShape, walk: Walk): readonly Change[] {
  const [lowWas, lowIs] = [lowest(old), lowest(now)]
  const [highWas, highIs] = [highest(old), highest(now)]
  const steps = stepChange(old, now)
  const [keeps, adds] = [numbersFit(old, now), !numbersFit(now, old)]
  const facets = facetChanges(
    {
      tighter: !keeps && (higher(lowIs, lowWas) || higher(highWas, highIs) || steps.tighter),
      looser: adds && (higher(lowWas, lowIs) || higher(highIs, highWas) || steps.looser),
      before: numberFacets(old),
      after: numberFacets(now),
    },
    walk,
  )
  if (old.integer === now.integer || (now.integer ? keeps : !adds)) return facets
  const kind = now.integer ? "C017" : "C016"
  const words = (integer: boolean) => (integer ? "integer" : "number")
  return [fieldChange(kind, walk, words(old.integer), words(now.integer)), ...facets]
}

/** A bound; a second number says whether the bound itself is left out. */
type Bound = readonly [number, number]
const lowest = ({ min, above }: NumberShape): Bound =>
  above >= min && Number.isFinite(above) ? [above, 1] : [min, 0]
const highest = ({ max, below: under }: NumberShape): Bound =>
  under <= max && Number.isFinite(under) ? [under, -1] : [max, 0]
const higher = (a: Bound, b: Bound): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])

function stepChange({ multipleOf: was }: NumberShape, { multipleOf: is }: NumberShape) {
  if (was === is) return { tighter: false, looser: false }
  return {
    tighter: is !== null && (was === null || !stepDivides(was, is)),
    looser: was !== null && (is === null || !stepDivides(is, was)),
  }
}

const numberFacets = (shape: NumberShape): Json => ({
  ...bounds("range", lowest(shape)[0], highest(shape)[0]),
  ...(lowest(shape)[1] === 0 ? {} : { exclusiveMinimum: shape.above }),
  ...(highest(shape)[1] === 0 ? {} : { exclusiveMaximum: shape.below }),
  ...(shape.multipleOf === null ? {} : { multipleOf: shape.multipleOf }),
})

function arrayChanges(old: ArrayShape, now: ArrayShape, walk: Walk): readonly Change[] {
  const facets = facetChanges(
    {
      tighter: now.min > old.min || now.max < old.max || (now.unique && !old.unique),
      looser: now.min < old.min || now.max > old.max || (old.unique && !now.unique),
      before: { ...bounds("items", old.min, old.max), unique: old.unique },
      after: { ...bounds("items", now.min, now.max), unique: now.unique },
    },
    walk,
  )
  const places = Math.max(old.prefix.length, now.prefix.length)
  const prefix = Array.from({ length: places }, (_, index) =>
    elementChanges(old.prefix[index] ?? old.rest, now.prefix[index] ?? now.rest, below(walk, String(index))),
  )
  return [...facets, ...prefix.flat(), ...elementChanges(old.rest, now.rest, below(walk, "*"))]
}

// No element at a place is a type without values: more is wider, less is narrower.
function elementChanges(old: SchemaType | null, now: SchemaType | null, walk: Walk): readonly Change[] {
  if (old !== null && now !== null) return walk.compare(old, now, walk)
  if (old !== null) return [fieldChange("C017", walk, wordOf(old), "nothing")]
  return now === null ? [] : [fieldChange("C016", walk, "nothing", wordOf(now))]
}

function objectChanges(old: ObjectShape, now: ObjectShape, walk: Walk): readonly Change[] {
  const names = new Set([
    ...old.properties.keys(),
    ...now.properties.keys(),
    ...old.required,
    ...now.required,
  ])
  return [
    ...[...names].flatMap((name) => memberChanges(name, old, now, below(walk, name))),
    ...furtherChanges(old, now, walk),
    ...nameChanges(old, now, below(walk, "*name")),
  ]
}

function memberChanges(name: string, old: ObjectShape, now: ObjectShape, walk: Walk): readonly Change[] {
  const [was, is] = [old.properties.get(name), now.properties.get(name)]
  const [had, has] = [old.required.has(name), now.required.has(name)]
  if (was !== undefined && is === undefined && !has) {
    return [fieldChange("C014", walk, wordOf(was), null)]
  }
  const [before, after] = [was ?? old.additional, is ?? now.additional]
  const inside = before === null || after === null ? [] : walk.compare(before, after, walk)
  if (was === undefined && !had) {
    const type = after === null ? "nothing" : wordOf(after)
    return [fieldChange(has ? "C010" : "C011", walk, null, type), ...inside]
  }
  if (had === has) return inside
  return [fieldChange(has ? "C012" : "C013", walk, null, null), ...inside]
}

function furtherChanges(old: ObjectShape, now: ObjectShape, walk: Walk): readonly Change[] {
  if (old.additional !== null && now.additional !== null) {
    return walk.compare(old.additional, now.additional, below(walk, "*"))
  }
  if (old.additional !== null) return [fieldChange("C017", walk, "open object", "closed object")]
  return now.additional === null ? [] : [fieldChange("C026", walk, "closed object", "open object")]
}

// Names matter where unlisted fields are allowed.
function nameChanges(old: ObjectShape, now: ObjectShape, walk: Walk): readonly Change[] {
  if (old.additional === null || now.additional === null) return []
  const [was, is] = [old.names ?? anyName, now.names ?? anyName]
  if (unreadDiffers(was, is)) return leftUnread(walk)
  const [tighter, looser] = [lostNames(was, is), lostNames(is, was)]
  return possibleChanges({ tighter, looser, before: wordOf(was), after: wordOf(is) }, walk)
}

function lostNames(from: SchemaType, to: SchemaType): Possible {
  const found = misfitOf(from, to)
  const open = found?.patterns === true
  return { surely: found !== null && !open, why: open ? found.why : null }
}

const anyName = typeOfShape({
  kind: "string",
  min: 0,
  max: Number.POSITIVE_INFINITY,
  format: null,
  patterns: [],
})
