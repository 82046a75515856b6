// A declared template written out for one step: what a contract says of "my own input" becomes what the plan says there.
// Owns: following a pointer into a compiled input, through the references in it. Does not own: which templates
// there are (check-undo.ts, read-state.ts), nor whether the result fits (check-input.ts).

import {
  isObject,
  formOf,
  formatPointer,
  isList,
  parsePointer,
  readPointer,
  type FromForm,
  type Json,
} from "@counterfoil/contracts"

/** The step that a template speaks of: `$from` is `input` for its compiled input, and `output` for its output. */
export interface Described {
  readonly key: string
  readonly input: Json
}

/** The template with the step's own values and references; undefined when it names what cannot be known of the step. */
export function writtenOut(template: Json, step: Described): Json | undefined {
  if (template === null || typeof template !== "object") return template
  if (isList(template)) {
    const items = template.map((item) => writtenOut(item, step))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const form = formOf(template)
  if (form === null || form.kind === "text") {
    const members = Object.entries(template).map(
      ([name, member]) => [name, writtenOut(member, step)] as const,
    )
    const present = members.flatMap(([name, member]): readonly (readonly [string, Json])[] =>
      member === undefined ? [] : [[name, member]],
    )
    return present.length === members.length ? Object.fromEntries(present) : undefined
  }
  if (form.kind !== "from") return form.kind === "literal" || form.kind === "secret" ? template : undefined
  if (form.step === "output") return { ...template, $from: step.key }
  return form.step === "input" ? (fromInput(step.input, form) ?? form.default) : undefined
}

// A pointer that leads into a reference goes on inside what that reference names.
function fromInput(input: Json, { at }: FromForm): Json | undefined {
  const parsed = parsePointer(at)
  const path = parsed.ok ? parsed.value : []
  for (const [index, segment] of [...path, null].entries()) {
    const found = readPointer(input, formatPointer(path.slice(0, index)))
    if (!found.ok) return undefined
    const value = found.value
    if (segment === null) return value
    const form = isObject(value) ? formOf(value) : null
    if (form === null) continue
    return further(form, value, formatPointer(path.slice(index)))
  }
  return undefined
}

function further(form: NonNullable<ReturnType<typeof formOf>>, value: Json, rest: string): Json | undefined {
  if (form.kind === "item") return { $item: form.at + rest }
  if (form.kind === "literal") {
    const found = readPointer(form.value, rest)
    return found.ok ? { $literal: found.value } : undefined
  }
  // A default is a value for the whole place, so a part of it cannot be taken before it is known.
  if (form.kind !== "from" || form.default !== undefined || value === null) return undefined
  return { $from: form.step, at: form.at + rest }
}
