// Labelled changes of one field. Each label was written by hand, from what callers and readers of such a field can bear.
// A label is `rule: "input output payload"`, the class in each of the three places. Empty: not a change at all.

import { z } from "zod"
import { mark } from "@counterfoil/contracts"

/** One labelled change: the field before and after, and what has to be found. */
export interface FieldCase {
  readonly says: string
  readonly before: z.ZodType
  readonly after: z.ZodType
  readonly found: Readonly<Record<string, string>>
}

const narrows = "breaking safe safe"
const widens = "safe breaking breaking"
const loosens = "safe risky risky"
const breaks = "breaking breaking breaking"
const asks = "risky risky risky"
const row = (
  says: string,
  before: z.ZodType,
  after: z.ZodType,
  found: FieldCase["found"] = {},
): FieldCase => ({
  says,
  before,
  after,
  found,
})

const o = z.strictObject
const [text, int, number] = [z.string(), z.int(), z.number()]
const dot = o({ kind: z.literal("dot") })
const line = o({ kind: z.literal("line"), to: int })
const area = o({ kind: z.literal("area"), of: int })
const tree = (label: z.ZodType) => {
  const node: z.ZodType = o({
    label,
    get kids() {
      return z.array(node)
    },
  })
  return node
}

/** Changes of a field's own type. */
export const fieldCases: readonly FieldCase[] = [
  row("text becomes a number", text, number, { C015: breaks }),
  row("a number becomes text", number, text, { C015: breaks }),
  row("an object becomes a list of it", o({ a: int }), z.array(o({ a: int })), { C015: breaks }),
  row("a list becomes its element", z.array(text), text, { C015: breaks }),
  row("a map becomes an object", z.record(text, int), o({ a: int }), { C010: narrows, C017: narrows }),
  row("a boolean becomes text", z.boolean(), text, { C015: breaks }),
  row("an enum becomes an integer", z.enum(["a"]), int, { C015: breaks }),

  row("null is allowed", text, text.nullable(), { C016: widens }),
  row("null is no longer allowed", text.nullable(), text, { C017: narrows }),
  row("null is allowed in a union", z.union([text, int]), z.union([text, int, z.null()]), { C016: widens }),
  row("an integer becomes a number", int, number, { C016: widens, C021: loosens }),
  row("a number becomes an integer", number, int, { C017: narrows, C020: narrows }),
  row("text may also be a number", text, z.union([text, int]), { C016: widens }),
  row("text or number becomes text", z.union([text, int]), text, { C024: narrows }),
  row("text becomes any JSON", text, z.json(), { C016: widens }),
  row("an enum becomes text", z.enum(["a", "b"]), text, { C016: widens }),
  row("text becomes an enum", text, z.enum(["a", "b"]), { C017: narrows }),
  row("an enum becomes a union without its values", z.enum(["a"]), z.union([number, z.boolean()]), {
    C015: breaks,
  }),
  row("an enum becomes one of several objects", z.enum(["a"]), z.discriminatedUnion("kind", [dot, line]), {
    C015: breaks,
  }),
  row("an enum in a union becomes other texts", z.union([z.enum(["a"]), int]), z.union([text.min(2), int]), {
    C023: widens,
    C024: narrows,
  }),
  row("an enum becomes texts that are not all of it", z.enum(["a", "bb"]), text.min(2), {
    C016: widens,
    C017: narrows,
  }),
  row("a union of scalars becomes two others", z.union([text, int]), z.union([z.boolean(), z.array(int)]), {
    C015: breaks,
  }),
  row("true becomes a boolean", z.literal(true), z.boolean(), { C016: widens }),

  row("an enum gets a value", z.enum(["a"]), z.enum(["a", "b"]), { C018: loosens }),
  row("an enum loses a value", z.enum(["a", "b"]), z.enum(["a"]), { C019: narrows }),
  row("an enum swaps a value", z.enum(["a", "b"]), z.enum(["a", "c"]), { C018: loosens, C019: narrows }),
  row("an enum is renamed in another case", z.enum(["a"]), z.enum(["A"]), { C015: breaks }),
  row("a literal changes", z.literal("v1"), z.literal("v2"), { C015: breaks }),
  row("a literal that may be null changes", z.literal("on").nullable(), z.literal("off").nullable(), {
    C015: breaks,
  }),
  row("all values of an enum are replaced", z.enum(["on", "off"]), z.enum(["yes", "no"]), { C015: breaks }),
  row("a literal becomes one of two values", z.literal("on"), z.enum(["on", "off"]), { C018: loosens }),
  row("a nullable enum gets a value", z.enum(["a"]).nullable(), z.enum(["a", "b"]).nullable(), {
    C018: loosens,
  }),

  row("text may be longer", text.max(5), text.max(9), { C021: loosens }),
  row("text must be shorter", text.max(9), text.max(5), { C020: narrows }),
  row("text gets its first bound", text, text.max(9), { C020: narrows }),
  row("text loses its bound", text.max(9), text, { C021: loosens }),
  row("text may be empty", text.min(1), text, { C021: loosens }),
  row("text may not be empty", text, text.min(1), { C020: narrows }),
  row("a length window moves", text.min(1).max(4), text.min(2).max(6), { C020: narrows, C021: loosens }),
  row("a pattern is added", text, text.regex(/^a/), { C020: narrows }),
  row("a pattern is dropped", text.regex(/^a/), text, { C021: loosens }),
  row("a pattern is replaced", text.regex(/^a/), text.regex(/^b/), { C020: narrows, C021: loosens }),
  row("a character class becomes wider", text.regex(/^[a-z]+$/), text.regex(/^[a-z0-9]+$/), {
    C021: loosens,
  }),
  row("a character class becomes narrower", text.regex(/^[a-z0-9]+$/), text.regex(/^[a-z]+$/), {
    C020: narrows,
  }),
  row("a pattern asks for one more character", text.regex(/^[a-z]+$/), text.regex(/^[a-z]{2,}$/), {
    C020: narrows,
  }),
  row("a pattern may match anywhere", text.regex(/^ab$/), text.regex(/ab/), { C021: loosens }),
  row("a pattern refuses one word", text.regex(/^[a-z]+$/), text.regex(/^(?!admin$)[a-z]+$/), {
    C020: narrows,
  }),
  row("a bounded pattern may be longer", text.regex(/^[a-z]+$/).max(5), text.regex(/^[a-z]+$/).max(9), {
    C021: loosens,
  }),
  row("a pattern refers to what it matched before", text.regex(/^(a|b)\1$/), text.regex(/^(?:aa|bb)$/), {
    C048: asks,
  }),
  row("a pattern looks behind", text.regex(/^a+$/), text.regex(/^a+(?<=aa)$/), { C048: asks }),
  row(
    "a pattern that cannot be compared and a shorter text",
    text.regex(/^(a|b)\1/).max(9),
    text.regex(/^(?:aa|bb)/).max(5),
    { C020: narrows, C048: asks },
  ),
  row("a format is added", text, z.email(), { C020: narrows }),
  row("a format is dropped", z.email(), text, { C021: loosens }),
  row("a format is replaced", z.email(), z.uuid(), { C020: narrows, C021: loosens }),

  row("a minimum is raised", int.min(0), int.min(1), { C020: narrows }),
  row("a minimum is lowered", int.min(1), int.min(0), { C021: loosens }),
  row("a maximum is lowered", int.max(9), int.max(8), { C020: narrows }),
  row("a maximum is raised", number.max(8), number.max(9), { C021: loosens }),
  row("a bound becomes exclusive", number.min(0), number.gt(0), { C020: narrows }),
  row("a bound becomes inclusive", number.lt(9), number.max(9), { C021: loosens }),
  row("a step is added", int, int.multipleOf(5), { C020: narrows }),
  row("a step is dropped", int.multipleOf(5), int, { C021: loosens }),
  row("a step becomes finer", int.multipleOf(10), int.multipleOf(5), { C021: loosens }),
  row("a step becomes coarser", int.multipleOf(5), int.multipleOf(10), { C020: narrows }),

  row("a decimal step becomes finer", number.multipleOf(0.1), number.multipleOf(0.01), { C021: loosens }),
  row("a decimal step becomes coarser", number.multipleOf(0.01), number.multipleOf(0.1), { C020: narrows }),
  row("a decimal step becomes another one", number.multipleOf(0.2), number.multipleOf(0.3), {
    C020: narrows,
    C021: loosens,
  }),

  row("a list may be longer", z.array(int).max(4), z.array(int).max(9), { C021: loosens }),
  row("a list must be shorter", z.array(int).max(9), z.array(int).max(4), { C020: narrows }),
  row("a list may not be empty", z.array(int), z.array(int).min(1), { C020: narrows }),
  row("elements become nullable", z.array(text), z.array(text.nullable()), { C016: widens }),
  row("elements become tighter", z.array(int), z.array(int.min(0)), { C020: narrows }),
  row("elements change type", z.array(text), z.array(int), { C015: breaks }),
  row("elements of elements change", z.array(z.array(z.enum(["a"]))), z.array(z.array(z.enum(["a", "b"]))), {
    C018: loosens,
  }),
  row("values of a map become tighter", z.record(text, text), z.record(text, text.max(9)), { C020: narrows }),
  row("values of a map change type", z.record(text, text), z.record(text, int), { C015: breaks }),
  row("names of a map become tighter", z.record(text, int), z.record(text.regex(/^a/), int), {
    C020: narrows,
  }),
  row("names of a map become looser", z.record(text.max(5), int), z.record(text.max(9), int), {
    C021: loosens,
  }),
  row("a pair gets a looser end", z.tuple([int, int.min(0)]), z.tuple([int, int]), { C021: loosens }),

  row(
    "a variant is added",
    z.discriminatedUnion("kind", [dot, line]),
    z.discriminatedUnion("kind", [dot, line, area]),
    {
      C023: widens,
    },
  ),
  row(
    "a variant is removed",
    z.discriminatedUnion("kind", [dot, line, area]),
    z.discriminatedUnion("kind", [dot, line]),
    {
      C024: narrows,
    },
  ),
  row(
    "a variant is replaced",
    z.discriminatedUnion("kind", [dot, line]),
    z.discriminatedUnion("kind", [dot, area]),
    {
      C023: widens,
      C024: narrows,
    },
  ),
  row(
    "a field of one variant becomes tighter",
    z.discriminatedUnion("kind", [dot, line]),
    z.discriminatedUnion("kind", [dot, o({ kind: z.literal("line"), to: int.min(0) })]),
    { C020: narrows },
  ),
  row(
    "a field of one variant is removed",
    z.discriminatedUnion("kind", [dot, line]),
    z.discriminatedUnion("kind", [dot, o({ kind: z.literal("line") })]),
    { C014: breaks },
  ),
  row(
    "another field tells variants apart",
    z.discriminatedUnion("kind", [dot, line]),
    z.discriminatedUnion("type", [o({ type: z.literal("dot") }), o({ type: z.literal("line"), to: int })]),
    { C025: breaks },
  ),
  row(
    "another field tells the elements of a list apart",
    z.array(z.discriminatedUnion("kind", [dot, area])),
    z.array(
      z.discriminatedUnion("type", [o({ type: z.literal("dot") }), o({ type: z.literal("area"), of: int })]),
    ),
    { C025: breaks },
  ),
  row("a union of scalars gets a member", z.union([text, int]), z.union([text, int, z.boolean()]), {
    C023: widens,
  }),

  row("a nested field becomes required", o({ a: o({ b: int.optional() }) }), o({ a: o({ b: int }) }), {
    C012: narrows,
  }),
  row("a nested field is removed", o({ a: o({ b: int, c: int }) }), o({ a: o({ b: int }) }), {
    C014: breaks,
  }),
  row("a nested object is opened", o({ a: o({ b: int }) }), o({ a: z.looseObject({ b: int }) }), {
    C026: loosens,
  }),
  row("an element's object is opened", z.array(o({ b: int })), z.array(z.looseObject({ b: int })), {
    C026: loosens,
  }),
  row("an open object is closed", z.looseObject({ b: int }), o({ b: int }), { C017: narrows }),
  row("the label of a recursive type becomes tighter", tree(text), tree(text.max(9)), { C020: narrows }),
  row("the label of a recursive type changes type", tree(text), tree(int), { C015: breaks }),
  row("several things change at once", o({ a: int, b: text }), o({ a: text, b: text.nullable(), c: int }), {
    C010: narrows,
    C015: breaks,
    C016: widens,
  }),

  row("a unit changes", mark(int, [], "cent"), mark(int, [], "euro"), { C027: breaks }),
  row("a quantity is bounded more tightly", mark(int, [], "cent"), mark(int.max(9), [], "cent"), {
    C020: narrows,
  }),
  row("a quantity gets a unit", int, mark(int, [], "byte"), { C027: breaks }),
  row("pii is no longer marked", mark(text, ["pii"]), text, { C037: "risky risky risky" }),
  row(
    "pii is no longer marked in one of two variants",
    z.union([mark(text, ["pii"]), mark(int, ["pii"])]),
    z.union([mark(text, ["pii"]), int]),
    {
      C037: "risky risky risky",
    },
  ),
  row(
    "a marked field may also be a number, unmarked",
    mark(text, ["pii"]),
    z.union([mark(text, ["pii"]), int]),
    {
      C016: widens,
    },
  ),
  row("a marked field may also be null", mark(text, ["pii"]), mark(text, ["pii"]).nullable(), {
    C016: widens,
  }),
  row("pii is marked", text, mark(text, ["pii"]), { C037: "safe safe safe" }),
  row("a target is no longer marked", mark(text, ["target"]), text, { C037: "risky risky risky" }),
  row("an output is trusted from now on", text, mark(text, ["trusted"]), { C037: "risky risky risky" }),
  row("policy no longer sees a field", mark(text, ["policy"]), text, { C038: breaks }),
  row("policy sees one more field", text, mark(text, ["policy"]), { C038: "risky risky risky" }),
  row("policy counts a list", z.array(text), mark(z.array(text), ["counted"]), { C038: "risky risky risky" }),
  row("policy no longer reads a time", mark(text, ["dated"]), text, { C038: breaks }),
]

/** Look-alikes: written differently, the same values. Nothing may be found. */
export const sameCases: readonly FieldCase[] = [
  row("fields in another order", o({ a: int, b: text }), o({ b: text, a: int })),
  row("enum values in another order", z.enum(["a", "b"]), z.enum(["b", "a"])),
  row("union members in another order", z.union([text, int]), z.union([int, text])),
  row(
    "variants in another order",
    z.discriminatedUnion("kind", [dot, line]),
    z.discriminatedUnion("kind", [line, dot]),
  ),
  row("nullable written as a union", text.nullable(), z.union([z.null(), text])),
  row("a one-member union", text, z.union([text])),
  row("a union with a member twice", z.union([text, int]), z.union([text, int, text])),
  row("a union whose member another one covers", text.max(9), z.union([text.max(9), text.max(5)])),
  row("an enum as a union of literals", z.enum(["a", "b"]), z.union([z.literal("a"), z.literal("b")])),
  row("an enum with one value as a literal", z.enum(["a"]), z.literal("a")),
  row("the same unit, described", mark(int, [], "cent"), mark(int, [], "cent").describe("what it costs")),
  row("a described field", text, text.describe("what it is")),
  row("an exclusive bound of an integer as an inclusive one", int.gt(0), int.min(1)),
  row("a type under a shared definition", o({ a: tree(text) }), o({ a: tree(text) })),
  row("a recursive type", tree(text.max(9)), tree(text.max(9))),
  row("a boolean as true or false", z.boolean(), z.union([z.literal(true), z.literal(false)])),
  row("a pattern with + for {1,}", text.regex(/^[a-z]{1,}$/), text.regex(/^[a-z]+$/)),
  row("a pattern without its capturing group", text.regex(/(a|b)/), text.regex(/(?:a|b)/)),
  row("a pattern with a class for a choice", text.regex(/^(?:a|b|c)$/), text.regex(/^[a-c]$/)),
  row("a pattern with a short form for digits", text.regex(/^[0-9]+$/), text.regex(/^\d+$/)),
  row("a pattern that looks ahead for a class", text.regex(/^(?!b)[a-c]$/), text.regex(/^[ac]$/)),
  row("a pattern with a needless escape", text.regex(/^a\/b$/), text.regex(/^a[/]b$/)),
  row("a pattern that every text matches", text.regex(/^[^]*$/), text),
  row(
    "a length that the pattern says as well",
    text.regex(/^[a-z]{2,4}$/).max(4),
    text.regex(/^[a-z]{2,4}$/),
  ),
  row("a length as a pattern", text.regex(/^[a-z]+$/).max(4), text.regex(/^[a-z]{1,4}$/)),
  row("an enum as a pattern", z.enum(["on", "off"]), text.regex(/^(?:on|off)$/)),
  row("a step that integers have anyway", int, int.multipleOf(0.5)),
  row("the same marks in another order", mark(text, ["pii", "policy"]), mark(text, ["policy", "pii"])),
]
