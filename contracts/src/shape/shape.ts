// What values look like, as data: a type is a union of simple variants with what they mean.
// Owns: these types. Does not own: reading them from a schema (schema-type.ts), comparing (fit.ts), judging values (accepts-value.ts).

import type { Json } from "../json/json.ts"
import type { StepBudget } from "./pattern.ts"

/** What a field means beyond its shape, the unit that it is counted in, and its default when it is absent. */
export interface Meaning {
  readonly marks: ReadonlySet<string>
  readonly unit: string | null
  readonly default?: Json
}

/** What the values of one variant look like. `opaque` is a schema with a keyword that is not known. */
export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "opaque"; readonly spelling: string }
  | { readonly kind: "literals"; readonly values: readonly Json[] }
  | { readonly kind: "null" }
  | { readonly kind: "boolean" }
  | StringShape
  | NumberShape
  | ArrayShape
  | ObjectShape

/** Text; lengths count UTF-16 code units, and every pattern has to match. */
export interface StringShape {
  readonly kind: "string"
  readonly min: number
  readonly max: number
  readonly format: string | null
  readonly patterns: readonly string[]
  /** What tests of the patterns share where the schema came from outside. */
  readonly steps?: StepBudget
}

/** Bounds are inclusive; an exclusive bound of an integer is moved by one, any other is kept apart. */
export interface NumberShape {
  readonly kind: "number"
  readonly integer: boolean
  readonly min: number
  readonly max: number
  readonly above: number
  readonly below: number
  readonly multipleOf: number | null
}

/** `rest` is the type of the elements after `prefix`; null when there may be none. */
export interface ArrayShape {
  readonly kind: "array"
  readonly prefix: readonly SchemaType[]
  readonly rest: SchemaType | null
  readonly min: number
  readonly max: number
  readonly unique: boolean
}

/** `additional` is what further members must be; null when there are none. `names` is what their names must be. */
export interface ObjectShape {
  readonly kind: "object"
  readonly properties: ReadonlyMap<string, SchemaType>
  readonly required: ReadonlySet<string>
  readonly additional: SchemaType | null
  readonly names: SchemaType | null
}

/** One way to be a value of a type. */
export type Variant = Meaning & { readonly shape: Shape }

/** A value is of this type when it fits one variant. */
export interface SchemaType {
  readonly variants: readonly Variant[]
}
