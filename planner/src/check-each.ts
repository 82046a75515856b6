// A step's `each`: its bounds, the array it runs over, and the type of one element.
// Owns: fan-out at compile time. Does not own: making the instances (executor).

import {
  isObject,
  err,
  fanOutMax,
  formatPointer,
  formOf,
  isList,
  ok,
  stepsInFlightMax,
  type Json,
  type JsonObject,
  type PlanEach,
  type PlanRejection,
  type Result,
} from "@counterfoil/contracts"
import { checkInput, wholePlace } from "./check-input.ts"
import { flowOfReference, type Surroundings } from "./surroundings.ts"
import type { Flow } from "./navigate.ts"
import { rejection, stage } from "./rejection.ts"
import { anyType, literalType, type SchemaType } from "@counterfoil/contracts/shape"

/** A checked fan-out with the flow of one element. */
export interface CheckedEach {
  readonly each: PlanEach
  readonly item: Flow
}

const fields = new Set(["over", "max", "parallel", "onFailure"])

/** Checks the bounds of an `each`. Errors: DRAFT_SHAPE, EACH_UNBOUNDED. */
export function eachBounds(
  each: JsonObject,
  at: string,
): Result<Omit<PlanEach, "over">, readonly PlanRejection[]> {
  const { max, parallel = stepsInFlightMax, onFailure = "stop" } = each
  const problems = Object.keys(each)
    .filter((field) => !fields.has(field))
    .map((field) => rejection("DRAFT_SHAPE", at + formatPointer([field]), "This field is not known."))
  if (each["over"] === undefined)
    problems.push(rejection("DRAFT_SHAPE", `${at}/over`, "An each says what it runs over."))
  const bounded = isWithin(max, fanOutMax)
  if (!bounded) {
    const place = max === undefined ? at : `${at}/max`
    problems.push(rejection("EACH_UNBOUNDED", place, `An each says how many at most: 1 to ${fanOutMax}.`))
  }
  const paced = isWithin(parallel, stepsInFlightMax)
  if (!paced)
    problems.push(rejection("DRAFT_SHAPE", `${at}/parallel`, `parallel is 1 to ${stepsInFlightMax}.`))
  const known = onFailure === "stop" || onFailure === "continue"
  if (!known) problems.push(rejection("DRAFT_SHAPE", `${at}/onFailure`, "onFailure is stop or continue."))
  return bounded && paced && known && problems.length === 0
    ? ok({ max, parallel, onFailure })
    : stage({ max: 1, parallel: 1, onFailure: "stop" }, problems)
}

/**
 * The flow of one element of what an `each` runs over: a reference to an array, or the array itself after substitution.
 * Errors: EACH_NOT_ARRAY, REF_OPTIONAL, REF_FANOUT, and those of the reference.
 */
export function elementFlow(
  over: Json,
  at: string,
  around: Surroundings,
): Result<Flow, readonly PlanRejection[]> {
  const notArray = err([
    rejection("EACH_NOT_ARRAY", at, "An each runs over an array whose elements are not arrays."),
  ])
  if (isList(over)) {
    const checked = checkInput(over, wholePlace(anyType, at), around)
    if (checked.problems.length > 0) return stage(emptyFlow, checked.problems)
    return over.some((item) => isList(item) || holdsForm(item))
      ? notArray
      : ok({ type: literalType(over), pii: false, trusted: !around.literalsTainted, optional: false })
  }
  const form = over !== null && typeof over === "object" ? formOf(over) : null
  if (form?.kind === "item" || form?.kind === "index")
    return err([rejection("REF_FANOUT", at, "There is no element yet where each begins.")])
  if (form?.kind === "malformed") return err([rejection("REF_SHAPE", at, "Not a well-formed reference.")])
  if (form?.kind !== "from") return notArray
  const flow = flowOfReference(form, at, around)
  if ("code" in flow) return err([flow])
  if (around.outputs.get(form.step)?.fanOut === true && form.at === "") {
    return err([
      rejection(
        "REF_FANOUT",
        at,
        "An each over the output of another each takes one element by index.",
        "Refer to /0 or below.",
      ),
    ])
  }
  if (flow.optional && form.default === undefined)
    return err([rejection("REF_OPTIONAL", at, "The array may be absent, and there is no default.")])
  if (form.default !== undefined && !isList(form.default))
    return err([rejection("EACH_NOT_ARRAY", `${at}/default`, "The default of an array is an array.")])
  const element = elementType(flow.type, isList(form.default) ? form.default : [])
  return element === null ? notArray : ok({ ...flow, type: element, optional: false })
}

const emptyFlow: Flow = { type: { variants: [] }, pii: false, trusted: true, optional: false }

function elementType(type: SchemaType, further: readonly Json[]): SchemaType | null {
  if (type.variants.length === 0 || !type.variants.every(({ shape }) => shape.kind === "array")) return null
  const elements = type.variants.flatMap(({ shape }) =>
    shape.kind === "array" ? [...shape.prefix, shape.rest].flatMap((element) => element?.variants ?? []) : [],
  )
  const all = further.length === 0 ? elements : [...elements, ...literalType(further).variants]
  if (all.some(({ shape }) => shape.kind === "array" || shape.kind === "any")) return null
  // One element type of one plain array keeps its identity, by which comparisons are remembered.
  const [only] = type.variants
  const same =
    only?.shape.kind === "array" &&
    type.variants.length === 1 &&
    only.shape.prefix.length === 0 &&
    further.length === 0
  return same && only.shape.kind === "array" ? only.shape.rest : { variants: all }
}

const holdsForm = (value: Json): boolean => isObject(value) && formOf(value) !== null

function isWithin(value: Json | undefined, most: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= most
}
