// A pure handler that does what its input says, for the tests of threads: it is the module that a thread loads.
// Owns: the ways in which code in a thread can fail. Does not own: how a failure ends (start-thread.ts).

import { defineQuery, text } from "@counterfoil/contracts"
import { z } from "zod"
import { implement, succeeded } from "@counterfoil/contracts/ports"

/** The contract of the planted handler. */
export const plantedQuery = defineQuery({
  name: "test.thread.act",
  version: "1.0.0",
  meta: {
    title: "Act in a thread",
    goal: "What the tests of threads ask for.",
    context: "Only for the tests of the threads that run pure handlers.",
    owners: ["tests"],
    tags: ["test"],
    stability: "experimental",
  },
  effect: "pure",
  input: z.strictObject({ act: z.enum(["answer", "env", "spin", "wait", "grow", "throw", "exit"]) }),
  output: z.strictObject({ said: text(100) }),
  capability: "test.thread",
  examples: [{ title: "an answer", input: { act: "answer" }, output: { said: "here" } }],
})

/** The handler that a thread loads. */
export const handler = implement(plantedQuery, async ({ act }) => {
  switch (act) {
    case "spin":
      for (;;);
    case "wait":
      return await new Promise<never>(() => {})
    case "grow": {
      const kept: number[][] = []
      for (;;) kept.push(Array.from<number>({ length: 1_000_000 }).fill(kept.length))
    }
    case "throw":
      throw new TypeError("as it was asked to")
    case "exit":
      process.exit(3)
    case "env":
      return succeeded({ said: `${Object.keys(process.env).length} variables` })
    case "answer":
      return succeeded({ said: "here" })
  }
})
