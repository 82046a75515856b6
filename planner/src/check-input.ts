// Stage 5 and 7: a value with references against the type that it has to have, field by field.
// Owns: which rejection a field earns, and which `target` fields something from outside flows into.
// Does not own: comparing types (contracts/shape), text (check-text.ts), the contract's own parser (parse-input.ts).
// Keeps INV-12 (what a model wrote stays marked) and INV-13 (secrets are names, and only where they belong).

import {
  isObject,
  formOf,
  formatPointer,
  isList,
  type Form,
  type FromForm,
  type Json,
  type JsonObject,
  type PlanRejection,
  type RejectionCode,
} from "@counterfoil/contracts"
import {
  acceptsValue,
  anyType,
  hasMark,
  literalType,
  misfit,
  plainAnyType,
  shapeAccepts,
  typeOfShape,
  type SchemaType,
  type Shape,
  type Variant,
} from "@counterfoil/contracts/shape"
import { textFlow } from "./check-text.ts"
import { flowOf, navigate, type Flow } from "./navigate.ts"
import { didYouMean } from "./nearest-names.ts"
import { flowOfItem, flowOfReference, type ValuePlace, type Surroundings } from "./surroundings.ts"
import { rejection } from "./rejection.ts"

/** What checking a value found: rejections, and the `target` fields with a tainted value, unsorted. */
export interface Checked {
  readonly problems: readonly PlanRejection[]
  readonly taint: readonly string[]
}

/** The place of a whole value. */
export const wholePlace = (type: SchemaType, at: string): ValuePlace => ({
  type,
  at,
  field: "",
  mayBeAbsent: false,
  pii: hasMark(type, "pii"),
  target: hasMark(type, "target") ? "" : null,
})

/** Checks a value with references. Reports every rejection code that begins with INPUT_, SECRET_, REF_ or TEXT_. */
export function checkInput(value: Json, place: ValuePlace, around: Surroundings): Checked {
  if (hasMark(place.type, "secret")) return checkSecret(value, place)
  if (value === null || typeof value !== "object") return checkLeaf(value, place, around)
  if (isList(value))
    return checkVariants(value, place, around, (shape) => checkList(value, shape, place, around))
  const form = formOf(value)
  if (form !== null) return checkForm(form, place, around)
  return checkVariants(value, place, around, (shape) => checkMembers(value, shape, place, around))
}

const fine: Checked = { problems: [], taint: [] }
const problem = (code: RejectionCode, at: string, message: string, help?: string): Checked => ({
  problems: [rejection(code, at, message, help)],
  taint: [],
})
const together = (parts: readonly Checked[]): Checked => ({
  problems: parts.flatMap((part) => part.problems),
  taint: parts.flatMap((part) => part.taint),
})
const tainted = (place: ValuePlace): readonly string[] => (place.target === null ? [] : [place.target])

function checkSecret(value: Json, place: ValuePlace): Checked {
  const form = secretFormOf(value)
  if (form?.kind === "from" || form?.kind === "item") {
    return problem(
      "REF_SENSITIVE",
      place.at,
      "A secret field takes a secret's name, never a value from a step.",
    )
  }
  if (form?.kind !== "secret")
    return problem("SECRET_LITERAL", place.at, "A secret field takes a secret's name, never the secret.")
  const declared = place.type.variants.some(({ shape }) => shapeAccepts(shape, { $secret: form.name }))
  return declared
    ? fine
    : problem("SECRET_UNKNOWN", place.at, "The contract declares no secret of this name.")
}

/**
 * The form of a value in a secret field. A caller's own input arrives as data, with each `$` object wrapped in `$literal`
 * (`asLiteral`): the name of a secret inside one means the same, because only a secret field reads it as a name.
 */
function secretFormOf(value: Json): Form | null {
  if (!isObject(value)) return null
  const form = formOf(value)
  return form?.kind === "literal" ? secretFormOf(form.value) : form
}

function checkLeaf(value: Json, place: ValuePlace, around: Surroundings): Checked {
  if (!acceptsValue(place.type, value))
    return problem("INPUT_INVALID", place.at, `This has to be ${nameOf(place.type)}.`)
  return { problems: [], taint: around.literalsTainted ? tainted(place) : [] }
}

function checkForm(form: Form, place: ValuePlace, around: Surroundings): Checked {
  switch (form.kind) {
    case "from":
      return checkReference(form, place, around)
    case "item":
      return checkItem(form.at, place, around)
    case "index":
      if (around.item === null)
        return problem("REF_FANOUT", place.at, "There is no element outside a step with each.")
      return checkFlow(flowOf(indexType), place)
    case "text": {
      const text = textFlow(form.parts, place, around)
      if (text.problems.length > 0) return { problems: text.problems, taint: [] }
      return together([
        checkFlow({ ...text.flow, trusted: true }, place),
        { problems: [], taint: text.tainted ? tainted(place) : [] },
      ])
    }
    case "literal":
      return checkData(form.value, place, around)
    case "secret":
      return problem("SECRET_MISPLACED", place.at, "A secret's name may be only in a field marked secret.")
    case "sealed":
      return place.pii
        ? fine
        : problem("REF_SENSITIVE", place.at, "A sealed value may be only in a field marked pii.")
    case "malformed":
      return problem(
        form.form === "$text" ? "TEXT_INVALID" : "REF_SHAPE",
        place.at,
        `Not a well-formed ${knownForm(form.form)}.`,
      )
  }
}

const knownForm = (form: string): string =>
  ["$from", "$item", "$index", "$text", "$secret", "$sealed", "$literal"].includes(form) ? form : "reference"

/** An index counts from 0 and is made by this program, so it carries no taint. */
const indexType = typeOfShape({
  kind: "number",
  integer: true,
  min: 0,
  max: 999,
  above: Number.NEGATIVE_INFINITY,
  below: Number.POSITIVE_INFINITY,
  multipleOf: null,
})

function checkReference(form: FromForm, place: ValuePlace, around: Surroundings): Checked {
  const flow = flowOfReference(form, place.at, around)
  if ("code" in flow) return { problems: [flow], taint: [] }
  const given = form.default !== undefined
  const found = checkFlow(given ? { ...flow, optional: false } : flow, place)
  if (form.default === undefined || found.problems.length > 0) return found
  const fallback = checkData(form.default, { ...place, at: `${place.at}/default` }, around)
  return together([found, fallback])
}

function checkItem(pointer: string, place: ValuePlace, around: Surroundings): Checked {
  const flow = flowOfItem(pointer, place.at, around)
  return "code" in flow ? { problems: [flow], taint: [] } : checkFlow(flow, place)
}

function checkFlow(flow: Flow, place: ValuePlace): Checked {
  if (flow.optional && !place.mayBeAbsent) {
    return problem(
      "REF_OPTIONAL",
      place.at,
      "The value may be absent, and the field is required.",
      "Give the reference a default.",
    )
  }
  const found = misfit({ type: flow.type, pii: flow.pii }, { type: place.type, pii: place.pii })
  if (found !== null) {
    const inside = found.inside === "" ? "" : ` (at ${found.inside} inside it)`
    return problem(found.code, place.at, `${found.why.slice(0, -1)}${inside}.`)
  }
  return {
    problems: [],
    taint:
      place.target === null
        ? targetsReached(flow, place.type, place.field, [])
        : flow.trusted
          ? []
          : [place.target],
  }
}

// A whole object may bring fields that the consumer marks as targets; each is tainted unless the producer trusts it.
function targetsReached(
  flow: Flow,
  type: SchemaType,
  field: string,
  open: readonly SchemaType[],
): readonly string[] {
  if (open.includes(type)) return []
  if (hasMark(type, "target")) return flow.trusted ? [] : [field]
  const inner = [...open, type]
  return type.variants.flatMap(({ shape }) => {
    if (shape.kind === "object") {
      return [...shape.properties].flatMap(([name, member]) => {
        const below = navigate(flow, [name])
        return below === null ? [] : targetsReached(below, member, field + formatPointer([name]), inner)
      })
    }
    const elements = shape.kind === "array" ? [...shape.prefix, shape.rest] : []
    return elements.some((element, index) => {
      const below = navigate(flow, [String(index)])
      return element !== null && below !== null && targetsReached(below, element, field, inner).length > 0
    })
      ? [field]
      : []
  })
}

// Inside `$literal` and `default` everything is data, so the type's plain answer is enough.
function checkData(value: Json, place: ValuePlace, around: Surroundings): Checked {
  if (value === null || typeof value !== "object") return checkLeaf(value, place, around)
  if (!acceptsValue(place.type, value))
    return problem("INPUT_INVALID", place.at, `This has to be ${nameOf(place.type)}.`)
  if (!around.literalsTainted) return fine
  return {
    problems: [],
    taint:
      place.target === null
        ? targetsReached(flowOf(literalType([value])), place.type, place.field, [])
        : [place.target],
  }
}

// A composite fits a union when it fits one variant; otherwise the variant that it misses least gives the rejection.
function checkVariants(
  value: Json,
  place: ValuePlace,
  around: Surroundings,
  check: (shape: Shape) => Checked,
): Checked {
  const candidates = place.type.variants.filter(({ shape }) => takesComposite(shape, value))
  if (candidates.length === 0)
    return problem("INPUT_INVALID", place.at, `This has to be ${nameOf(place.type)}.`)
  const chosen = candidates.filter((variant) => !contradicts(variant, value))
  let best: Checked | null = null
  for (const { shape } of chosen.length === 0 ? candidates : chosen) {
    const found = check(shape)
    if (found.problems.length === 0) return found
    if (best === null || found.problems.length < best.problems.length) best = found
  }
  return best ?? fine
}

const takesComposite = (shape: Shape, value: Json): boolean =>
  shape.kind === "any" ||
  shape.kind === "opaque" ||
  shape.kind === "literals" ||
  shape.kind === (isList(value) ? "array" : "object")

// A member whose listed value is another one rules a variant out: the discriminator of a union.
function contradicts({ shape }: Variant, value: Json): boolean {
  if (shape.kind !== "object" || !isObject(value)) return false
  return [...shape.properties].some(([name, { variants }]) => {
    const member = value[name]
    const listed = variants.length === 1 && variants[0]?.shape.kind === "literals" ? variants[0].shape : null
    return listed !== null && typeof member === "string" && !shapeAccepts(listed, member)
  })
}

function checkList(value: readonly Json[], shape: Shape, place: ValuePlace, around: Surroundings): Checked {
  const parts = value.map((item, index) => {
    const type = shape.kind === "array" ? (shape.prefix[index] ?? shape.rest) : openType(place)
    const inner = within(place, String(index), type ?? anyType, false)
    return type === null
      ? problem("INPUT_INVALID", inner.at, "There are too many elements.")
      : checkInput(item, inner, around)
  })
  const length = shape.kind === "array" && (value.length < shape.min || value.length > shape.max)
  const count = length ? [problem("INPUT_INVALID", place.at, `This has to be ${nameOfShape(shape)}.`)] : []
  return together([...count, ...parts, ...repeats(value, shape, place), ...uncertain(value, shape, place)])
}

function repeats(value: readonly Json[], shape: Shape, place: ValuePlace): readonly Checked[] {
  if (shape.kind !== "array" || !shape.unique) return []
  if (holdsReference(value))
    return [problem("REF_UNDECIDABLE", place.at, "Whether the elements are unique cannot be known.")]
  return shapeAccepts({ ...shape, prefix: [], rest: anyType }, value)
    ? []
    : [problem("INPUT_INVALID", place.at, "The elements have to be unique.")]
}

function checkMembers(value: JsonObject, shape: Shape, place: ValuePlace, around: Surroundings): Checked {
  const parts = Object.entries(value).map(([name, member]) => {
    const type = shape.kind === "object" ? (shape.properties.get(name) ?? shape.additional) : openType(place)
    const required = shape.kind === "object" && shape.required.has(name)
    const inner = within(place, name, type ?? anyType, !required)
    if (
      type === null ||
      (shape.kind === "object" && shape.names !== null && !acceptsValue(shape.names, name))
    ) {
      const known = shape.kind === "object" ? [...shape.properties.keys()] : []
      return problem("INPUT_UNKNOWN_FIELD", inner.at, "This field is not known.", didYouMean(name, known))
    }
    return checkInput(member, inner, around)
  })
  const missing =
    shape.kind === "object" ? [...shape.required].filter((name) => !Object.hasOwn(value, name)) : []
  return together([
    ...parts,
    ...missing.map((name) =>
      problem("INPUT_MISSING", place.at + formatPointer([name]), "This field is required."),
    ),
    ...uncertain(value, shape, place),
  ])
}

// Listed values, and keywords that the planner does not know, say nothing about a composite with open places.
function uncertain(value: Json, shape: Shape, place: ValuePlace): readonly Checked[] {
  if (shape.kind !== "opaque" && shape.kind !== "literals") return []
  if (holdsReference(value))
    return [problem("REF_UNDECIDABLE", place.at, "Whether this fits cannot be known before it runs.")]
  return shapeAccepts(shape, value)
    ? []
    : [problem("INPUT_INVALID", place.at, `This has to be ${nameOfShape(shape)}.`)]
}

/** True when a value holds something that is known only at run time. */
export function holdsReference(value: Json): boolean {
  if (value === null || typeof value !== "object") return false
  if (isList(value)) return value.some(holdsReference)
  const form = formOf(value)
  if (form === null) return Object.values(value).some(holdsReference)
  return form.kind !== "literal" && form.kind !== "secret"
}

// A field that takes anything may hold anything, but personal values only where the field is marked for them.
const openType = (place: ValuePlace): SchemaType => (place.pii ? anyType : plainAnyType)

function within(place: ValuePlace, name: string, type: SchemaType, mayBeAbsent: boolean): ValuePlace {
  const step = formatPointer([name])
  const field = place.field + step
  return {
    type,
    at: place.at + step,
    field,
    mayBeAbsent,
    pii: place.pii || hasMark(type, "pii"),
    target: place.target ?? (hasMark(type, "target") ? field : null),
  }
}

const nameOf = (type: SchemaType): string =>
  [...new Set(type.variants.map(({ shape }) => nameOfShape(shape)))].join(" or ")

// Names what the contract says, never what the draft said.
function nameOfShape(shape: Shape): string {
  switch (shape.kind) {
    case "any":
    case "opaque":
      return "a value that the contract accepts"
    case "literals":
      return `one of ${shape.values.map((value) => JSON.stringify(value)).join(", ")}`
    case "null":
      return "null"
    case "boolean":
      return "true or false"
    case "string":
      return `text${bounds(shape.min, shape.max, " of ", " characters")}${shape.format === null ? "" : ` in the form ${shape.format}`}${shape.patterns.length > 0 && shape.format === null ? " in the contract's pattern" : ""}`
    case "number":
      return `${shape.integer ? "an integer" : "a number"}${bounds(shape.min, shape.max, " ", "")}`
    case "array":
      return `a list${bounds(shape.min, shape.max, " of ", " elements")}`
    case "object":
      return "an object"
  }
}

function bounds(min: number, max: number, before: string, after: string): string {
  const low = min > 0 || (min < 0 && min > Number.MIN_SAFE_INTEGER)
  const high = max < Number.MAX_SAFE_INTEGER
  if (!low && !high) return ""
  return `${before}${low ? `at least ${min}` : ""}${low && high ? " and " : ""}${high ? `at most ${max}` : ""}${after}`
}
