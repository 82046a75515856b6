// Labelled changes of schemas as documents: references, definitions, recursion and spellings that zod never writes.
// A label is `rule: "input output payload"`, as for fields. Empty: another way to write the same values.

import type { Json } from "@counterfoil/contracts"

type Schema = { readonly [keyword: string]: Json }

/** One labelled change of a whole schema. */
export interface SchemaCase {
  readonly says: string
  readonly before: Schema
  readonly after: Schema
  readonly found: Readonly<Record<string, string>>
}

const narrows = "breaking safe safe"
const widens = "safe breaking breaking"
const loosens = "safe risky risky"
const breaks = "breaking breaking breaking"
const row = (says: string, before: Schema, after: Schema, found: SchemaCase["found"] = {}): SchemaCase => ({
  says,
  before,
  after,
  found,
})

const closed = (properties: Schema, more: Schema = {}): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties).toSorted(),
  additionalProperties: false,
  ...more,
})
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` })
const text = { type: "string" }
const short = { type: "string", maxLength: 9 }
const listOf = (items: Schema): Schema => ({ type: "array", items })
const chain = (name: string, label: Schema): Schema =>
  closed({ label, next: { anyOf: [ref(name), { type: "null" }] } })

/** Changes behind references, and look-alikes. */
export const schemaCases: readonly SchemaCase[] = [
  row(
    "a definition is renamed",
    closed({ a: ref("old") }, { $defs: { old: text } }),
    closed({ a: ref("new") }, { $defs: { new: text } }),
  ),
  row(
    "a reference is written out",
    closed({ a: ref("name") }, { $defs: { name: text } }),
    closed({ a: text }),
  ),
  row(
    "a type becomes a definition",
    closed({ a: text, b: text }),
    closed({ a: ref("name"), b: ref("name") }, { $defs: { name: text } }),
  ),
  row(
    "a definition without references is removed",
    closed({ a: text }, { $defs: { unused: short } }),
    closed({ a: text }),
  ),
  row(
    "a definition that two fields refer to becomes tighter",
    closed({ a: ref("name"), b: ref("name") }, { $defs: { name: text } }),
    closed({ a: ref("name"), b: ref("name") }, { $defs: { name: short } }),
    { C020: narrows },
  ),
  row(
    "a definition that two fields refer to becomes looser",
    closed({ a: ref("name"), b: ref("name") }, { $defs: { name: short } }),
    closed({ a: ref("name"), b: ref("name") }, { $defs: { name: text } }),
    { C021: loosens },
  ),
  row(
    "a field refers to another definition",
    closed({ a: ref("name") }, { $defs: { name: text, count: { type: "integer" } } }),
    closed({ a: ref("count") }, { $defs: { name: text, count: { type: "integer" } } }),
    { C015: breaks },
  ),
  row(
    "a reference behind a reference becomes tighter",
    closed({ a: ref("outer") }, { $defs: { outer: listOf(ref("inner")), inner: text } }),
    closed({ a: ref("outer") }, { $defs: { outer: listOf(ref("inner")), inner: short } }),
    { C020: narrows },
  ),
  row(
    "a chain of itself is renamed",
    closed({ a: ref("link") }, { $defs: { link: chain("link", text) } }),
    closed({ a: ref("node") }, { $defs: { node: chain("node", text) } }),
  ),
  row(
    "a chain of itself is unrolled once",
    closed({ a: ref("link") }, { $defs: { link: chain("link", text) } }),
    closed({ a: chain("link", text) }, { $defs: { link: chain("link", text) } }),
  ),
  row(
    "the label in a chain of itself becomes tighter",
    closed({ a: ref("link") }, { $defs: { link: chain("link", text) } }),
    closed({ a: ref("link") }, { $defs: { link: chain("link", short) } }),
    { C020: narrows },
  ),
  row(
    "two definitions that refer to each other become looser",
    closed({ a: ref("x") }, { $defs: { x: listOf(ref("y")), y: closed({ of: ref("x"), name: short }) } }),
    closed({ a: ref("x") }, { $defs: { x: listOf(ref("y")), y: closed({ of: ref("x"), name: text }) } }),
    { C021: loosens },
  ),
  row(
    "a field three levels down loses an enum value",
    closed({ a: closed({ b: listOf(closed({ c: { enum: ["x", "y"] } })) }) }),
    closed({ a: closed({ b: listOf(closed({ c: { enum: ["x"] } })) }) }),
    { C019: narrows },
  ),
  row(
    "a variant inside a list inside a map is added",
    { type: "object", additionalProperties: listOf({ anyOf: [text, { type: "integer" }] }) },
    {
      type: "object",
      additionalProperties: listOf({ anyOf: [text, { type: "integer" }, { type: "boolean" }] }),
    },
    { C023: widens },
  ),
  row(
    "several things change under one definition",
    closed({ a: ref("x") }, { $defs: { x: closed({ b: text, c: { type: "integer" } }) } }),
    closed({ a: ref("x") }, { $defs: { x: closed({ b: short, d: { type: "integer" } }) } }),
    { C010: narrows, C014: breaks, C020: narrows },
  ),
  row(
    "null in a list of types",
    closed({ a: { type: ["string", "null"] } }),
    closed({ a: { anyOf: [{ type: "null" }, text] } }),
  ),
  row("null leaves a list of types", closed({ a: { type: ["string", "null"] } }), closed({ a: text }), {
    C017: narrows,
  }),
  row(
    "one pattern inside allOf",
    closed({ a: { type: "string", pattern: "^a" } }),
    closed({ a: { type: "string", allOf: [{ pattern: "^a" }] } }),
  ),
  row(
    "one of two patterns goes",
    closed({ a: { type: "string", allOf: [{ pattern: "^a" }, { pattern: "b$" }] } }),
    closed({ a: { type: "string", pattern: "^a" } }),
    { C021: loosens },
  ),
  row(
    "oneOf whose members share nothing, as anyOf",
    closed({ a: { oneOf: [text, { type: "null" }] } }),
    closed({ a: { anyOf: [text, { type: "null" }] } }),
  ),
  row("an open object said in words", { type: "object" }, { type: "object", additionalProperties: true }),
  row("an open object said as a schema", { type: "object" }, { type: "object", additionalProperties: {} }),
  row(
    "required in another order",
    closed({ a: text, b: text }),
    closed({ a: text, b: text }, { required: ["b", "a"] }),
  ),
  row(
    "words, examples and comments",
    closed({ a: text }),
    closed({ a: { ...text, title: "A", examples: ["x"], $comment: "why" } }, { description: "one" }),
  ),
  row(
    "an enum with a value of another type than it says",
    closed({ a: { type: "string", enum: ["x", 1] } }),
    closed({ a: { enum: ["x"] } }),
  ),
  row(
    "a list without a bound said as none",
    closed({ a: listOf(text) }),
    closed({ a: { ...listOf(text), minItems: 0, uniqueItems: false } }),
  ),
  row(
    "elements have to be unique",
    closed({ a: listOf(text) }),
    closed({ a: { ...listOf(text), uniqueItems: true } }),
    { C020: narrows },
  ),
  row(
    "a field becomes impossible",
    closed({ a: text }, { required: [] }),
    closed({ a: false }, { required: [] }),
    { C017: narrows },
  ),
  row(
    "a default is added to an input",
    closed({ a: text }, { required: [] }),
    closed({ a: { ...text, default: "x" } }, { required: [] }),
    {
      C022: "risky safe safe",
    },
  ),
  row(
    "a default changes",
    closed({ a: { ...text, default: "x" } }, { required: [] }),
    closed({ a: { ...text, default: "y" } }, { required: [] }),
    { C022: "risky safe safe" },
  ),
  row(
    "a required field gets a default and becomes optional",
    closed({ a: text }),
    closed({ a: { ...text, default: "x" } }, { required: [] }),
    { C013: widens, C022: "risky safe safe" },
  ),
]
