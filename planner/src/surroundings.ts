// What a value of a draft may refer to, and what each reference names there.
// Owns: the surroundings of a value, and following one reference through them. Does not own: whether what it names fits
// the place that it flows into (check-input.ts).

import { parsePointer, type FromForm, type PlanRejection } from "@counterfoil/contracts"
import { memberNames, navigate, type Flow } from "./navigate.ts"
import { didYouMean } from "./nearest-names.ts"
import { rejection } from "./rejection.ts"
import { anyType, type SchemaType } from "@counterfoil/contracts/shape"

/** What a value may refer to. `own` is the key of the step whose input it is, which it cannot refer to. */
export interface Surroundings {
  readonly own: string | null
  readonly outputs: ReadonlyMap<string, { readonly flow: Flow; readonly fanOut: boolean }>
  /** The element of the fan-out around the value, or null outside one. */
  readonly item: Flow | null
  /** True when a model wrote the literals (origin `model`). */
  readonly literalsTainted: boolean
}

/** The place of a value and what it has to be. `field` is its place inside the input, `at` inside the draft. */
export interface ValuePlace {
  readonly type: SchemaType
  readonly at: string
  readonly field: string
  /** Whether the value may be left out: then a reference to what may be absent needs no default. */
  readonly mayBeAbsent: boolean
  readonly pii: boolean
  /** The `target` field that the value is or is part of. */
  readonly target: string | null
}

/** What a reference names, or why it names nothing. */
export function flowOfReference(form: FromForm, at: string, around: Surroundings): Flow | PlanRejection {
  const source = around.outputs.get(form.step)
  if (form.step === around.own) return rejection("REF_SELF", at, `The step ${form.step} refers to itself.`)
  if (source === undefined) {
    const known = [...around.outputs.keys()]
    return rejection("REF_UNKNOWN_STEP", at, "No step has this key.", didYouMean(form.step, known))
  }
  return flowAt(source.flow, form.at, at, source.fanOut)
}

/** What a pointer names inside the element of a fan-out. */
export function flowOfItem(pointer: string, at: string, around: Surroundings): Flow | PlanRejection {
  if (around.item === null)
    return rejection("REF_FANOUT", at, "There is no element outside a step with each.")
  return flowAt(around.item, pointer, at, false)
}

function flowAt(whole: Flow, pointer: string, at: string, fanOut: boolean): Flow | PlanRejection {
  const parsed = parsePointer(pointer)
  const path = parsed.ok ? parsed.value : []
  const [first] = path
  if (fanOut && first !== undefined && !/^\d+$/.test(first)) {
    return rejection(
      "REF_FANOUT",
      at,
      "The step has each: its output is an array.",
      `Take one element: /0${pointer}`,
    )
  }
  const flow = navigate(whole, path)
  if (flow !== null) return flow
  const parent = navigate(whole, path.slice(0, -1))
  return rejection(
    "REF_POINTER",
    at,
    "The output has no such field.",
    didYouMean(path.at(-1) ?? "", memberNames(parent?.type ?? anyType)),
  )
}
