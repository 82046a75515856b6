// What an approver reads of an input: one row per line of the preview, and a text of several lines as these lines.
// Owns: the layout of such a text, so that none of its lines looks like another row: each begins with a bar, and no other row does.
// Does not own: what is in a preview (executor core), the escaping. Values are *untrusted*.

import {
  canonicalBytes,
  escapeJson,
  escapeLine,
  isList,
  parseJson,
  type Json,
  type PreviewLine,
} from "@counterfoil/contracts"
import { aligned } from "./columns.ts"

/** The rows of a preview, indented by two. */
export function previewText(preview: readonly PreviewLine[]): string {
  const set = preview.map(({ label, value }) => ({ label: escapeLine(label), lines: linesOf(value) }))
  const rows = aligned(
    set.map(({ label, lines }) => [`  ${label}`, lines.length === 1 ? (lines[0] ?? "") : ""]),
  ).split("\n")
  return set
    .flatMap(({ lines }, at) => [
      rows[at] ?? "",
      ...(lines.length === 1 ? [] : lines.map((line) => `    ${line}`)),
    ])
    .join("\n")
}

/** One line; several for a text of several lines, or for a structure that contains such a text. */
function linesOf(value: string): readonly string[] {
  if (value.includes("\n")) return barred(value)
  const structure = structureOf(value)
  return structure === null ? [escapeLine(value)] : linesOfJson(structure, "")
}

const barred = (text: string): readonly string[] => text.split("\n").map((line) => `| ${escapeLine(line)}`)

/**
 * The structure of a value in canonical JSON, if a text in it has several lines; else null. A text that only looks
 * like JSON is shown unchanged: parsing it could drop a repeated field.
 */
function structureOf(value: string): Json {
  if (!/^[[{]/.test(value) || !value.includes(String.raw`\n`)) return null
  const bytes = new TextEncoder().encode(value)
  const parsed = parseJson(bytes)
  if (!parsed.ok || !hasLines(parsed.value)) return null
  return new TextDecoder().decode(canonicalBytes(parsed.value)) === value ? parsed.value : null
}

function hasLines(value: Json): boolean {
  if (typeof value === "string") return value.includes("\n")
  return typeof value === "object" && value !== null && Object.values(value).some(hasLines)
}

/** JSON in lines; a part without a text of several lines stays on one line. Keys are quoted, so no other row begins with a bar. */
function linesOfJson(value: Json, indent: string): readonly string[] {
  if (!hasLines(value)) return [`${indent}${onOneLine(value)}`]
  if (typeof value === "string") return barred(value).map((line) => `${indent}${line}`)
  const deeper = `${indent}  `
  const parts: readonly (readonly [name: string, part: Json])[] = isList(value)
    ? value.map((part, at) => [`${at + 1}`, part] as const)
    : Object.entries(value ?? {}).map(([name, part]) => [onOneLine(name), part] as const)
  return parts.flatMap(([name, part]) =>
    hasLines(part)
      ? [`${indent}${name}:`, ...linesOfJson(part, deeper)]
      : [`${indent}${name}: ${onOneLine(part)}`],
  )
}

const onOneLine = (value: Json): string => escapeJson(new TextDecoder().decode(canonicalBytes(value)))
