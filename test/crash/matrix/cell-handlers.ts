// One contract of each class, free and held, and what undoes it; all of them act on the ledger of the outside service.
// Owns: these contracts, their handlers and the rules that hold them. Does not own: the ledger, nor who kills the process.

import type { RegisteredHandlers } from "@counterfoil/handlers"
import {
  addMs,
  defineCapability,
  defineCommand,
  defineQuery,
  Duration,
  parseWith,
  PolicySource,
  text,
  type Callable,
  type Time,
} from "@counterfoil/contracts"
import type { Handler, HandlerAnswer, HandlerCall } from "@counterfoil/contracts/ports"
import { defaultPolicySource } from "@counterfoil/policy"
import { z } from "zod"
import type { Ledger } from "../../support/ledger.ts"
import { cellClasses, holds, undoClasses, type CellClass, type CrashPoint, type Hold } from "./cells.ts"

/** Reaches a point: continues at once, or never when the execution of this cell is to be killed there. */
export type Reach = (point: CrashPoint, cell: string) => Promise<void>

/** The contract that acts as a class, as plans write it. */
export const actRef = (name: CellClass, hold: Hold): string => `cells.${name}.${hold}@1`

/** The contract whose undo acts as a class. */
export const forwardRef = (name: (typeof undoClasses)[number], hold: Hold): string =>
  `cells.${name}.undoable${hold === "held" ? "Held" : "Free"}@1`

/** The name of a forward step's lines in the ledger. */
export const forwardLine = "forward"

/** The capability that gives all of them. */
export const cellCapability = "cells.use"

/** What a step is given: its cell, and which part of it. */
const Input = z.strictObject({ cell: text(80, 1), part: z.enum(["before", "act", "undo", "after"]) })
const Output = z.strictObject({ cell: text(80, 1) })

const metaOf = (title: string, tags: readonly string[]) => ({
  title,
  goal: "One line in the ledger of the tests.",
  context: "Only for tests that kill the process between two writes.",
  owners: ["crash-tests"],
  tags: ["test", ...tags],
  stability: "experimental" as const,
})

/**
 * All contracts and handlers over a ledger; `deadlineSeconds` is that of every attempt. What can be probed has twice as much:
 * its probes begin when all others have recovered, and may wait until the kill.
 */
export function cellHandlers(ledger: Ledger, deadlineSeconds: number, reach: Reach): RegisteredHandlers {
  const limitsOf = (name: CellClass): CellLimits => ({
    deadline: Duration.parse(`PT${deadlineSeconds * (name === "probeable" ? 2 : 1)}S`),
    attempts: 20,
    inFlight: 256,
  })
  const acting = cellClasses.flatMap((name) =>
    holds.map((hold) => actingHandler(actContract(name, hold, limitsOf(name)), name, ledger, reach)),
  )
  const forward = undoClasses.flatMap((name) =>
    holds.map((hold) => forwardHandler(forwardContract(name, hold, limitsOf("natural")), ledger)),
  )
  const handlers = [...acting, ...forward]
  const capability = defineCapability({
    name: cellCapability,
    requires: [],
    meta: metaOf("Use the cells", []),
  })
  return { handlers, contracts: handlers.map(({ contract }) => contract), capabilities: [capability] }
}

/** The shipped rules, with what is tagged as held at tier medium and nothing else held. */
export function cellPolicy(now: Time): PolicySource {
  const base = defaultPolicySource()
  const held = {
    layer: "tenant",
    name: "cells.cedar",
    text: `@id("tenant.held") @tier("medium") @reason("the matrix holds what is tagged so")
permit (principal, action in Counterfoil::Action::"tag.held", resource);
`,
  }
  const exceptions = (["probeable", "unsafe"] as const).map((name) => ({
    contract: actRef(name, "free"),
    medium: "autonomous",
    owner: "crash-tests",
    reason: "the matrix has cells without a hold",
    expires: addMs(now, exceptionMs),
  }))
  const source = parseWith(PolicySource, {
    texts: [...base.texts, held],
    modeMap: { ...base.modeMap, exceptions },
  })
  if (!source.ok) throw new Error(`the policy of the cells: ${JSON.stringify(source.error)}`)
  return source.value
}

const exceptionMs = 30 * 86_400_000

interface CellLimits {
  readonly deadline: Duration
  readonly attempts: number
  readonly inFlight: number
}

function actContract(name: CellClass, hold: Hold, limits: CellLimits): Callable {
  const common = {
    name: `cells.${name}.${hold}`,
    version: "1.0.0",
    meta: metaOf(`Act as ${name}, ${hold}`, [hold]),
    input: Input,
    output: Output,
    capability: cellCapability,
    limits,
    examples: [{ title: "one line", input: { cell: "a", part: "act" } }],
  }
  switch (name) {
    case "pure":
    case "read":
      return defineQuery({ ...common, effect: name })
    case "natural":
      return defineCommand({ ...common, effect: "natural" })
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

function forwardContract(name: (typeof undoClasses)[number], hold: Hold, limits: CellLimits): Callable {
  return defineCommand({
    name: `cells.${name}.undoable${hold === "held" ? "Held" : "Free"}`,
    version: "1.0.0",
    meta: metaOf(`Act, undone as ${name}, ${hold}`, []),
    input: Input,
    output: Output,
    capability: cellCapability,
    limits,
    effect: "natural",
    undo: {
      contract: actRef(name, hold),
      input: { cell: { $from: "output", at: "/cell" }, part: "undo" },
    },
    examples: [{ title: "one line", input: { cell: "a", part: "act" } }],
  })
}

function forwardHandler(contract: Callable, ledger: Ledger): Handler {
  return {
    contract,
    run: async (call) => {
      const { cell } = Input.parse(call.input)
      ledger.actOnce({ contract: forwardLine, label: cell, key: call.idempotencyKey })
      return { kind: "succeeded", output: { cell } }
    },
  }
}

function actingHandler(contract: Callable, name: CellClass, ledger: Ledger, reach: Reach): Handler {
  const lineOf = (call: HandlerCall) => ({
    contract: name,
    label: Input.parse(call.input).cell,
    key: call.idempotencyKey,
  })
  const run = async (call: HandlerCall): Promise<HandlerAnswer> => {
    const { cell, part } = Input.parse(call.input)
    const output = { kind: "succeeded", output: { cell } } as const
    if (part === "before") await reach("k03", cell)
    if (part === "before" || part === "after") return output
    await reach(part === "act" ? "k09" : "u09", cell)
    ledger.note({ ...lineOf(call), what: "call" })
    if (name === "probeable" || name === "unsafe") ledger.act(lineOf(call))
    else if (name !== "pure" && name !== "read") ledger.actOnce(lineOf(call))
    await reach(part === "act" ? "k10" : "u10", cell)
    return output
  }
  if (name !== "probeable") return { contract, run }
  return {
    contract,
    run,
    probe: async (call) => {
      const { cell } = Input.parse(call.input)
      ledger.note({ ...lineOf(call), what: "probe" })
      await reach("k14s", cell)
      return ledger.happened(call.idempotencyKey) ? { kind: "found", output: { cell } } : { kind: "notFound" }
    },
  }
}
