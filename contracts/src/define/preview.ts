// What an approver reads of an input: every field, or the reason why one is not shown.
// Owns: the lines of a contract that states none, and which fields lines leave out. Does not own: the values beside them
// (executor previewOf). Keeps INV-02 as far as people go: people see what takes effect before they agree to it.

import { formatPointer, parsePointer } from "../json/json-pointer.ts"
import { objectOf, type Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"
import type { PreviewField } from "./contract.ts"
import type { JsonSchema } from "../schema/schema.ts"

/** Lines of one preview: more than a person reads. */
const previewLinesMax = 12
const labelMax = 40

/** A line for each field of an input; one line with the whole input where there are more fields than lines. */
export function everyField(input: JsonSchema): readonly PreviewField[] {
  const names = Object.keys(objectOf(input["properties"]))
  return names.length === 0 || names.length > previewLinesMax
    ? [{ label: "input", at: "" }]
    : names.map((name) => ({ label: name.slice(0, labelMax), at: formatPointer([name]) }))
}

/**
 * Pointers of the fields of an input that are at none of the given places, nor below one; sorted. A list, a map and a value
 * are shown whole or not at all, so that only the place itself or one above it covers them.
 */
export function fieldsOutside(input: JsonSchema, places: readonly string[]): readonly string[] {
  const covered = new Set(places)
  const walk = (schema: JsonSchema, path: readonly string[], seen: readonly string[]): readonly string[] => {
    const at = formatPointer(path)
    if (covered.has(at)) return []
    const { $ref } = schema
    if (typeof $ref === "string") {
      const target = definitionOf(input, $ref)
      // A field that holds itself has no end to show: only a line for the whole of it covers it.
      return target === null || seen.includes($ref) ? [at] : walk(target, path, [...seen, $ref])
    }
    const variants = ["anyOf", "oneOf", "allOf"].flatMap((keyword) => listOf(schema[keyword]))
    if (variants.length > 0) return variants.flatMap((one) => walk(objectOf(one), path, seen))
    const properties = Object.entries(objectOf(schema["properties"]))
    const closed = schema["additionalProperties"] === false
    const empty = path.length === 0 && closed && properties.length === 0
    if (empty) return []
    if (properties.length === 0 || !closed) return [at]
    return properties.flatMap(([name, child]) => walk(objectOf(child), [...path, name], seen))
  }
  return [...new Set(walk(input, [], []))].toSorted()
}

/** What is wrong with the lines of a preview and the fields that it says are not shown. */
export function previewProblems(
  input: JsonSchema,
  preview: readonly PreviewField[],
  notShown: readonly { readonly at: string; readonly reason: string }[],
): readonly string[] {
  const shown = preview.map(({ at }) => at)
  const hidden = notShown.map(({ at }) => at)
  const lost = [...shown, ...hidden].filter((at) => !parsePointer(at).ok)
  return [
    ...(preview.length > previewLinesMax ? [`a preview has at most ${previewLinesMax} lines`] : []),
    ...lost.map((at) => `${at} in its preview is not a JSON Pointer`),
    ...fieldsOutside(input, [...shown, ...hidden]).map(
      (at) => `input${at} is in no line of its preview, and notShown does not say why`,
    ),
    ...hidden.filter((at) => shown.includes(at)).map((at) => `input${at} is shown and declared as not shown`),
    ...notShown
      .filter(({ reason }) => reason.trim().length < reasonMin)
      .map(({ at }) => `input${at} is not shown without a reason of at least ${reasonMin} characters`),
  ]
}

/** A reason that says something. */
const reasonMin = 10

const definitionOf = (root: JsonSchema, ref: string): JsonSchema | null => {
  if (ref === "#") return root
  const found = objectOf(root["$defs"])[ref.replace("#/$defs/", "")]
  return found === undefined ? null : objectOf(found)
}

const listOf = (value: Json | undefined): readonly Json[] =>
  value !== undefined && isList(value) ? value : []
