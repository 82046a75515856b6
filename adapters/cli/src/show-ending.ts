// Prints an ending on stdout: a document, lines of JSON, or text for people.
// Owns: schemaVersion, --fields, escaping in every format. Does not own: the words for people (print/).

import { escapeJson, escapeLine, type Json, isObject } from "@counterfoil/contracts"
import type { Shown } from "./command.ts"
import { columns } from "./print/columns.ts"
import type { Page } from "./print/page.ts"

/** The version of the shapes that `--json` prints; a breaking change of any shape raises it. */
export const schemaVersion = 1

/** The text for stdout, with a final newline; empty when there is nothing to print. */
export function showEnding(shown: Shown, page: Page): string {
  switch (page.format) {
    case "json":
      return `${escapeJson(JSON.stringify({ schemaVersion, ...documentOf(shown, page.fields) }, null, 2))}\n`
    case "jsonl":
      return shown.items === undefined
        ? jsonLine(cut(shown.document, page.fields))
        : shown.items.map((item) => jsonLine(cut(item, page.fields))).join("")
    case "human":
    case "plain": {
      const text = page.fields.length === 0 ? shown.text(page) : fieldColumns(shown, page.fields)
      return text === "" ? "" : `${text}\n`
    }
  }
}

/** One line of JSON. */
export function jsonLine(value: Json): string {
  const fields = isObject(value) ? value : { value }
  return `${escapeJson(JSON.stringify({ schemaVersion, ...fields }))}\n`
}

function documentOf(
  { document, items }: Shown,
  fields: readonly string[],
): { readonly [field: string]: Json } {
  if (fields.length === 0) return document
  return items === undefined
    ? asRecord(cut(document, fields))
    : { ...document, items: items.map((item) => cut(item, fields)) }
}

function cut(value: Json, fields: readonly string[]): Json {
  if (fields.length === 0) return value
  return Object.fromEntries(
    fields.flatMap((field): [string, Json][] => {
      const found = fieldAt(value, field)
      return found === undefined ? [] : [[field, found]]
    }),
  )
}

function fieldColumns({ document, items }: Shown, fields: readonly string[]): string {
  return columns(
    fields.map(escapeLine),
    (items ?? [document]).map((item) => fields.map((field) => cell(fieldAt(item, field)))),
  )
}

/** The value of a field, also a nested one: `a.b` is b in a. */
export const fieldAt = (value: Json, path: string): Json | undefined =>
  path
    .split(".")
    .reduce<Json | undefined>(
      (place, name) => (place !== undefined && isObject(place) ? place[name] : undefined),
      value,
    )
const cell = (value: Json | undefined): string =>
  value === undefined
    ? "–"
    : typeof value === "string"
      ? escapeLine(value)
      : escapeJson(JSON.stringify(value))
const asRecord = (value: Json): { readonly [field: string]: Json } => (isObject(value) ? value : { value })
