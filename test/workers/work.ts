// What the worker tests ask for: acts on the outside, one contract an effect class.
// Owns: contracts and handlers. Does not own: the outside (outside.ts).

import type { RegisteredHandlers } from "@counterfoil/handlers"
import { implement, succeeded } from "@counterfoil/contracts/ports"
import { defineCapability, defineCommand, Duration } from "@counterfoil/contracts"
import { z } from "zod"

/** Gives all of them. */
export const workCapability = "outside.use"

/** `both`: all contracts. `old`: without the one that a later version brings. */
export type WorkVersion = "both" | "old"

const fields = z.strictObject({ label: z.string().min(1).max(80) })
const metaOf = (title: string) => ({
  title,
  goal: "One line in the book of the outside.",
  context: "Only in tests of many processes.",
  owners: ["worker-tests"],
  tags: ["test"],
  stability: "experimental" as const,
})
const common = {
  version: "1.0.0",
  input: fields,
  output: fields,
  capability: workCapability,
  limits: { deadline: Duration.parse("PT5S"), attempts: 20, inFlight: 1_024 },
  examples: [{ title: "one", input: { label: "a" } }],
} as const

const note = defineCommand({
  ...common,
  name: "outside.note.write",
  meta: metaOf("Write a note"),
  effect: "keyed",
  window: "PT1H",
})
const order = defineCommand({
  ...common,
  name: "outside.order.place",
  meta: metaOf("Place an order"),
  effect: "probeable",
  probe: { settle: "PT0S" },
})
const later = defineCommand({
  ...common,
  name: "outside.later.write",
  meta: metaOf("Write what a later version can"),
  effect: "keyed",
  window: "PT1H",
})

/** The contracts of a version and their handlers, acting on the outside at `url`. */
export function workHandlers(url: string, version: WorkVersion): RegisteredHandlers {
  const ask = async (path: string, query: Record<string, string>, signal: AbortSignal): Promise<boolean> => {
    const response = await fetch(`${url}/${path}?${new URLSearchParams(query).toString()}`, { signal })
    const body: unknown = await response.json()
    return typeof body === "object" && body !== null && "happened" in body && body.happened === true
  }
  const keyed = (contract: typeof note) =>
    implement(contract, async ({ label }, { idempotencyKey, signal }) => {
      await ask("keyed", { label, key: idempotencyKey }, signal)
      return succeeded({ label })
    })
  const handlers = [
    keyed(note),
    implement(
      order,
      async ({ label }, { idempotencyKey, signal }) => {
        await ask("probeable", { label, key: idempotencyKey }, signal)
        return succeeded({ label })
      },
      async ({ label }, { idempotencyKey, signal }) =>
        (await ask("happened", { key: idempotencyKey }, signal))
          ? { kind: "found", output: { label } }
          : { kind: "notFound" },
    ),
    ...(version === "both" ? [keyed(later)] : []),
  ]
  const capability = defineCapability({ name: workCapability, requires: [], meta: metaOf("Use the outside") })
  return { handlers, contracts: handlers.map(({ contract }) => contract), capabilities: [capability] }
}
