// What a plan function draws: steps and typed references, as plain data.
// Owns: the types. Does not own: the functions that make them (draw.ts), nor any check (planner).

import type { Json } from "../json/json.ts"
import type { Condition, DraftEach } from "../plan/draft.ts"

declare const valueOf: unique symbol

/** A value that will be known when an earlier step has finished. `T` is the type it will have. */
export interface Ref<T> {
  readonly $from: string
  readonly at: string
  readonly [valueOf]?: T
}

/** A value, a reference to one, or a composite of both. */
export type Fill<T> =
  | T
  | Ref<T>
  | (T extends string ? { readonly $text: readonly (string | Ref<unknown>)[] } : never)
  | (T extends object ? { readonly [K in keyof T]: Fill<T[K]> } : never)

/** One step as a plan function draws it. */
export interface DrawnStep<O = unknown> {
  readonly key: string
  readonly contract: string
  readonly input: Json
  readonly after: readonly string[]
  readonly when: Condition | null
  readonly each: DraftEach | null
  readonly undo: boolean
  readonly because: string
  readonly [valueOf]?: O
}

/** What a plan function answers: the steps, and the intent's output made of references. */
export interface FillDraft {
  readonly steps: readonly DrawnStep[]
  readonly output: Json
}
