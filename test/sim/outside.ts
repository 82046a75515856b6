// The outside of a run: providers that act, and the ledger of what they were asked and what they did.
// Owns: calls, effects and probes as the other side saw them; it is the judge, and shares no code with the control plane.
// Does not own: the crash points around a call (process.ts).

import type { Json } from "@counterfoil/contracts"
import type { HandlerAnswer, HandlerCall, ProbeAnswer } from "@counterfoil/contracts/ports"
import type { Swarm } from "./faults.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** What a provider promises about a repeated key. */
export type Manner = "reads" | "repeats" | "keeps" | "acts"

/** One call that reached a provider. */
export interface SeenCall {
  readonly at: number
  readonly contract: string
  readonly key: string
  readonly executionId: string
  readonly stepId: string
  readonly attempt: number
  readonly input: Json
}

/** One thing that happened. */
export interface Effect {
  readonly at: number
  readonly contract: string
  readonly key: string
  readonly output: Json
}

/** One question whether something happened. */
export interface SeenProbe {
  readonly at: number
  readonly key: string
  readonly answer: ProbeAnswer["kind"]
}

/** The providers and their ledger. */
export interface Outside {
  readonly calls: readonly SeenCall[]
  readonly effects: readonly Effect[]
  readonly probes: readonly SeenProbe[]
  effectsOf(key: string): readonly Effect[]
  run(contract: string, promise: Manner, call: HandlerCall): Promise<HandlerAnswer>
  probe(call: HandlerCall): Promise<ProbeAnswer>
}

/** How long a provider keeps a key: what the contract `sim.pay@1` states. */
const keptMs = 120_000
/** How late a probe may see an effect: less than the settle time that `sim.book@1` states, which counts from the deadline. */
const indexedAfterMs = 9_000

/** Opens the outside of one run. */
export function openOutside(time: VirtualTime, swarm: Swarm): Outside {
  const calls: SeenCall[] = []
  const effects: Effect[] = []
  const probes: SeenProbe[] = []
  const byKey = new Map<string, Effect[]>()
  const kept = new Map<
    string,
    { readonly since: number; readonly input: string; readonly answer: HandlerAnswer }
  >()
  const lags = new Map<string, number>()

  const effectsOf = (key: string): readonly Effect[] => byKey.get(key) ?? []
  const act = (contract: string, { idempotencyKey: key }: HandlerCall): HandlerAnswer => {
    const before = effectsOf(key)
    const output = { id: `${key.slice(0, 16)}-${before.length}` }
    const effect = { at: time.now(), contract, key, output }
    effects.push(effect)
    byKey.set(key, [...before, effect])
    if (swarm.strikes("probe.late")) lags.set(key, indexedAfterMs)
    return { kind: "succeeded", output, providerRef: `ref-${before.length}` }
  }
  const answer = (contract: string, promise: Manner, call: HandlerCall): HandlerAnswer => {
    const { idempotencyKey: key } = call
    const [earlier] = effectsOf(key)
    switch (promise) {
      case "reads":
        return { kind: "succeeded", output: { id: key.slice(0, 16), items: ["a", "b", "c"] } }
      case "repeats":
        // The state is what it is: doing it again changes nothing, and may be refused all the same.
        if (earlier === undefined) return decided(contract, call)
        return swarm.strikes("handler.rejected") ? no : { kind: "succeeded", output: earlier.output }
      case "acts":
        return decided(contract, call)
      case "keeps": {
        const known = kept.get(key)
        const forgotten =
          swarm.chosen.has("provider.forgets") && known !== undefined && time.now() - known.since > keptMs
        const input = JSON.stringify(call.input)
        if (known !== undefined && !forgotten)
          return known.input === input
            ? known.answer
            : { kind: "rejected", code: "key_reused", message: "another request had this key" }
        const first = decided(contract, call)
        kept.set(key, { since: time.now(), input, answer: first })
        return first
      }
    }
  }
  const decided = (contract: string, call: HandlerCall): HandlerAnswer =>
    swarm.strikes("handler.rejected") ? no : act(contract, call)

  return {
    calls,
    effects,
    probes,
    effectsOf,
    run: async (contract, promise, call) => {
      if (swarm.strikes("handler.refused")) return { kind: "notSent", reason: "connection refused" }
      if (swarm.strikes("handler.slow")) await time.delay(call.deadlineMs * 0.9)
      const { idempotencyKey: key, executionId, stepId, attempt, input } = call
      calls.push({ at: time.now(), contract, key, executionId, stepId, attempt, input })
      if (swarm.strikes("handler.errorBefore")) return { kind: "unknown", reason: "503" }
      if (swarm.strikes("handler.throws")) throw new TypeError("the client library broke")
      if (swarm.strikes("handler.timeoutBefore")) return never()
      await time.delay(5)
      const answered = answer(contract, promise, call)
      if (swarm.strikes("handler.timeoutAfter")) return never()
      if (swarm.strikes("handler.errorAfter")) return { kind: "unknown", reason: "502" }
      if (answered.kind === "succeeded" && swarm.strikes("handler.wrongOutput"))
        return { kind: "succeeded", output: { odd: true } }
      return answered
    },
    probe: async ({ idempotencyKey: key }) => {
      await time.delay(5)
      if (swarm.strikes("probe.throws")) throw new TypeError("the search broke")
      const seen = effectsOf(key).find(({ at }) => at + (lags.get(key) ?? 0) <= time.now())
      const said: ProbeAnswer = swarm.strikes("probe.cannotTell")
        ? { kind: "cannotTell", reason: "the search is down" }
        : seen === undefined
          ? { kind: "notFound" }
          : { kind: "found", output: seen.output }
      probes.push({ at: time.now(), key, answer: said.kind })
      return said
    },
  }
}

const no: HandlerAnswer = { kind: "rejected", code: "no", message: "the provider says no" }
const never = <T>(): Promise<T> => new Promise(() => {})
