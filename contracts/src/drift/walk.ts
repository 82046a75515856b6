// Where a comparison of types is.
// Owns: the way down, and the question whether one type takes all values of another. Does not own: any rule.

import { formatPointer } from "../json/json-pointer.ts"
import { misfit, type Misfit } from "../shape/fit.ts"
import type { SchemaType } from "../shape/shape.ts"
import type { Change, FieldPlace } from "./change.ts"
import { notRead, type Unread } from "./unread.ts"

/** Pairs of types that were met. Filled as the way goes on. */
export type Met = WeakMap<SchemaType, WeakSet<SchemaType>>

/** True the first time that a pair is met. */
export function meet(met: Met, before: SchemaType, after: SchemaType): boolean {
  const partners = met.get(before) ?? new WeakSet<SchemaType>()
  met.set(before, partners)
  if (partners.has(after)) return false
  partners.add(after)
  return true
}

/**
 * The place, and the pairs that were met: one that is met again says nothing new, inside itself or elsewhere.
 * `compare` is how types further down are compared.
 */
export interface Walk extends FieldPlace {
  readonly met: Met
  /** Places that were left out because no rule reads them. Filled as the way goes on. */
  readonly unread: Unread[]
  readonly compare: (before: SchemaType, after: SchemaType, walk: Walk) => readonly Change[]
}

/** Leaves a place out: it has no change, and is not checked. */
export function leftUnread({ part, path, unread }: Walk): readonly Change[] {
  unread.push({ at: formatPointer([part, ...path]), why: notRead })
  return []
}

/** The walk one field, element or member further down. */
export const below = (walk: Walk, segment: string): Walk => ({ ...walk, path: [...walk.path, segment] })

/** Why a value of one type need not be one of the other, judged by the values; null when each provably is. */
export const misfitOf = (producer: SchemaType, consumer: SchemaType): Misfit | null =>
  misfit({ type: producer, pii: false }, { type: consumer, pii: false }, "values")

/** True when every value of one type is provably one of the other. */
export const fits = (producer: SchemaType, consumer: SchemaType): boolean =>
  misfitOf(producer, consumer) === null
