// Whether every value of one type is a value of another: when a reference may flow into a field.
// Owns: the rules of assignment. What the rules cannot decide is REF_UNDECIDABLE and never accepted.
// A plan is compiled by how types are written, and compiled again when it is replayed; a change of a contract is judged by the
// values, however they are written (`FitBy`).
// Does not own: absence (the reference's own business), taint, or values (accepts-value.ts).

import { formatPointer } from "../json/json-pointer.ts"
import type { RejectionCode } from "../plan/draft.ts"
import { acceptsValue, shapeAccepts } from "./accepts-value.ts"
import { surelyAccepts } from "./decides-value.ts"
import type { Json } from "../json/json.ts"
import type {
  ArrayShape,
  NumberShape,
  ObjectShape,
  SchemaType,
  Shape,
  StringShape,
  Variant,
} from "./shape.ts"
import { numbersFit } from "./number-set.ts"
import { refers, typeOfShape } from "./schema-type.ts"
import { textsFit, textsListed } from "./text-language.ts"

/** A type with whether what holds it is personal as a whole: such a value flows only into a field that is. */
export interface Side {
  readonly type: SchemaType
  readonly pii: boolean
}

/**
 * What texts and numbers are compared by. `spelling`: patterns have to be the same and steps have to be obvious. `values`: by the
 * texts and numbers themselves, where that can be decided.
 */
type FitBy = "spelling" | "values"

/** Why a value does not fit; `inside` is where in the value. `patterns`: it could not be decided because of patterns. */
export interface Misfit {
  readonly code: Extract<
    RejectionCode,
    "REF_TYPE" | "REF_OPTIONAL" | "REF_UNIT" | "REF_SENSITIVE" | "REF_UNDECIDABLE"
  >
  readonly inside: string
  readonly why: string
  readonly patterns?: true
}

/** Null when every value of `producer` is accepted by `consumer`, else the first thing in the way. */
export function misfit(producer: Side, consumer: Side, by: FitBy = "spelling"): Misfit | null {
  const row = remembered.get(producer.type) ?? new WeakMap<SchemaType, (Misfit | null)[]>()
  remembered.set(producer.type, row)
  const cells = row.get(consumer.type) ?? []
  row.set(consumer.type, cells)
  const cell = (producer.pii ? 1 : 0) + (consumer.pii ? 2 : 0) + (by === "values" ? 4 : 0)
  const known = cells[cell]
  if (known !== undefined) return known
  const found = into(producer, consumer, { path: [], trail: [], by })
  cells[cell] = found
  return found
}

// Answers by pair of types, as long as both live: contracts are compared again and again, and never change.
const remembered = new WeakMap<SchemaType, WeakMap<SchemaType, (Misfit | null)[]>>()

/** Where the comparison is, and the pairs that fit so far or are being compared: one that is met again fits if the rest does. */
interface Walk {
  readonly path: readonly string[]
  readonly by: FitBy
  readonly trail: (readonly [Side, Side])[]
}

const no = (code: Misfit["code"], walk: Walk, why: string): Misfit => ({
  code,
  inside: formatPointer(walk.path),
  why,
})
const below = (walk: Walk, segment: string): Walk => ({ ...walk, path: [...walk.path, segment] })

function into(producer: Side, consumer: Side, walk: Walk): Misfit | null {
  const { trail } = walk
  if (trail.some(([p, c]) => sameSide(p, producer) && sameSide(c, consumer))) return null
  const before = trail.length
  trail.push([producer, consumer])
  for (const variant of producer.type.variants.flatMap((one) => singleValues(one, consumer.type))) {
    const found = variantInto(variant, producer.pii, consumer, walk)
    if (found === null) continue
    // What was found to fit because this pair did has to be asked again.
    trail.length = before
    return found
  }
  return null
}

const sameSide = (a: Side, b: Side): boolean => a.type === b.type && a.pii === b.pii

// Each member of an enum may fit another variant of the consumer, and so may true and false where they are listed apart.
function singleValues(variant: Variant, consumer: SchemaType): readonly Variant[] {
  const { shape } = variant
  const lists = ({ shape: one }: Variant): boolean =>
    one.kind === "literals" && one.values.some((value) => typeof value === "boolean")
  const values =
    shape.kind === "literals"
      ? shape.values
      : shape.kind === "boolean" && consumer.variants.some(lists)
        ? [true, false]
        : null
  if (values === null) return [variant]
  return values.map((value) => ({ ...variant, shape: { kind: "literals", values: [value] } }))
}

function variantInto(variant: Variant, pii: boolean, consumer: Side, walk: Walk): Misfit | null {
  let worst: Misfit | null = null
  for (const candidate of consumer.type.variants) {
    const found = pairInto(variant, pii, candidate, consumer.pii, walk)
    if (found === null) return null
    // A variant of the same kind says more about what is wrong than one of another kind.
    if (worst === null || (worst.code === "REF_TYPE" && sameKind(variant.shape, candidate.shape)))
      worst = found
  }
  return worst ?? no("REF_TYPE", walk, "No value is allowed here.")
}

function pairInto(p: Variant, outerPii: boolean, c: Variant, coveredPii: boolean, walk: Walk): Misfit | null {
  const pii = outerPii || p.marks.has("pii")
  const covered = coveredPii || c.marks.has("pii")
  if (c.marks.has("secret"))
    return no("REF_SENSITIVE", walk, "A secret field takes a secret's name and nothing else.")
  if (c.shape.kind === "any") {
    const personal = pii || holdsMark({ variants: [p] }, "pii", [])
    return personal && !covered
      ? no("REF_SENSITIVE", walk, "A personal value needs a field marked pii.")
      : null
  }
  const found = shapeInto(p.shape, c.shape, pii, covered, walk)
  if (found?.code === "REF_TYPE" && !sameKind(p.shape, c.shape)) return found
  const isNull = p.shape.kind === "null" || (p.shape.kind === "literals" && p.shape.values[0] === null)
  if (!isNull && p.unit !== c.unit) {
    return no("REF_UNIT", walk, `The unit is ${p.unit ?? "absent"} and has to be ${c.unit ?? "absent"}.`)
  }
  if (!isNull && pii && !covered)
    return no("REF_SENSITIVE", walk, "A personal value needs a field marked pii.")
  return found
}

function shapeInto(
  p: Shape,
  c: Exclude<Shape, { kind: "any" }>,
  pii: boolean,
  covered: boolean,
  walk: Walk,
): Misfit | null {
  if (c.kind === "opaque" || p.kind === "opaque") {
    const same =
      c.kind === "opaque" && p.kind === "opaque" && c.spelling === p.spelling && !refers(c.spelling)
    return same ? null : no("REF_UNDECIDABLE", walk, "The schema uses keywords that cannot be compared.")
  }
  if (p.kind === "literals") {
    if (p.values.some((value) => !shapeAccepts(c, value)))
      return no("REF_TYPE", walk, "A possible value is not allowed.")
    const sure = p.values.every((value) => surelyAccepts(c, value))
    const why = "It cannot be decided whether every possible value is allowed."
    if (sure) return null
    return c.kind === "string" && c.patterns.length > 0 ? unsure(walk, why) : no("REF_UNDECIDABLE", walk, why)
  }
  if (c.kind === "literals") return intoLiterals(p, c.values, walk)
  if (p.kind === "string" && c.kind === "string") return stringInto(p, c, walk)
  if (p.kind === "number" && c.kind === "number") return numberInto(p, c, walk)
  if (p.kind === "array" && c.kind === "array") return arrayInto(p, c, pii, covered, walk)
  if (p.kind === "object" && c.kind === "object") return objectInto(p, c, pii, covered, walk)
  return p.kind === c.kind ? null : no("REF_TYPE", walk, `A ${p.kind} comes where a ${c.kind} is due.`)
}

/** What patterns leave open. */
const unsure = (walk: Walk, why: string): Misfit => ({ ...no("REF_UNDECIDABLE", walk, why), patterns: true })

function intoLiterals(p: Shape, values: readonly Json[], walk: Walk): Misfit | null {
  if (p.kind === "null" && values.includes(null)) return null
  const listed =
    walk.by === "values" && p.kind === "string" && textsFit(p, textsListed(values)).kind === "fits"
  return listed
    ? null
    : no("REF_TYPE", walk, "Only listed values are allowed, and other values are possible.")
}

function stringInto(p: StringShape, c: StringShape, walk: Walk): Misfit | null {
  const unknown = p.patterns.length > 0 ? "REF_UNDECIDABLE" : "REF_TYPE"
  if (c.format !== null && c.format !== p.format) {
    return no(
      p.format === null ? unknown : "REF_UNDECIDABLE",
      walk,
      `The format ${c.format} is not promised.`,
    )
  }
  if (walk.by === "values") return textInto(p, c, walk)
  if (!c.patterns.every((pattern) => p.patterns.includes(pattern)))
    return no(unknown, walk, "The pattern is not promised.")
  if (c.min > p.min || c.max < p.max)
    return no(unknown, walk, `A length from ${c.min} to ${c.max} is not promised.`)
  return null
}

function textInto(p: StringShape, c: StringShape, walk: Walk): Misfit | null {
  const answer = textsFit(p, c)
  if (answer.kind === "fits") return null
  if (answer.kind === "undecided") return unsure(walk, answer.why)
  return no(
    "REF_TYPE",
    walk,
    `A possible text is not allowed: ${JSON.stringify(answer.text.slice(0, textShown))}.`,
  )
}
const textShown = 40

function numberInto(p: NumberShape, c: NumberShape, walk: Walk): Misfit | null {
  if (walk.by === "values")
    return numbersFit(p, c) ? null : no("REF_TYPE", walk, "A possible number is not allowed.")
  if (c.integer && !p.integer) return no("REF_TYPE", walk, "The value is a number, and has to be an integer.")
  const low = Math.max(p.min, p.above)
  const high = Math.min(p.max, p.below)
  const lowFits = low >= c.min && (low > c.above || (low === c.above && p.above === low))
  const highFits = high <= c.max && (high < c.below || (high === c.below && p.below === high))
  if (!lowFits || !highFits) return no("REF_TYPE", walk, "The bounds are not promised.")
  const step = c.multipleOf
  const divides =
    step === null || step === p.multipleOf || (p.integer && Number.isInteger((p.multipleOf ?? 1) / step))
  return divides ? null : no("REF_TYPE", walk, `A multiple of ${String(step)} is not promised.`)
}

function arrayInto(p: ArrayShape, c: ArrayShape, pii: boolean, covered: boolean, walk: Walk): Misfit | null {
  const most = p.rest === null ? Math.min(p.max, p.prefix.length) : p.max
  if (p.min < c.min || most > c.max)
    return no("REF_TYPE", walk, `A number of elements from ${c.min} to ${c.max} is not promised.`)
  if (c.unique && !p.unique) return no("REF_TYPE", walk, "Unique elements are not promised.")
  const places = Math.max(p.prefix.length, c.prefix.length)
  for (let index = 0; index <= places && index < most; index++) {
    const type = p.prefix[index] ?? p.rest
    const field = c.prefix[index] ?? c.rest
    if (type === null) break
    if (field === null) return no("REF_TYPE", below(walk, String(index)), "No element is allowed here.")
    const found = into({ type, pii }, { type: field, pii: covered }, below(walk, String(index)))
    if (found !== null) return found
  }
  return null
}

function objectInto(
  p: ObjectShape,
  c: ObjectShape,
  pii: boolean,
  covered: boolean,
  walk: Walk,
): Misfit | null {
  for (const name of c.required) {
    if (p.required.has(name)) continue
    const known = p.properties.has(name) || p.additional !== null
    return no(known ? "REF_OPTIONAL" : "REF_TYPE", below(walk, name), "A required field is not promised.")
  }
  // A member whose name its own type refuses never occurs, and names from a type that fits need no check.
  const coming = [...new Set([...p.properties.keys(), ...p.required])].filter(
    (name) => p.names === null || acceptsValue(p.names, name),
  )
  const sure = c.names !== null && p.names !== null && namesInto(p.names, c.names, walk) === null
  const taker = sure ? { ...c, names: null } : c
  for (const name of coming) {
    const found = memberInto(
      name,
      p.properties.get(name) ?? p.additional,
      taker,
      { pii, covered },
      below(walk, name),
    )
    if (found !== null) return found
  }
  return p.additional === null ? null : furtherInto(p, p.additional, taker, { pii, covered }, walk)
}

const namesInto = (names: SchemaType | null, allowed: SchemaType, walk: Walk): Misfit | null =>
  into({ type: names ?? anyName, pii: false }, { type: allowed, pii: true }, walk)

interface Personal {
  readonly pii: boolean
  readonly covered: boolean
}

function memberInto(
  name: string,
  type: SchemaType | null,
  c: ObjectShape,
  { pii, covered }: Personal,
  walk: Walk,
): Misfit | null {
  const field = c.properties.get(name) ?? c.additional
  if (type === null) return null
  if (field === null)
    return no("REF_TYPE", walk, "A closed object takes no extra field: pick the fields one by one.")
  const named = c.names === null ? null : nameInto(name, c.names, walk)
  return named ?? into({ type, pii }, { type: field, pii: covered }, walk)
}

function nameInto(name: string, names: SchemaType, walk: Walk): Misfit | null {
  if (!acceptsValue(names, name)) return no("REF_TYPE", walk, "This name is not allowed.")
  const sure = names.variants.some(({ shape }) => surelyAccepts(shape, name))
  return sure ? null : no("REF_UNDECIDABLE", walk, "It cannot be decided whether this name is allowed.")
}

// A producer with further members may bring any name, so every field of the consumer has to take them.
function furtherInto(
  p: ObjectShape,
  type: SchemaType,
  c: ObjectShape,
  { pii, covered }: Personal,
  walk: Walk,
): Misfit | null {
  if (c.additional === null) return no("REF_TYPE", walk, "A closed object takes no further fields.")
  const named = [...c.properties].filter(([name]) => !p.properties.has(name)).map(([, field]) => field)
  for (const field of [c.additional, ...named]) {
    const found = into({ type, pii }, { type: field, pii: covered }, walk)
    if (found !== null) return found
  }
  return c.names === null ? null : namesInto(p.names, c.names, walk)
}

const anyName = typeOfShape({
  kind: "string",
  min: 0,
  max: Number.POSITIVE_INFINITY,
  format: null,
  patterns: [],
})

/** True when a value of the type may hold, at any depth, something with this mark. */
function holdsMark(type: SchemaType, mark: string, open: readonly SchemaType[]): boolean {
  if (open.includes(type)) return false
  const inner = [...open, type]
  return type.variants.some(({ marks, shape }) => {
    if (marks.has(mark)) return true
    const parts =
      shape.kind === "array"
        ? [...shape.prefix, shape.rest]
        : shape.kind === "object"
          ? [...shape.properties.values(), shape.additional]
          : []
    return parts.some((part) => part !== null && holdsMark(part, mark, inner))
  })
}

const kindsOfValues = (shape: Shape): readonly string[] => {
  if (shape.kind !== "literals") return [shape.kind]
  return shape.values.map((value) =>
    value === null ? "null" : Array.isArray(value) ? "array" : typeof value,
  )
}
const sameKind = (a: Shape, b: Shape): boolean => {
  const kinds = kindsOfValues(b)
  return kindsOfValues(a).some((kind) => kinds.includes(kind))
}
