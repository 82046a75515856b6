// Drawing a plan: calling the plan function of an intent so that it can only be a function of its input.
// Owns: the two calls, and why one is refused. Does not own: the draft's checks (planner), which contracts are registered.
// Keeps INV-08: a function that reads a clock or chance would draw another plan at the replay, so it may draw none.

import { canonical, canonicalBytes } from "../json/canonical.ts"
import { plainJson, type Json } from "../json/json.ts"
import { digestOf, inputDigestOf } from "../digest/index.ts"
import { asLiteral, isList } from "../plan/reference.ts"
import type { PlanDraft } from "../plan/draft.ts"
import type { Digest } from "../primitives.ts"
import { err, ok, type Result } from "../result.ts"
import type { Intent } from "./contract.ts"
import { draftOf } from "./draw.ts"
import { examplesOf } from "./examples.ts"
import { parseWith } from "../schema/parse.ts"
import { inPureScope } from "./pure-scope.ts"

/** Why no plan was drawn, as the end of a sentence about the plan function. */
export type PlanFault =
  | "threw or drew no draft"
  | "drew two different drafts from one input"
  | "is asynchronous: a plan is drawn at once"
  | `reads ${string}: a plan is drawn from its input alone, and a time that it needs is a field of that`

/** The draft that a plan function draws from an input that its contract parsed. It is called twice, each time on a frozen copy of its own. */
export function drawPlan(contract: Pick<Intent, "plan">, input: Json): Result<PlanDraft, PlanFault> {
  const { ended, touched } = inPureScope(() => {
    const first = calledOnce(contract, input)
    return "later" in first ? [first] : [first, calledOnce(contract, input)]
  })
  const [first, second] = ended.as === "answer" ? ended.value : []
  const isLater = [first, second].map(settled).includes(true)
  // Also when the function caught the error: it used the global all the same.
  if (touched.length > 0) return err(reading(touched))
  if (isLater) return err("is asynchronous: a plan is drawn at once")
  if (first === undefined || second === undefined || "later" in first || "later" in second)
    return err("threw or drew no draft")
  return first.text === second.text
    ? ok(JSON.parse(first.text) as PlanDraft)
    : err("drew two different drafts from one input")
}

const reading = (touched: readonly string[]): PlanFault =>
  `reads ${touched.join(", ")}: a plan is drawn from its input alone, and a time that it needs is a field of that`

/** The result of one call: a draft in canonical form, or a promise, which is refused. */
type Called = { readonly text: string } | { readonly later: PromiseLike<unknown> }

function calledOnce(contract: Pick<Intent, "plan">, input: Json): Called {
  // Values that look like references are wrapped, so that a plan function can pass them on without giving them a meaning.
  const answer: unknown = contract.plan(frozen(asLiteral(input)))
  if (isPromise(answer)) return { later: answer }
  // Serialised inside the scope, because the result may hold code, such as a getter.
  return { text: canonical(draftOf(answer as ReturnType<Intent["plan"]>)) }
}

/** True for a promise. Its rejection is caught here, because an unhandled one would end the process. */
function settled(called: Called | undefined): boolean {
  if (called === undefined || !("later" in called)) return false
  // Through a promise of the engine's own: a `then` is the author's code, and may throw itself.
  Promise.resolve(called.later).then(undefined, () => undefined)
  return true
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"

function frozen(value: Json): Json {
  if (value === null || typeof value !== "object") return value
  if (isList(value)) return Object.freeze(value.map(frozen))
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, member]) => [key, frozen(member)])),
  )
}

/** What a plan function draws from each accepted example of its contract, by title; or why it draws nothing. */
export function drawExamples(
  contract: Intent,
): readonly { readonly title: string; readonly input: Json; readonly drawn: Result<PlanDraft, PlanFault> }[] {
  return examplesOf(contract).flatMap(({ title, value, fails }) => {
    const parsed = fails === null ? parseWith(contract.input, value) : null
    return parsed?.ok === true
      ? [{ title, input: value, drawn: drawPlan(contract, plainJson(parsed.value)) }]
      : []
  })
}

/** Digests of the drafts by the digest of the example's input: what is locked of a plan function. Examples that draw nothing are left out. */
export const exampleDrafts = (contract: Intent): { readonly [input: string]: Digest } =>
  Object.fromEntries(
    drawExamples(contract).flatMap(({ input, drawn: draft }): readonly (readonly [Digest, Digest])[] =>
      draft.ok
        ? [
            [
              inputDigestOf(canonicalBytes(input)),
              digestOf("counterfoil.draft.v1", canonicalBytes(plainJson(draft.value))),
            ],
          ]
        : [],
    ),
  )
