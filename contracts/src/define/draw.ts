// How a plan function draws its steps: typed references instead of JSON written by hand.
// Owns: `ref`, `text`, `step`. Does not own: the draft's format (plan/draft.ts), nor any check of it (planner).

import { plainJson, type Json } from "../json/json.ts"
import type { Condition, PlanDraft } from "../plan/draft.ts"
import type { DrawnStep, Fill, FillDraft, Ref } from "./drawn.ts"
import { formatPointer } from "../json/json-pointer.ts"
import type { Callable } from "./contract.ts"
import type { z } from "zod"

/** Draws one step of a contract. References in `input` carry the order; `options.after` adds order without data. */
export function step<I, O>(
  key: string,
  contract: Callable & { readonly input: z.ZodType<I>; readonly output: z.ZodType<O> },
  input: Fill<I>,
  options: {
    readonly after?: readonly DrawnStep[]
    readonly when?: Condition
    readonly undo?: boolean
    readonly because: string
  },
): DrawnStep<O> {
  return {
    key,
    contract: contract.ref,
    input: plainJson(input),
    after: (options.after ?? []).map((earlier) => earlier.key),
    when: options.when ?? null,
    each: null,
    undo: options.undo ?? false,
    because: options.because,
  }
}

/** A reference to a field of a step's output, or to the whole output. */
export function ref<O, K extends keyof O & string>(from: DrawnStep<O>, field: K): Ref<O[K]>
export function ref<O>(from: DrawnStep<O>): Ref<O>
export function ref(from: DrawnStep, field?: string): Ref<unknown> {
  return { $from: from.key, at: field === undefined ? "" : formatPointer([field]) }
}

/** Text made of literals and references to strings, integers or booleans. */
export function textOf(...parts: readonly (string | Ref<unknown>)[]): {
  readonly $text: readonly (string | Ref<unknown>)[]
} {
  return { $text: parts }
}

/** The draft made of drawn steps; its own fields sorted, as they are spelled. */
export function draftOf(drawn: FillDraft): PlanDraft {
  return {
    format: "counterfoil.draft/1",
    output: drawn.output,
    steps: drawn.steps.map((s) => ({
      ...(s.after.length === 0 ? {} : { after: [...s.after] }),
      because: s.because,
      contract: s.contract,
      ...(s.each === null ? {} : { each: s.each }),
      input: s.input,
      key: s.key,
      ...(s.undo ? { undo: true } : {}),
      ...(s.when === null ? {} : { when: s.when }),
    })),
  }
}

/** The output object of an intent: a composite of references. */
export function output(fields: { readonly [field: string]: Ref<unknown> }): Json {
  return plainJson(fields)
}
