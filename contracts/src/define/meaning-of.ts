// The part of a contract that its digest covers: everything but what only people read, and each thing in one spelling.
// Owns: which fields and keywords those are, and where a schema is read as a schema. Does not own: which drift rule reports a
// change (drift/compare-contract.ts finds every change of this part). A literal is a value wherever it is written: its members
// count, under any name. Lines of a preview count with their words, because approvals and replays are bound to them.

import { canonical, canonicalBytes } from "../json/canonical.ts"
import { isObject, plainJson, plainObject } from "../json/json.ts"
import { digestOf } from "../digest/index.ts"
import { Duration, durationMs, type Digest } from "../primitives.ts"
import type { ContractDocument } from "./contract.ts"

type Fields = { readonly [field: string]: unknown }

/** The two digests of what a contract means. `formerDigest` is the one that releases before 0.2 gave it, and stored traces name it. */
export function meaningDigests(semantic: Fields): { readonly digest: Digest; readonly formerDigest: Digest } {
  return {
    digest: digestOf("counterfoil.contract.v2", canonicalBytes(meaningOf(semantic))),
    formerDigest: digestOf("counterfoil.contract.v1", canonicalBytes(formerMeaningOf(semantic))),
  }
}

/** The fields of a contract that hold a schema. */
const schemaFields = new Set(["input", "output", "payload"])
/** Keywords that only people read. */
const formerWords: ReadonlySet<string> = new Set(["title", "description", "$comment", "deprecated"])
const words: ReadonlySet<string> = new Set([...formerWords, "examples"])
/** Keywords whose list is a set: its order says nothing. */
const setKeywords = new Set(["required", "enum", "type"])
/** Keywords that hold a schema or a list of schemas. A keyword that is in neither list counts as it is written. */
const schemaKeywords = new Set([
  "items",
  "prefixItems",
  "additionalProperties",
  "propertyNames",
  "not",
  "anyOf",
  "oneOf",
  "allOf",
])
/** Keywords that hold a schema for each name. */
const namedSchemas = new Set(["properties", "$defs"])

/** What the digest of a contract covers of its fields. Of its version the major one counts alone, which is in its name. */
const meaningOf = ({ version, ...semantic }: Fields): ContractDocument =>
  plainObject({
    ...mapMembers(semantic, oneSpelling),
    version: typeof version === "string" ? (version.split(".")[0] ?? "") : "",
  })

// What releases before 0.2 covered: also examples in schemas, the sentences of checks, the whole version, and every order.
const formerMeaningOf = (semantic: Fields): ContractDocument =>
  plainObject(
    mapMembers(semantic, (field, value) =>
      schemaFields.has(field) ? withoutWords(value, { words: formerWords, inOrder: false }) : value,
    ),
  )

function oneSpelling(field: string, value: unknown): unknown {
  if (schemaFields.has(field)) return withoutWords(value, { words, inOrder: true })
  switch (field) {
    case "checks":
      return isList(value) ? inOrder(value.map(withoutSentence)) : value
    case "errors":
    case "emits":
      return isList(value) ? inOrder(value) : value
    case "auth":
      return isObject(value)
        ? mapMembers(value, (name, kinds) => (name === "kinds" && isList(kinds) ? inOrder(kinds) : kinds))
        : value
    case "deadline":
    case "window":
      return lasting(value)
    case "limits":
      return isObject(value)
        ? mapMembers(value, (name, limit) => (name === "deadline" ? lasting(limit) : limit))
        : value
    case "probe":
      return isObject(value)
        ? mapMembers(value, (name, part) => (name === "settle" ? lasting(part) : part))
        : value
    default:
      return value
  }
}

const withoutSentence = (check: unknown): unknown =>
  isObject(check) ? Object.fromEntries(Object.entries(check).filter(([name]) => name !== "says")) : check

// PT120S is PT2M.
function lasting(value: unknown): unknown {
  const duration = Duration.safeParse(value)
  return duration.success ? durationMs(duration.data) : value
}

const inOrder = (values: readonly unknown[]): readonly unknown[] =>
  values
    .map((value) => ({ value, text: canonical(plainJson(value)) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ value }) => value)

/** How a schema is read: without these keywords, and with its sets in order or as they are written. */
interface Reading {
  readonly words: ReadonlySet<string>
  readonly inOrder: boolean
}

function withoutWords(schema: unknown, reading: Reading): unknown {
  if (isList(schema)) return schema.map((one) => withoutWords(one, reading))
  if (!isObject(schema)) return schema
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !reading.words.has(keyword)))
  return mapMembers(kept, (keyword, value) => {
    if (schemaKeywords.has(keyword)) return withoutWords(value, reading)
    if (reading.inOrder && setKeywords.has(keyword) && isList(value)) return inOrder(value)
    return namedSchemas.has(keyword) && isObject(value)
      ? mapMembers(value, (_name, named) => withoutWords(named, reading))
      : value
  })
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const mapMembers = (object: object, change: (name: string, value: unknown) => unknown): object =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]: [string, unknown]) => [name, change(name, value)]),
  )
