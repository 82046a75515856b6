// Where a comparison of types is.
// Owns: the way down, and the question whether one type takes all values of another. Does not own: any rule.

import { misfit } from "../shape/fit.ts"
import type { SchemaType } from "../shape/shape.ts"
import type { Change, FieldPlace } from "./change.ts"

/**
 * The place, and the pairs it is inside of: a pair met again inside itself adds nothing.
 * `compare` is how types further down are compared.
 */
export interface Walk extends FieldPlace {
  readonly open: readonly (readonly [SchemaType, SchemaType])[]
  readonly compare: (before: SchemaType, after: SchemaType, walk: Walk) => readonly Change[]
}

/** The walk one field, element or member further down. */
export const below = (walk: Walk, segment: string): Walk => ({ ...walk, path: [...walk.path, segment] })

/** True when every value of one type is provably one of the other. */
export const fits = (producer: SchemaType, consumer: SchemaType): boolean =>
  misfit({ type: producer, pii: false }, { type: consumer, pii: false }) === null
