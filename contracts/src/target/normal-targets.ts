// The targets of an input in their one spelling, wherever its schema marks them with a form.
// Owns: finding them. Does not own: the spellings (normal-form.ts), nor parsing (define/parse-input.ts).
// Works on drafts too: a place that holds a reference is left for the time when its value is known.

import type { JsonSchema } from "../schema/schema.ts"
import type { Issue } from "../schema/parse.ts"
import type { Json, JsonObject } from "../json/json.ts"
import { formatPointer } from "../json/json-pointer.ts"
import { isList } from "../plan/reference.ts"
import { shapeAccepts } from "../shape/accepts-value.ts"
import { typeOf } from "../shape/schema-type.ts"
import type { SchemaType, Shape, Variant } from "../shape/shape.ts"
import { normalForm, targetForms, type TargetForm } from "../normal/normal-form.ts"

/** The value with its targets respelled, and the places of those that have no single spelling. The same value if none changed. */
interface NormalTargets {
  readonly value: Json
  readonly issues: readonly Issue[]
}

/** Respells the targets of a value that fits the schema, or would if its references were resolved. */
export function normalTargets(schema: JsonSchema, value: Json): NormalTargets {
  const type = typeOf(schema)
  const holds = formsKnown.get(schema) ?? holdsForm(type, new Set())
  formsKnown.set(schema, holds)
  return holds ? respelled(type, value, []) : { value, issues: [] }
}

/** Whether a schema marks any target with a form: most do not, and their values need no walk. */
const formsKnown = new WeakMap<JsonSchema, boolean>()

/** The form that a variant is marked with, if any. */
export const formOf = ({ marks }: Variant): TargetForm | null =>
  targetForms.find((form) => marks.has(form)) ?? null

type Path = readonly string[]

function respelled(type: SchemaType, value: Json, path: Path): NormalTargets {
  // Of several variants, those that take the value say what it is; the only one is not asked, because references fit none.
  const variants =
    type.variants.length === 1
      ? type.variants
      : type.variants.filter(({ shape }) => shapeAccepts(shape, value))
  return variants.reduce<NormalTargets>(
    (made, variant) => {
      const next = inVariant(variant, made.value, path)
      return { value: next.value, issues: [...made.issues, ...next.issues] }
    },
    { value, issues: [] },
  )
}

function inVariant(variant: Variant, value: Json, path: Path): NormalTargets {
  const form = formOf(variant)
  if (typeof value === "string") return form === null ? { value, issues: [] } : inForm(form, value, path)
  if (value === null || typeof value !== "object") return { value, issues: [] }
  return isList(value) ? inList(variant.shape, value, path) : inObject(variant.shape, value, path)
}

function inForm(form: TargetForm, value: string, path: Path): NormalTargets {
  const normal = normalForm(form, value)
  return normal.ok
    ? { value: normal.value, issues: [] }
    : { value, issues: [{ at: formatPointer(path), code: "format", message: normal.error }] }
}

function inList(shape: Shape, value: readonly Json[], path: Path): NormalTargets {
  if (shape.kind !== "array") return { value, issues: [] }
  const items = value.map((item, index) => {
    const type = shape.prefix[index] ?? shape.rest
    return type === null ? { value: item, issues: [] } : respelled(type, item, [...path, String(index)])
  })
  const changed = items.some((item, index) => item.value !== value[index])
  return {
    value: changed ? items.map((item) => item.value) : value,
    issues: items.flatMap(({ issues }) => issues),
  }
}

function inObject(shape: Shape, value: JsonObject, path: Path): NormalTargets {
  if (shape.kind !== "object") return { value, issues: [] }
  const members = Object.entries(value).map(([name, member]): readonly [string, NormalTargets] => {
    const type = shape.properties.get(name) ?? shape.additional
    return [name, type === null ? { value: member, issues: [] } : respelled(type, member, [...path, name])]
  })
  const changed = members.some(([name, member]) => member.value !== value[name])
  return {
    value: changed ? Object.fromEntries(members.map(([name, member]) => [name, member.value])) : value,
    issues: members.flatMap(([, { issues }]) => issues),
  }
}

function holdsForm(type: SchemaType, seen: Set<SchemaType>): boolean {
  if (seen.has(type)) return false
  seen.add(type)
  return type.variants.some(
    (variant) =>
      formOf(variant) !== null || innerTypes(variant.shape).some((inner) => holdsForm(inner, seen)),
  )
}

/** The types of what an object or a list holds. */
function innerTypes(shape: Shape): readonly SchemaType[] {
  if (shape.kind === "object")
    return [...shape.properties.values(), ...(shape.additional === null ? [] : [shape.additional])]
  return shape.kind === "array" ? [...shape.prefix, ...(shape.rest === null ? [] : [shape.rest])] : []
}
