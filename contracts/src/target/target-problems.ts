// What is wrong with the forms that a schema marks its targets with.
// Owns: that every marked form is one that inputs are respelled by. Does not own: respelling (normal-targets.ts).
// A form where none is looked for would promise rules one spelling and let any pass.

import type { JsonSchema } from "../schema/schema.ts"
import type { Json } from "../json/json.ts"
import { formatPointer } from "../json/json-pointer.ts"
import { typeOf } from "../shape/schema-type.ts"
import type { SchemaType, Variant } from "../shape/shape.ts"
import { targetForms } from "../normal/normal-form.ts"

/** Sentences with the place of each form that does nothing, or not what it says. */
export function targetProblems(schema: JsonSchema): readonly string[] {
  const found: string[] = []
  const seen = new Set<SchemaType>()
  const visit = (type: SchemaType, path: readonly string[]): void => {
    if (seen.has(type)) return
    seen.add(type)
    for (const variant of type.variants) {
      found.push(...problemsOf(variant).map((problem) => `${formatPointer(path)}: ${problem}`))
      const { shape } = variant
      if (shape.kind === "object") {
        for (const [name, member] of shape.properties) visit(member, [...path, name])
        if (shape.additional !== null) visit(shape.additional, [...path, "*"])
        if (shape.names !== null && shape.names.variants.some((one) => formsOf(one).length > 0))
          found.push(`${formatPointer(path)}: the names of fields are not targets`)
      }
      if (shape.kind === "array")
        for (const element of [...shape.prefix, ...(shape.rest === null ? [] : [shape.rest])])
          visit(element, [...path, "*"])
    }
  }
  visit(typeOf(schema), [])
  return [...new Set(found)]
}

const formsOf = ({ marks }: Variant): readonly string[] => targetForms.filter((form) => marks.has(form))

function problemsOf(variant: Variant): readonly string[] {
  const { shape, marks } = variant
  const forms = formsOf(variant)
  const isText = shape.kind === "string" || shape.kind === "null" || shape.kind === "literals"
  return [
    ...(forms.length > 0 && !marks.has("target")
      ? [`${forms.join()} is the form of a target, and this is not a target`]
      : []),
    ...(forms.length > 1 ? [`a target has one form, not ${forms.join(" and ")}`] : []),
    ...(forms.length > 0 && !isText ? [`${forms.join()} is the form of a text`] : []),
    ...(shape.kind === "opaque" && hidesForm(JSON.parse(shape.spelling) as Json)
      ? ["a form inside keywords that are not read"]
      : []),
  ]
}

function hidesForm(node: Json): boolean {
  if (typeof node !== "object" || node === null) return false
  const marks = "x-marks" in node ? node["x-marks"] : null
  if (Array.isArray(marks) && targetForms.some((form) => marks.includes(form))) return true
  return Object.values(node).some(hidesForm)
}
