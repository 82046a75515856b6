// The work of the benchmark: three steps in sequence, each doing nothing, written ahead like any act on the world.
// Owns: the contracts, the handlers and the plan. Does not own: how many are requested at once (submitters.ts).
// The class is `natural`, so that every step is durable before its handler is called.

import { defineCapability, defineCommand, defineIntent, output, ref, step } from "@counterfoil/contracts"
import type { RegisteredHandlers } from "@counterfoil/handlers"
import { implement, succeeded } from "@counterfoil/contracts/ports"
import { z } from "zod"

const meta = {
  title: "Do one thing",
  goal: "Something to measure: a step that answers what it was given.",
  context: "Only in benchmarks. It touches nothing outside of the process.",
  owners: ["counterfoil"],
  tags: ["benchmark"],
  stability: "experimental" as const,
}

/** Gives the steps and the intent of the benchmark. */
export const benchCapability = defineCapability({ name: "bench.work", requires: [], meta })

const item = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[a-z0-9 -]+$/),
  count: z.int().min(0).max(1_000_000),
})
const example = { title: "one", input: { text: "one", count: 1 } }

/** One step: answers its input, with the count one higher. */
export const benchStep = defineCommand({
  name: "bench.step.do",
  version: "1.0.0",
  meta,
  effect: "natural",
  input: item,
  output: item,
  capability: benchCapability.name,
  limits: { inFlight: 1024 },
  examples: [example, { title: "no text", input: { text: "", count: 1 }, fails: "/text" }],
})

/** Three steps, each with what the one before it answered. */
export const benchIntent = defineIntent({
  name: "bench.three.run",
  version: "1.0.0",
  meta: { ...meta, title: "Do three things" },
  input: item,
  output: item,
  capability: benchCapability.name,
  examples: [example, { title: "no text", input: { text: "", count: 1 }, fails: "/text" }],
  plan(given) {
    const first = step("first", benchStep, given, { because: "the first of three" })
    const second = step("second", benchStep, ref(first), { because: "after the first" })
    const third = step("third", benchStep, ref(second), { because: "after the second" })
    return {
      steps: [first, second, third],
      output: output({ text: ref(third, "text"), count: ref(third, "count") }),
    }
  },
})

/** How many steps one execution has. */
export const stepsPerExecution = 3

/** What the wiring is given beside the built-in handlers. */
export const benchHandlers: RegisteredHandlers = {
  handlers: [implement(benchStep, async ({ text, count }) => succeeded({ text, count: count + 1 }))],
  contracts: [benchStep, benchIntent],
  capabilities: [benchCapability],
}
