// One contract of each effect class, acting on the ledger, with the places where a test stops the process.
// Owns: these contracts and handlers. Does not own: the ledger, nor who kills the process (crash-plane.child.ts).
// K09: before the effect. K10: the effect is done, the handler has not returned. K11: it returned, no outcome is written.

import type { RegisteredHandlers } from "@counterfoil/handlers"
import {
  defineCapability,
  defineCommand,
  defineQuery,
  Duration,
  text,
  type Callable,
} from "@counterfoil/contracts"
import type { Handler, HandlerAnswer, HandlerCall } from "@counterfoil/contracts/ports"
import { z } from "zod"
import type { Ledger } from "./ledger.ts"

/** The names of the contracts: an effect class each, and one whose provider forgets keys soon. */
export const effectNames = ["pure", "read", "natural", "keyed", "brief", "probeable", "unsafe"] as const
export type EffectName = (typeof effectNames)[number]

/** The contract of a name, as plans write it. */
export const effectRef = (name: EffectName) => `ledger.${name}.act@1`

/** The capability that gives all of them. */
export const effectCapability = "ledger.use"

/** Where a call stops; `none` runs through, and `no` is what the service answers the first time. */
const stopPoints = ["K09", "K10", "K11", "none", "no"] as const
type StopPoint = "K09" | "K10" | "K11"

/** What happens at a stop: the answer lets the handler go on, and a promise that never settles holds it. */
export type AtStop = (point: StopPoint, label: string) => Promise<void>

const input = z.strictObject({ label: text(60, 1), point: z.enum(stopPoints) })
const output = z.strictObject({ label: text(60, 1) })
const owners = ["crash-tests"]
const metaOf = (name: EffectName) => ({
  title: `Act as ${name}`,
  goal: `One line in the ledger of the tests, by the rules of the class ${name}.`,
  context: "Only for tests that end the process between a dispatch and its outcome.",
  owners,
  tags: ["test"],
  stability: "experimental" as const,
})

/** The contracts and their handlers over a ledger; `deadline` is that of every attempt. */
export function effectHandlers(ledger: Ledger, deadline: string, atStop: AtStop): RegisteredHandlers {
  const handlers = effectNames.map((name) => handlerOf(contractOf(name, deadline), name, ledger, atStop))
  const capability = defineCapability({
    name: effectCapability,
    requires: [],
    meta: { ...metaOf("pure"), title: "Use the ledger", tags: ["test"] },
  })
  return { handlers, contracts: handlers.map(({ contract }) => contract), capabilities: [capability] }
}

function contractOf(name: EffectName, deadline: string): Callable {
  const common = {
    name: `ledger.${name}.act`,
    version: "1.0.0",
    meta: metaOf(name),
    input,
    output,
    capability: effectCapability,
    limits: { deadline: Duration.parse(deadline), attempts: 20 },
    examples: [{ title: "one line", input: { label: "a", point: "none" } }],
  }
  switch (name) {
    case "pure":
    case "read":
      return defineQuery({ ...common, effect: name })
    case "natural":
      return defineCommand({ ...common, effect: "natural", undo: undoneBy("keyed") })
    case "keyed":
      return defineCommand({ ...common, effect: "keyed", window: "PT1H" })
    case "brief":
      return defineCommand({ ...common, effect: "keyed", window: "PT1S" })
    case "probeable":
      return defineCommand({ ...common, effect: "probeable", probe: { settle: "PT0S" } })
    case "unsafe":
      return defineCommand({ ...common, effect: "unsafe", irreversible: false })
  }
}

/** The ledger is append-only: an undo is one more line, by another contract. */
const undoneBy = (name: EffectName) => ({
  contract: effectRef(name),
  input: { label: { $from: "output", at: "/label" }, point: "none" },
})

function handlerOf(contract: Callable, name: EffectName, ledger: Ledger, atStop: AtStop): Handler {
  const lineOf = (call: HandlerCall) => ({
    contract: name,
    label: input.parse(call.input).label,
    key: call.idempotencyKey,
  })
  const run = async (call: HandlerCall): Promise<HandlerAnswer> => {
    const { label, point } = input.parse(call.input)
    const first = ledger.calls(label) === 0
    ledger.note({ ...lineOf(call), what: "call" })
    if (point === "no" && first)
      return { kind: "rejected", code: "LEDGER_SAYS_NO", message: "The ledger was asked to say no." }
    if (point === "K09") await atStop(point, label)
    if (name === "probeable" || name === "unsafe") ledger.act(lineOf(call))
    else if (name !== "pure" && name !== "read") ledger.actOnce(lineOf(call))
    if (point === "K10" || point === "K11") await atStop(point, label)
    return { kind: "succeeded", output: { label } }
  }
  if (name !== "probeable") return { contract, run }
  return {
    contract,
    run,
    probe: async (call) => {
      ledger.note({ ...lineOf(call), what: "probe" })
      return ledger.happened(call.idempotencyKey)
        ? { kind: "found", output: { label: input.parse(call.input).label } }
        : { kind: "notFound" }
    },
  }
}
