// A control plane with built-in handlers as an operator configures them, an agent that may use them all, and people who
// approve everything that is held: what it takes to see the outcome of a built-in handler as the agent sees it.
// Owns: the people, asking, approving, waiting. Does not own: what the handlers act on, nor what is expected.

import { generateKeyPairSync } from "node:crypto"
import { approveAs, call, must } from "@counterfoil/cli"
import type { ApprovalItem, ExecutionView, Json, Submitted } from "@counterfoil/contracts"
import { openRequests, readExecution } from "./asking.ts"
import { passingTime } from "./passing-time.ts"
import { addSomeone, type Person } from "./people.ts"
import { startTestPlane, type TestPlane } from "./test-plane.ts"
import { until } from "./until.ts"

/** What a contract is called with. */
export type Input = { readonly [field: string]: Json }

/** A call, and what is done once people are asked and before they approve. */
export interface Asked {
  readonly contract: string
  readonly input: Input
  readonly meanwhile?: () => void
}

/** A running one. */
export interface HandlerPlane {
  readonly plane: TestPlane
  readonly agent: Person
  readonly approvers: readonly [Person, Person]
  /** Asks for one call and approves it where it is held; the execution once it has ended, or is in doubt. */
  outcome(key: string, asked: Asked): Promise<ExecutionView>
  /** The execution of a key, as it is now; null before it was submitted. */
  now(key: string): Promise<ExecutionView | null>
  /** Lets time pass for everything that asks the control plane's clock: a doubt comes seconds after the deadline of its attempt. */
  pass(ms: number): void
  close(): Promise<void>
}

/** Starts one with the configuration of an operator, and an agent that holds these capabilities. */
export async function startHandlerPlane(
  suite: string,
  handlers: Json,
  capabilities: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<HandlerPlane> {
  const time = passingTime()
  const plane = await startTestPlane(suite, "PT20S", () => Promise.resolve(), {
    handlers,
    env,
    aroundStore: (store) => time.around(store),
  })
  const { url, started } = plane
  const agent = await addSomeone(started, {
    kind: "agent",
    name: "bot",
    capabilities: ["control-plane.core", ...capabilities],
  })
  const approvers = [await addApprover(plane, "ana"), await addApprover(plane, "ben")] as const
  const submitted = new Map<string, string>()
  const turns = inTurns(callsMax)

  const approve = async (held: readonly ApprovalItem[]): Promise<void> => {
    for (const item of held) {
      const count = item.quorum.needed.reduce((sum, level) => sum + level.count, 0)
      for (const who of approvers.slice(0, count))
        await must(approveAs(url, who, item, started.plane.origin, who.id, started.plane.store.clock.now()))
    }
  }
  return {
    plane,
    agent,
    approvers,
    outcome: async (key, { contract, input, meanwhile }) => {
      const { executionId } = await turns(() =>
        must(call<Submitted>(url, agent, "POST", "/intents", { key, as: { contract, input } })),
      )
      submitted.set(key, executionId)
      let prepared = false
      const look = async (): Promise<ExecutionView | null> => {
        const view = await readExecution(url, agent, executionId)
        if (["completed", "failed", "inDoubt"].includes(view.status)) return view
        if (view.status === "running") return null
        const held = await openRequests(url, approvers[0], executionId)
        if (held.length > 0 && !prepared) meanwhile?.()
        prepared ||= held.length > 0
        await approve(held)
        return null
      }
      return until(`end of ${key}`, patienceMs, () => turns(look))
    },
    now: async (key) => {
      const executionId = submitted.get(key)
      return executionId === undefined ? null : readExecution(url, agent, executionId)
    },
    pass: (ms) => {
      time.pass(ms)
    },
    close: () => plane.close(),
  }
}

/** Longer than three attempts with their pauses, and than the grace of a high tier. */
const patienceMs = 50_000
/** Calls at once: more wait for a turn, so that a long list of them is not a load test. */
const callsMax = 6

/** Runs what it is given, at most so much of it at once, in the order of asking. */
function inTurns(max: number): <T>(act: () => Promise<T>) => Promise<T> {
  let free = max
  const waiting: (() => void)[] = []
  return async (act) => {
    if (free > 0) free -= 1
    else await new Promise<void>((turn) => waiting.push(turn))
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** A person who approves, by signature where one is required. */
async function addApprover({ url, started }: TestPlane, name: string): Promise<Person> {
  const capabilities = ["control-plane.core", "control-plane.approval", "control-plane.audit"]
  const person = await addSomeone(started, { kind: "human", name, roles: ["approver"], capabilities })
  const { privateKey: key, publicKey } = generateKeyPairSync("ed25519")
  const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64")
  await must(call(url, person, "POST", "/review-keys", { spki }))
  return { ...person, key }
}
