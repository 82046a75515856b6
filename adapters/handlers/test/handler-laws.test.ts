// Applies the laws to handlers that break them: each planted fault has to be caught.

import { describe, expect, test } from "vitest"
import {
  defineCommand,
  defineQuery,
  type Command,
  type EffectClass,
  type Query,
} from "@counterfoil/contracts"
import { z } from "zod"
import { implement, succeeded, type Probe, type Run } from "@counterfoil/contracts/ports"
import { callOf, keepsItsClass, type HandlerWorld } from "./handler-laws.ts"

type Input = { readonly n: number }
type Output = { readonly n: number }
const common = {
  version: "1.0.0",
  capability: "text.compute",
  input: z.strictObject({ n: z.int() }),
  output: z.strictObject({ n: z.int() }),
  examples: [{ title: "a number", input: { n: 1 } }],
  meta: {
    title: "Add",
    goal: "A number more in a list of numbers.",
    context: "Only to try the laws of handlers.",
    owners: ["ai-runtime"],
    tags: ["test"],
    stability: "experimental" as const,
  },
}

function contractOf(effect: EffectClass): Command<Input, Output> | Query<Input, Output> {
  const name = `law.${effect}.add`
  if (effect === "pure" || effect === "read") return defineQuery({ ...common, name, effect })
  return defineCommand({
    ...common,
    name,
    effect,
    window: "PT1H",
    probe: { settle: "PT0S" },
    irreversible: false,
  })
}

/** A world that holds a list; `run` and `probe` see it. */
function worldOf(
  effect: EffectClass,
  run: (list: string[]) => Run<Input, Output>,
  probe?: (list: string[]) => Probe<Input, Output>,
): HandlerWorld {
  const list: string[] = []
  const handler = implement(contractOf(effect), run(list), probe?.(list))
  return {
    handler,
    input: { n: 1 },
    badInput: {},
    secrets: [],
    observe: async () => list.join(),
    effects: async () => list.length,
    close: async () => {},
  }
}

const appends =
  (list: string[]): Run<Input, Output> =>
  async ({ n }, call) => {
    list.push(call.idempotencyKey)
    return succeeded({ n })
  }
const appendsOnce =
  (list: string[]): Run<Input, Output> =>
  async ({ n }, call) => {
    if (!list.includes(call.idempotencyKey)) list.push(call.idempotencyKey)
    return succeeded({ n })
  }
const tells =
  (list: string[]): Probe<Input, Output> =>
  async ({ n }, call) =>
    list.includes(call.idempotencyKey) ? { kind: "found", output: { n } } : { kind: "notFound" }

describe("the handler laws", () => {
  test("a handler that keeps its class passes", async () => {
    await keepsItsClass(worldOf("keyed", appendsOnce))
    await keepsItsClass(worldOf("probeable", appendsOnce, tells))
    await keepsItsClass(worldOf("unsafe", appends))
  })

  test.each([
    ["a query that writes", worldOf("read", appends)],
    [
      "a pure query that answers otherwise each time",
      worldOf(
        "pure",
        () =>
          async (_input, { attempt }) =>
            succeeded({ n: attempt }),
      ),
    ],
    ["a natural command that adds up", worldOf("natural", appends)],
    ["a keyed command that ignores the key", worldOf("keyed", appends)],
    [
      "a keyed command that acts once for all keys",
      worldOf(
        "keyed",
        (list) => async (input, call) =>
          list.length > 0 ? succeeded({ n: input.n }) : appends(list)(input, call),
      ),
    ],
    [
      "a probe that finds everything",
      worldOf("probeable", appendsOnce, () => async ({ n }) => ({ kind: "found", output: { n } })),
    ],
    [
      "a probe that finds nothing",
      worldOf("probeable", appendsOnce, () => async () => ({ kind: "notFound" })),
    ],
    [
      "a probe that ignores the key",
      worldOf(
        "probeable",
        appendsOnce,
        (list) =>
          async ({ n }) =>
            list.length > 0 ? { kind: "found", output: { n } } : { kind: "notFound" },
      ),
    ],
    ["a probeable command that acts twice", worldOf("probeable", appends, tells)],
    ["an unsafe command with a probe", worldOf("unsafe", appends, tells)],
    [
      "an unsafe command that acts twice in one call",
      worldOf("unsafe", (list) => async (input, call) => {
        await appends(list)(input, call)
        return appends(list)(input, call)
      }),
    ],
  ])("%s is caught", async (_fault, world) => {
    await expect(keepsItsClass(world)).rejects.toThrow(/expected/)
  })

  test("INV-13 a handler's error reaches the executor unchanged, because only the executor can redact it", async () => {
    const thrown = new RangeError("CRM answered 422")
    const { handler } = worldOf(
      "probeable",
      () => () => Promise.reject(thrown),
      () => () => Promise.reject(thrown),
    )
    await expect(handler.run(callOf({ n: 1 }))).rejects.toBe(thrown)
    await expect(handler.probe?.(callOf({ n: 1 }))).rejects.toBe(thrown)
  })

  test("what a handler throws after the abort is unknown", async () => {
    const abort = new AbortController()
    const { handler } = worldOf("unsafe", () => async () => {
      abort.abort()
      throw new RangeError("aborted")
    })
    expect((await handler.run(callOf({ n: 1 }, { signal: abort.signal }))).kind).toBe("unknown")
  })

  test("a rejection that came after the abort is unknown, a success is not", async () => {
    for (const [answer, kind] of [
      [succeeded({ n: 1 }), "succeeded"],
      [{ kind: "notSent", reason: "no connection" }, "unknown"],
      [{ kind: "rejected", code: "NO", message: "No." }, "unknown"],
    ] as const) {
      const abort = new AbortController()
      const { handler } = worldOf("unsafe", () => async () => {
        abort.abort()
        return answer
      })
      expect((await handler.run(callOf({ n: 1 }, { signal: abort.signal }))).kind).toBe(kind)
    }
  })
})
