// A command contract, as README.md shows it below this header.
// Owns: nothing but the example; the gate compiles it and a test defines it.

import { defineCommand, mark, text } from "@counterfoil/contracts"
import { z } from "zod"

export const refund = defineCommand({
  name: "payments.refund", version: "1.0.0", effect: "keyed", window: "P30D", floor: "medium", capability: "payments.write",
  meta: { title: "Refund a payment", goal: "The customer has the money back, once.", context: "For captured payments; never to another account.", owners: ["payments"], tags: ["payments"], stability: "beta" },
  input: z.strictObject({ payment: mark(text(40), ["policy", "target"]), amount: mark(z.int().min(1), ["policy"], "cent") }),
  output: z.strictObject({ refund: text(40) }),
  examples: [{ title: "a refund", input: { payment: "pay_81", amount: 1250 } }],
})
