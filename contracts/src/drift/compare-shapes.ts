// How the shape of a field changed: null, enums, and which variant became which.
// Owns: C015 to C019, C023 to C025 between two types. Does not own: two variants of one kind (compare-variant.ts).
// What may be called equivalent is: two types that accept the same values have no finding, however they are written.

import { canonical } from "../json/canonical.ts"
import type { Json } from "../json/json.ts"
import { shapeAccepts } from "../shape/accepts-value.ts"
import type { SchemaType, Variant } from "../shape/shape.ts"
import { fieldChange, type Change } from "./change.ts"
import { compareVariant } from "./compare-variant.ts"
import { discriminatorChange, pairVariants } from "./pair-variants.ts"
import type { Part } from "./rules.ts"
import { wordOf, wordsOf } from "./shape-words.ts"
import { fits, type Walk } from "./walk.ts"

/** The changes between two types of one part. */
export const compareShapes = (part: Part, before: SchemaType, after: SchemaType): readonly Change[] =>
  compareTypes(before, after, { part, path: [], open: [], compare: compareTypes })

function compareTypes(before: SchemaType, after: SchemaType, walk: Walk): readonly Change[] {
  if (walk.open.some(([old, now]) => old === before && now === after)) return []
  if (fits(before, after) && fits(after, before)) return []
  const inner: Walk = { ...walk, open: [...walk.open, [before, after]] }
  const [old, now] = [split(before), split(after)]
  return [...nullChanges(old, now, walk), ...literalChanges(old, now, walk), ...restChanges(old, now, inner)]
}

/** A type sorted into null, listed values and all the rest. */
interface Split {
  readonly type: SchemaType
  readonly nullable: boolean
  readonly literals: readonly Json[]
  readonly rest: readonly Variant[]
  /** How many ways there are to be a value of it, null aside. */
  readonly ways: number
}

function split(type: SchemaType): Split {
  const literals = type.variants.flatMap(({ shape }) => (shape.kind === "literals" ? shape.values : []))
  const rest = type.variants.filter(({ shape }) => shape.kind !== "literals" && shape.kind !== "null")
  const listed = literals.filter((value) => value !== null)
  return {
    type,
    rest,
    literals: listed,
    nullable: listed.length < literals.length || type.variants.some(({ shape }) => shape.kind === "null"),
    ways: rest.length + (listed.length > 0 ? 1 : 0),
  }
}

function nullChanges(old: Split, now: Split, walk: Walk): readonly Change[] {
  if (old.nullable === now.nullable || takes(old, null) === takes(now, null)) return []
  const [before, after] = [wordOf(old.type), wordOf(now.type)]
  return [fieldChange(now.nullable ? "C016" : "C017", walk, before, after)]
}

// A list that grows or shrinks. Values that the rest of the type takes anyway do not count.
function literalChanges(old: Split, now: Split, walk: Walk): readonly Change[] {
  const gained = now.literals.filter((value) => !takes(old, value))
  const lost = old.literals.filter((value) => !takes(now, value))
  const lists = [[...old.literals], [...now.literals]] as const
  if (old.literals.length > 0 && now.literals.length > 0) {
    return [
      ...(gained.length > 0 ? [fieldChange("C018", walk, ...lists)] : []),
      ...(lost.length > 0 ? [fieldChange("C019", walk, ...lists)] : []),
    ]
  }
  // A list on one side only is a way that came or went; when something else came or went with it, restChanges says so.
  const alone = old.rest.length === now.rest.length
  return [
    ...(gained.length > 0 && alone ? [fieldChange("C023", walk, ...lists)] : []),
    ...(lost.length > 0 && alone ? [fieldChange("C024", walk, ...lists)] : []),
  ]
}

const takes = (side: Split, value: Json): boolean =>
  side.literals.some((one) => canonical(one) === canonical(value)) ||
  side.type.variants.some(({ shape }) => shape.kind !== "opaque" && shapeAccepts(shape, value))

function restChanges(old: Split, now: Split, walk: Walk): readonly Change[] {
  const moved = discriminatorChange(old.rest, now.rest)
  if (moved !== null) return [fieldChange("C025", walk, moved.before, moved.after)]
  const { pairs, gone, come } = pairVariants(old.rest, now.rest)
  const lost = gone.filter((variant) => !fits({ variants: [variant] }, now.type))
  const gained = come.filter((variant) => !fits({ variants: [variant] }, old.type))
  return [
    ...pairs.flatMap(([before, after]) => compareVariant(before, after, walk)),
    ...unpaired(old, now, { lost, gained }, walk),
  ]
}

// One kind instead of another is a type that changed; a way more or less is a type that was widened or narrowed.
function unpaired(
  old: Split,
  now: Split,
  { lost, gained }: { readonly lost: readonly Variant[]; readonly gained: readonly Variant[] },
  walk: Walk,
): readonly Change[] {
  const [before, after] = [wordOf(old.type), wordOf(now.type)]
  const replaced =
    (lost.length > 0 && (gained.length > 0 || newLiterals(old, now))) ||
    (gained.length > 0 && newLiterals(now, old))
  if (replaced && old.ways === 1 && now.ways === 1) {
    // Text that became a list of texts, or the reverse, is narrower or wider and nothing worse.
    if (fits(now.type, old.type)) return [fieldChange("C017", walk, before, after)]
    if (fits(old.type, now.type)) return [fieldChange("C016", walk, before, after)]
    return [fieldChange("C015", walk, before, after)]
  }
  const [more, fewer] = [
    old.ways > 1 ? "C023" : "C016",
    now.ways > 1 || old.ways > 1 ? "C024" : "C017",
  ] as const
  return [
    ...(gained.length > 0 ? [fieldChange(more, walk, before, wordsOf(gained))] : []),
    ...(lost.length > 0 ? [fieldChange(fewer, walk, wordsOf(lost), after)] : []),
  ]
}

const newLiterals = (old: Split, now: Split): boolean => old.literals.length === 0 && now.literals.length > 0
