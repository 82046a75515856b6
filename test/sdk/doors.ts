// The ways in that an agent has, each as the address that the SDK is given, and as a raw call without it.
// Owns: the list of doors. Does not own: what every door must do alike (conformance.test.ts).

import { connect } from "@nats-io/transport-node"
import { call } from "@counterfoil/cli"
import { counterfoil, type Agent } from "@counterfoil/sdk"
import {
  parseWith,
  Problem,
  type Callable,
  type Json,
  type JsonObject,
  type TenantId,
} from "@counterfoil/contracts"
import { callSubject, natsHeaders } from "@counterfoil/contracts/nats"
import { askNats } from "../nats/nats-plane.ts"
import type { AgentWorld } from "./agent-world.ts"

/** What a raw call was answered with; `problem` is null for an answer. */
export interface RawAnswer {
  readonly problem: Problem | null
  readonly body: Json
}

/** One way in. */
export interface Door {
  readonly name: string
  url(world: AgentWorld, tenant: TenantId): string
  /** A call of a contract as anybody of the local tenant can make it, with any body. */
  raw(world: AgentWorld, token: string, contract: Callable, body: JsonObject): Promise<RawAnswer>
}

const http: Door = {
  name: "HTTP",
  url: ({ plane }) => plane.url,
  raw: async ({ plane }, token, contract, body) => {
    if (contract.http === null) throw new Error(`${contract.ref} has no place in HTTP`)
    const said = await call<Json>(plane.url, { token }, contract.http.method, contract.http.path, body)
    return said.kind === "problem"
      ? { problem: said.problem, body: null }
      : { problem: null, body: said.body }
  },
}

const nats: Door = {
  name: "NATS",
  url: (world, tenant) => `${world.nats.url}/${tenant}`,
  raw: async (world, token, contract, body) => {
    const connection = await connect({ servers: world.nats.url })
    const subject = callSubject(world.plane.started.tenant, contract.ref)
    const sent = { [natsHeaders.authorization]: `Bearer ${token}` }
    const reply = await askNats(connection, subject, JSON.stringify(body), sent)
    await connection.close()
    if (reply.code === null) return { problem: null, body: reply.body }
    const problem = parseWith(Problem, reply.body)
    if (!problem.ok) throw new Error(`${reply.code} came without a problem`)
    return { problem: problem.value, body: null }
  },
}

/** Every door, in the order in which they were built. */
export const doors: readonly Door[] = [http, nats]

/** The agent of a person at a door. */
export const agentAt = (
  door: Door,
  world: AgentWorld,
  { token }: { readonly token: string },
  tenant: TenantId = world.plane.started.tenant,
): Agent => counterfoil({ url: door.url(world, tenant), token })
