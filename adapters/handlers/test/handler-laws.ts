// The laws of a handler's effect class, as one suite of tests that each handler passes.
// Owns: the laws. Does not own: the worlds in which handlers are tried (beside each handler), nor how the executor uses answers.
// Shows INV-03 (a key acts once, a probe is right) and INV-13 (no secret in an answer) for every handler.

import {
  ExecutionId,
  IdempotencyKey,
  PrincipalId,
  StepId,
  TenantId,
  Time,
  exampleProblem,
  examplesOf,
  type Json,
} from "@counterfoil/contracts"
import type { Handler, HandlerAnswer, HandlerCall } from "@counterfoil/contracts/ports"
import { afterEach, describe, expect, test } from "vitest"

/** An isolated place in which a handler is tried: an input that takes effect there, and an outside view of it. */
export interface HandlerWorld {
  readonly handler: Handler
  readonly input: Json
  /** An input that does not fit the contract. */
  readonly badInput: Json
  /** Everything that the handler could change, as text: equal texts mean that nothing changed. */
  readonly observe: () => Promise<string>
  /** How often the effect took place. */
  readonly effects: () => Promise<number>
  /** Secret values that the handler uses; none may be in an answer. */
  readonly secrets: readonly string[]
  readonly close: () => Promise<void>
}

/** Two keys; a law that needs "the same" and "another" takes these. */
export const lawKeys = [IdempotencyKey.parse("a1".repeat(32)), IdempotencyKey.parse("b2".repeat(32))] as const

/** One attempt as the executor would make it. */
export function callOf(
  input: Json,
  options: { readonly key?: IdempotencyKey; readonly signal?: AbortSignal; readonly attempt?: number } = {},
): HandlerCall {
  return {
    input,
    idempotencyKey: options.key ?? lawKeys[0],
    attempt: options.attempt ?? 1,
    tenant: TenantId.parse("acme"),
    executionId: ExecutionId.parse(`exe_${"0".repeat(26)}`),
    stepId: StepId.parse(`stp_${"0".repeat(26)}`),
    requester: PrincipalId.parse(`hum_${"0".repeat(26)}`),
    startedAt: Time.parse("2026-11-21T08:35:00.000Z"),
    deadlineMs: 10_000,
    signal: options.signal ?? new AbortController().signal,
  }
}

/** Runs the laws of the handler's effect class. `open` makes a world that no other test sees. */
export function handlerLaws(name: string, open: () => Promise<HandlerWorld>): void {
  describe(`${name} keeps the handler laws`, () => {
    const opened: HandlerWorld[] = []
    const world = async (): Promise<HandlerWorld> => {
      const made = await open()
      opened.push(made)
      return made
    }
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close()
    })

    test("it succeeds in its world with an output that fits the contract", async () => {
      const { handler, input } = await world()
      expect(
        handler.contract.output.safeParse(outputOf(await handler.run(callOf(input)))).error,
      ).toBeUndefined()
    })

    test("its examples are what they say they are", async () => {
      const { handler } = await world()
      const examples = examplesOf(handler.contract)
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(exampleProblem(handler.contract, example)).toBeNull()
    })

    test("it answers with the fields that its examples show", async () => {
      const { handler, input } = await world()
      const answered = fieldsOf(outputOf(await handler.run(callOf(input))))
      const shown = examplesOf(handler.contract).flatMap(({ output }) =>
        output === undefined ? [] : [fieldsOf(output)],
      )
      expect(shown).toContainEqual(answered)
    })

    test("bad input is an answer and changes nothing", async () => {
      const { handler, badInput, observe } = await world()
      const before = await observe()
      expect(await handler.run(callOf(badInput))).toMatchObject({ kind: "rejected", code: "INPUT_INVALID" })
      expect(await observe()).toBe(before)
    })

    test("an aborted attempt is unknown and changes nothing", async () => {
      const { handler, input, observe } = await world()
      const before = await observe()
      expect((await handler.run(callOf(input, { signal: AbortSignal.abort() }))).kind).toBe("unknown")
      expect(await observe()).toBe(before)
    })

    test("INV-13 no secret is in an answer", async () => {
      const { handler, input, secrets } = await world()
      const answer = JSON.stringify(await handler.run(callOf(input)))
      for (const secret of secrets) expect(answer).not.toContain(secret)
    })

    test("INV-03 repeating it does what its effect class says", async () => {
      const made = await world()
      await keepsItsClass(made)
    })
  })
}

/** Checks that repeating does what the effect class promises; rejects with what it did instead. */
export async function keepsItsClass(world: HandlerWorld): Promise<void> {
  switch (world.handler.contract.effect) {
    case "pure":
    case "read":
      return readsOnly(world)
    case "natural":
      return twiceEqualsOnce(world)
    case "keyed":
      return oneKeyActsOnce(world)
    case "probeable":
      return probeTells(world)
    case "unsafe":
      return isCalledOnce(world)
  }
}

async function readsOnly({ handler, input, observe, effects }: HandlerWorld): Promise<void> {
  const before = await observe()
  const first = await handler.run(callOf(input))
  expect(await handler.run(callOf(input, { attempt: 2 }))).toEqual(first)
  expect(await observe()).toBe(before)
  expect(await effects()).toBe(0)
}

async function twiceEqualsOnce({ handler, input, observe, effects }: HandlerWorld): Promise<void> {
  const first = outputOf(await handler.run(callOf(input)))
  const once = await observe()
  expect(outputOf(await handler.run(callOf(input, { attempt: 2 })))).toEqual(first)
  expect(await observe()).toBe(once)
  expect(await effects()).toBe(1)
}

async function oneKeyActsOnce({ handler, input, effects }: HandlerWorld): Promise<void> {
  const first = outputOf(await handler.run(callOf(input)))
  expect(outputOf(await handler.run(callOf(input, { attempt: 2 })))).toEqual(first)
  expect(await effects()).toBe(1)
  outputOf(await handler.run(callOf(input, { key: lawKeys[1] })))
  expect(await effects()).toBe(2)
}

async function probeTells({ handler, input, effects }: HandlerWorld): Promise<void> {
  const { probe } = handler
  if (probe === undefined) throw new Error("a probeable handler has a probe")
  expect(await probe(callOf(input))).toEqual({ kind: "notFound" })
  const output = outputOf(await handler.run(callOf(input)))
  expect(await probe(callOf(input))).toEqual({ kind: "found", output })
  expect(await probe(callOf(input, { key: lawKeys[1] }))).toEqual({ kind: "notFound" })
  expect((await probe(callOf(input, { signal: AbortSignal.abort() }))).kind).toBe("cannotTell")
  // The executor never does this; even so the handler searches for the key before it acts.
  expect(outputOf(await handler.run(callOf(input, { attempt: 2 })))).toEqual(output)
  expect(await effects()).toBe(1)
}

/** An unsafe handler is called once and never again, also by this suite. */
async function isCalledOnce({ handler, input, effects }: HandlerWorld): Promise<void> {
  expect(handler.probe).toBeUndefined()
  outputOf(await handler.run(callOf(input)))
  expect(await effects()).toBe(1)
}

/** The names of an output's fields, sorted. */
const fieldsOf = (output: Json): readonly string[] =>
  typeof output === "object" && output !== null ? Object.keys(output).sort() : []

function outputOf(answer: HandlerAnswer): Json {
  if (answer.kind !== "succeeded") throw new Error(`the handler answered ${JSON.stringify(answer)}`)
  return answer.output
}
