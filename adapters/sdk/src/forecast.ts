// A preview before anything happens: the plan for an input, and policy's verdict on each step.
// Owns: the two calls and their one answer. Does not own: planning or deciding; nothing is stored.

import {
  parseWith,
  planCompile,
  planVerify,
  type Callable,
  type Immutable,
  type Json,
  type PlanRejection,
  type Problem,
} from "@counterfoil/contracts"
import type { z } from "zod"
import { ask } from "./ask.ts"
import { plain, type Source } from "./submission.ts"
import type { Transport } from "./transport.ts"
import { Unreachable } from "./unreachable.ts"
import { answerWithinMs } from "./wait.ts"

type Compiled = Immutable<z.output<(typeof planCompile)["output"]>>
type Verified = Immutable<z.output<(typeof planVerify)["output"]>>

/** What would happen. `planDigest` is what `expectPlanDigest` binds a submission to. */
export type Forecast =
  | (Verified & { readonly kind: "planned"; readonly plan: Json })
  | { readonly kind: "planRejected"; readonly rejections: readonly PlanRejection[] }
  | { readonly kind: "refused"; readonly problem: Problem }

/** The forecast of a source. Throws `Unreachable` when there is no answer. */
export async function forecast(transport: Transport, source: Source, patienceMs: number): Promise<Forecast> {
  const compiled = await preview<Compiled>(transport, planCompile, source, patienceMs)
  if (compiled.kind === "refused") return compiled
  const { plan, rejections } = compiled.body
  if (plan === undefined) return { kind: "planRejected", rejections }
  const verified = await preview<Verified>(transport, planVerify, source, patienceMs)
  return verified.kind === "refused" ? verified : { kind: "planned", ...verified.body, plan }
}

async function preview<Body>(transport: Transport, contract: Callable, source: Source, patienceMs: number) {
  const asked = await ask(
    transport,
    {
      contract,
      input: plain({ as: source }),
      waitSeconds: 0,
      traceparent: null,
      timeoutMs: answerWithinMs,
    },
    patienceMs,
  )
  if (asked.kind === "problem") return { kind: "refused", problem: asked.problem } as const
  if (asked.kind === "lost") throw new Unreachable({ key: null, executionId: null, ...asked })
  const body = parseWith(contract.output, asked.body)
  if (!body.ok)
    throw new TypeError(`the answer to ${contract.ref} is not of the form that this version reads`)
  return { kind: "body", body: body.value as Body } as const
}
