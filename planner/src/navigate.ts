// The value at a JSON Pointer inside a value of a type: its type, and whether it may be absent.
// Owns: walking a type, and carrying the marks of what was walked through. Does not own: comparing types (contracts/shape).

import { isList, type Json } from "@counterfoil/contracts"
import { literalType, type SchemaType, type Variant } from "@counterfoil/contracts/shape"

/** A value on its way: its type, whether it is personal or trusted as a whole, whether it may be absent. */
export interface Flow {
  readonly type: SchemaType
  readonly pii: boolean
  readonly trusted: boolean
  readonly optional: boolean
}

/** The flow of a whole value of a type. */
export const flowOf = (type: SchemaType): Flow => carry({ type, pii: false, trusted: false, optional: false })

/** The flow of the value at a path, or null when no value of the type has such a place. */
export function navigate(from: Flow, path: readonly string[]): Flow | null {
  let flow = from
  for (const segment of path) {
    const next = stepInto(flow, segment)
    if (next === null) return null
    flow = next
  }
  return flow
}

/** The names that a value of the type may have as members: for hints. */
export const memberNames = (type: SchemaType): readonly string[] =>
  type.variants.flatMap(({ shape }) => (shape.kind === "object" ? [...shape.properties.keys()] : []))

// A mark on a value holds for everything inside it; a value is trusted only when every variant of it is.
function carry(flow: Flow): Flow {
  const { variants } = flow.type
  return {
    ...flow,
    pii: flow.pii || variants.some((variant) => variant.marks.has("pii")),
    trusted:
      flow.trusted || (variants.length > 0 && variants.every((variant) => variant.marks.has("trusted"))),
  }
}

function stepInto(flow: Flow, segment: string): Flow | null {
  const found = flow.type.variants.flatMap((variant) => placeIn(variant, segment))
  const [only] = found
  if (only === undefined) return null
  const everywhere = found.length === flow.type.variants.length && found.every((place) => !place.optional)
  const type = found.length === 1 ? only.type : { variants: found.flatMap((place) => place.type.variants) }
  return carry({ ...flow, type, optional: flow.optional || !everywhere })
}

interface Place {
  readonly type: SchemaType
  readonly optional: boolean
}

const indexForm = /^(?:0|[1-9]\d{0,8})$/

function placeIn({ shape }: Variant, segment: string): readonly Place[] {
  switch (shape.kind) {
    case "object": {
      const own = shape.properties.get(segment)
      if (own !== undefined) return [{ type: own, optional: !shape.required.has(segment) }]
      return shape.additional === null
        ? []
        : [{ type: shape.additional, optional: !shape.required.has(segment) }]
    }
    case "array": {
      if (!indexForm.test(segment) || Number(segment) >= shape.max) return []
      const type = shape.prefix[Number(segment)] ?? shape.rest
      return type === null ? [] : [{ type, optional: Number(segment) >= shape.min }]
    }
    case "literals": {
      const members = shape.values.map((value) => memberOf(value, segment))
      const known = members.filter((member) => member !== undefined)
      return known.length === 0 ? [] : [{ type: literalType(known), optional: known.length < members.length }]
    }
    case "any":
    case "opaque":
      return [
        { type: { variants: [{ marks: new Set(), unit: null, shape: { kind: "any" } }] }, optional: true },
      ]
    case "string":
    case "number":
    case "boolean":
    case "null":
      return []
  }
}

function memberOf(value: Json, segment: string): Json | undefined {
  if (typeof value !== "object" || value === null) return undefined
  if (isList(value)) return indexForm.test(segment) ? value[Number(segment)] : undefined
  return Object.hasOwn(value, segment) ? value[segment] : undefined
}
