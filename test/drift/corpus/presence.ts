// Labelled changes of the fields of an object: what is added, is removed, is required or has a default.
// Owns: these labels. Does not own: labels of a single field (fields.ts).

import { z } from "zod"
import type { FieldCase } from "./fields.ts"

const [text, int] = [z.string(), z.int()]
const o = z.strictObject
const row = (says: string, before: z.ZodType, after: z.ZodType, found: FieldCase["found"]): FieldCase => ({
  says,
  before,
  after,
  found,
})

/** Whole values of a part before and after. */
export const presenceCases: readonly FieldCase[] = [
  row("a required field is added", o({ a: int }), o({ a: int, b: text }), { C010: "breaking safe safe" }),
  row("an optional field is added", o({ a: int }), o({ a: int, b: text.optional() }), {
    C011: "safe safe safe",
  }),
  row("an optional field becomes required", o({ a: int.optional() }), o({ a: int }), {
    C012: "breaking safe safe",
  }),
  row("a required field becomes optional", o({ a: int }), o({ a: int.optional() }), {
    C013: "safe breaking breaking",
  }),
  row("a required field is removed", o({ a: int, b: int }), o({ a: int }), {
    C014: "breaking breaking breaking",
  }),
  row("an optional field is removed", o({ a: int, b: int.optional() }), o({ a: int }), {
    C014: "breaking breaking breaking",
  }),
  row("a field is renamed", o({ a: int }), o({ b: int }), {
    C010: "breaking safe safe",
    C014: "breaking breaking breaking",
  }),
  row("an optional field is renamed", o({ a: int.optional() }), o({ b: int.optional() }), {
    C011: "safe safe safe",
    C014: "breaking breaking breaking",
  }),
  row("a field moves into an object", o({ a: int }), o({ at: o({ a: int }) }), {
    C010: "breaking safe safe",
    C014: "breaking breaking breaking",
  }),
  row("a field becomes required and tighter", o({ a: int.optional() }), o({ a: int.min(0) }), {
    C012: "breaking safe safe",
    C020: "breaking safe safe",
  }),
  row(
    "an optional field is added to an open object",
    z.looseObject({ a: int }),
    z.looseObject({ a: int, b: text }).partial({ b: true }),
    {
      C011: "safe safe safe",
      C017: "breaking safe safe",
    },
  ),
]
