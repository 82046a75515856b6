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
import { wordOf } from "./shape-words.ts"
import { unreadDiffers, type Unread } from "./unread.ts"
import { fits, leftUnread, meet, type Walk } from "./walk.ts"

/** The changes between two types of one part, and the places that no rule reads. */
export function compareShapes(
  part: Part,
  before: SchemaType,
  after: SchemaType,
): { readonly changes: readonly Change[]; readonly unread: readonly Unread[] } {
  const unread: Unread[] = []
  const walk: Walk = { part, path: [], met: new WeakMap(), unread, compare: compareTypes }
  return { changes: compareTypes(before, after, walk), unread }
}

function compareTypes(before: SchemaType, after: SchemaType, walk: Walk): readonly Change[] {
  if (!meet(walk.met, before, after)) return []
  if (fits(before, after) && fits(after, before)) return []
  // Values that were added or removed may be the ones that an unread schema takes: the place gets no finding.
  if (unreadDiffers(before, after)) return leftUnread(walk)
  const [old, now] = [split(before), split(after)]
  return [...nullChanges(old, now, walk), ...literalChanges(old, now, walk), ...restChanges(old, now, walk)]
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
  if (isOneSided(old, now)) return []
  const lists = [[...old.literals], [...now.literals]] as const
  const [gained, lost] = [untaken(now, old).length, untaken(old, now).length]
  // No listed value is left: a program that knew the old values knows none of the new ones.
  if (lost === old.literals.length && gained === now.literals.length)
    return [fieldChange("C015", walk, ...lists)]
  return [
    ...(gained > 0 ? [fieldChange("C018", walk, ...lists)] : []),
    ...(lost > 0 ? [fieldChange("C019", walk, ...lists)] : []),
  ]
}

/** True when only one side has a list: it counts as a variant that was added or removed. */
const isOneSided = (old: Split, now: Split): boolean => old.literals.length === 0 || now.literals.length === 0

/** The listed values of one side that the other does not take. */
const untaken = (of: Split, by: Split): readonly Json[] => of.literals.filter((value) => !takes(by, value))

const takes = (side: Split, value: Json): boolean =>
  side.literals.some((one) => canonical(one) === canonical(value)) ||
  side.type.variants.some(({ shape }) => shape.kind !== "opaque" && shapeAccepts(shape, value))

function restChanges(old: Split, now: Split, walk: Walk): readonly Change[] {
  const moved = discriminatorChange(old.rest, now.rest)
  if (moved !== null) return [fieldChange("C025", walk, moved.before, moved.after)]
  const { pairs, gone, come } = pairVariants(old.rest, now.rest)
  const values = isOneSided(old, now)
  const lost: Ways = {
    variants: gone.filter((variant) => !fits({ variants: [variant] }, now.type)),
    values: values ? untaken(old, now) : [],
  }
  const gained: Ways = {
    variants: come.filter((variant) => !fits({ variants: [variant] }, old.type)),
    values: values ? untaken(now, old) : [],
  }
  return [
    ...pairs.flatMap(([before, after]) => compareVariant(before, after, walk)),
    ...wayChanges(old, now, { lost, gained, values }, walk),
  ]
}

/** Ways to be a value that one side has and the other does not. */
interface Ways {
  readonly variants: readonly Variant[]
  readonly values: readonly Json[]
}

const isNone = ({ variants, values }: Ways): boolean => variants.length + values.length === 0
const isAllOf = ({ variants, values }: Ways, side: Split): boolean =>
  variants.length === side.rest.length && values.length === side.literals.length

// The type changed when no old variant is left and every variant is new. Otherwise more variants are wider, and fewer are narrower.
function wayChanges(
  old: Split,
  now: Split,
  { lost, gained, values }: { readonly lost: Ways; readonly gained: Ways; readonly values: boolean },
  walk: Walk,
): readonly Change[] {
  const [before, after] = [wordOf(old.type), wordOf(now.type)]
  const both = !isNone(lost) && !isNone(gained)
  if (values && both && isAllOf(lost, old) && isAllOf(gained, now))
    return [fieldChange("C015", walk, before, after)]
  return [
    ...(isNone(gained) ? [] : [fieldChange(old.ways > 1 ? "C023" : "C016", walk, before, after)]),
    ...(isNone(lost)
      ? []
      : [fieldChange(now.ways > 1 || old.ways > 1 ? "C024" : "C017", walk, before, after)]),
  ]
}
