// A control plane with everybody whom the agents' tests need, and rules by label: what is forbidden, what expires soon.
// Owns: that world. Does not own: the ways in (doors.ts), nor what is expected of them.

import { randomBytes } from "node:crypto"
import { TenantId } from "@counterfoil/contracts"
import { addRules } from "../support/add-rules.ts"
import { openCallbackReceiver, type CallbackReceiver } from "../support/callback-receiver.ts"
import { effectCapability } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startNatsServer, type NatsServer } from "../support/nats-server.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { passingTime } from "../support/passing-time.ts"

/** The plane and its people. */
export interface AgentWorld {
  readonly plane: TestPlane
  readonly nats: NatsServer
  readonly bot: Person
  /** An agent that may submit, and holds nothing that it could do. */
  readonly bare: Person
  readonly ana: Person
  readonly ben: Person
  /** Where the callback `agents-done` goes, and what signs it. */
  readonly receiver: CallbackReceiver
  readonly callbackSecret: string
  /** An agent of another tenant, with every grant. */
  readonly stranger: Person
  /** Lets time pass for everything that asks the clock. What waits for a time is checked at its next use. */
  pass(ms: number): void
  close(): Promise<void>
}

/** The tenant of the stranger. */
export const elsewhere = TenantId.parse("elsewhere")

const core = "control-plane.core"
const reviewing = [core, "control-plane.approval", "control-plane.audit"]

/** Starts one. Calls of handlers that stop never return: their outcome is in doubt after the deadline. */
export async function startAgentWorld(suite: string, deadline: string): Promise<AgentWorld> {
  const time = passingTime()
  const nats = await startNatsServer()
  const receiver = await openCallbackReceiver()
  const callbackSecret = `whsec_${randomBytes(32).toString("base64")}`
  const plane = await startTestPlane(suite, deadline, () => new Promise(() => undefined), {
    env: { NATS_URL: nats.url, COUNTERFOIL_SECRET_AGENTS_DONE: callbackSecret },
    handlers: {
      callbacks: {
        "agents-done": {
          tenant: "local",
          url: receiver.url,
          network: "loopback",
          secrets: ["agents-done"],
        },
        "for-ana-alone": {
          tenant: "local",
          url: receiver.url,
          network: "loopback",
          secrets: ["agents-done"],
          principals: ["hum_01kaz3v8g0e8r4n2t6w0y3b5d8"],
        },
      },
    },
    aroundStore: (store) => time.around(store),
  })
  const { started } = plane
  await addRules(plane, started.tenant, rules)
  await addRules(plane, elsewhere, rules)
  const agent = (name: string, capabilities: readonly string[]) =>
    addSomeone(started, { kind: "agent", name, capabilities, reach: "own" })
  const approver = (name: string) =>
    addSomeone(started, {
      kind: "human",
      name,
      roles: ["approver"],
      capabilities: [...reviewing, effectCapability],
    })
  return {
    plane,
    nats,
    receiver,
    callbackSecret,
    bot: await agent("bot", [core, "control-plane.audit", effectCapability]),
    bare: await agent("bare", [core]),
    ana: await approver("ana"),
    ben: await approver("ben"),
    stranger: await addSomeone(started, {
      kind: "agent",
      name: "stranger",
      tenant: elsewhere,
      capabilities: [...reviewing, effectCapability],
    }),
    pass: (ms) => {
      time.pass(ms)
    },
    close: async () => {
      await plane.close()
      await nats.close()
      await receiver.close()
    },
  }
}

const rules = `@id("tenant.forbidden") @reason("the label says so")
forbid (principal, action in Counterfoil::Action::"path.step", resource)
when { context.call.labels.contains("forbidden") };

@id("tenant.brief") @tier("medium") @reason("the label says so")
@approve("approver:1") @timeout("PT5M") @on_timeout("expire")
permit (principal, action in Counterfoil::Action::"path.step", resource)
when { context.call.labels.contains("brief") };
`
