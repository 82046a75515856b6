// Checks a `$text`: the type of the text that its parts make, and whether one of them is tainted.
// Owns: which parts a text may have, and the bounds of the whole. Does not own: whether the field takes it (contracts/shape).

import { isObject, formOf, textOfPart, type Json, type PlanRejection } from "@counterfoil/contracts"
import {
  literalType,
  patternAnswer,
  typeOfShape,
  type SchemaType,
  type Shape,
} from "@counterfoil/contracts/shape"
import { flowOfItem, flowOfReference, type ValuePlace, type Surroundings } from "./surroundings.ts"
import { flowOf, type Flow } from "./navigate.ts"
import { rejection } from "./rejection.ts"

/** The flow of the joined text, with what was wrong on the way. */
interface TextFlow {
  readonly flow: Flow
  readonly tainted: boolean
  readonly problems: readonly PlanRejection[]
}

/** Checks the parts of a text at a place. Errors: TEXT_INVALID, and those of its references. */
export function textFlow(parts: readonly Json[], place: ValuePlace, around: Surroundings): TextFlow {
  const flows = parts.map((part, index) => partFlow(part, `${place.at}/$text/${index}`, around))
  const good = flows.filter((flow): flow is Flow => !("code" in flow))
  const joined = joinedText(
    good.map((flow) => flow.type),
    place.type,
  )
  return {
    flow: { type: joined, pii: good.some((flow) => flow.pii), trusted: true, optional: false },
    tainted: good.some((flow) => !flow.trusted),
    problems: flows.filter((flow): flow is PlanRejection => "code" in flow),
  }
}

function partFlow(part: Json, at: string, around: Surroundings): Flow | PlanRejection {
  if (typeof part === "string") return { ...flowOf(literalType([part])), trusted: !around.literalsTainted }
  const invalid = rejection(
    "TEXT_INVALID",
    at,
    "A text joins strings and references to strings, integers and booleans.",
  )
  const form = isObject(part) ? formOf(part) : null
  if (form?.kind === "index")
    return around.item === null
      ? rejection("REF_FANOUT", at, "There is no element outside a step with each.")
      : { ...flowOf(indexText), trusted: true }
  if (form?.kind === "malformed") return rejection("REF_SHAPE", at, "Not a well-formed reference.")
  if (form?.kind !== "from" && form?.kind !== "item") return invalid
  const flow = form.kind === "from" ? flowOfReference(form, at, around) : flowOfItem(form.at, at, around)
  if ("code" in flow) return flow
  const fallback = form.kind === "from" ? form.default : undefined
  if (flow.optional && fallback === undefined)
    return rejection(
      "REF_OPTIONAL",
      at,
      "The value may be absent, and a text needs all its parts.",
      "Give the reference a default.",
    )
  const type =
    fallback === undefined
      ? flow.type
      : { variants: [...flow.type.variants, ...literalType([fallback]).variants] }
  if (!type.variants.every(({ shape }) => joins(shape))) return invalid
  return { ...flow, type, trusted: flow.trusted && !(fallback !== undefined && around.literalsTainted) }
}

const indexText = literalType([0, 999])

function joins(shape: Shape): boolean {
  if (shape.kind === "literals") {
    return shape.values.every((value) => textOfPart(value) !== null)
  }
  return shape.kind === "string" || shape.kind === "boolean" || (shape.kind === "number" && shape.integer)
}

/**
 * The type of parts joined: their lengths added up. Of the field's patterns it keeps those that hold for a text as soon as
 * they hold for its parts, which is so for `^[…]*$`: each character is judged alone.
 */
function joinedText(parts: readonly SchemaType[], field: SchemaType): SchemaType {
  const wanted = field.variants.flatMap(({ shape }) => (shape.kind === "string" ? shape.patterns : []))
  const patterns = wanted.filter(
    (pattern) =>
      eachCharacter.test(pattern) &&
      parts.every((part) => part.variants.every(({ shape }) => holds(pattern, shape))),
  )
  const lengths = parts.map((part) => part.variants.map(({ shape }) => lengthOf(shape)))
  return typeOfShape({
    kind: "string",
    min: sum(lengths.map((part) => Math.min(...part.map(([min]) => min)))),
    max: sum(lengths.map((part) => Math.max(...part.map(([, max]) => max)))),
    format: null,
    patterns: [...new Set(patterns)],
  })
}

const eachCharacter = /^\^\[(?:[^\\\]]|\\.)+\]\*\$$/

const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0)

function holds(pattern: string, shape: Shape): boolean {
  if (shape.kind === "literals")
    return shape.values.every((value) => matches(pattern, textOfPart(value) ?? ""))
  if (shape.kind === "number") return matches(pattern, "-0123456789")
  if (shape.kind === "boolean") return matches(pattern, "true") && matches(pattern, "false")
  return shape.kind === "string" && shape.patterns.includes(pattern)
}

const matches = (pattern: string, text: string): boolean => patternAnswer(pattern, text) === "matches"

// Length of a shape as text, least and most.
function lengthOf(shape: Shape): readonly [number, number] {
  if (shape.kind === "string") return [shape.min, shape.max]
  if (shape.kind === "boolean") return [4, 5]
  const written =
    shape.kind === "literals" ? shape.values.map((value) => (textOfPart(value) ?? "").length) : []
  if (written.length > 0) return [Math.min(...written), Math.max(...written)]
  return [1, integerCharactersMax]
}

// A sign and the 16 digits of 2^53-1.
const integerCharactersMax = 17
