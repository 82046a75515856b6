// Who is compared with whom: one stage for each peer, which is started, measured beside us, and ended before the next.
// Owns: the comparisons and their targets. Does not own: the order of runs (run-against.ts), nor any side.

import { z } from "zod"
import type { AgainstSizes } from "./against-sizes.ts"
import type { Duel, Wanted } from "./duel.ts"
import { peersFolder } from "./install-peers.ts"
import type { Target } from "./pair-statistics.ts"
import { openRestate } from "./restate.ts"
import { openSide, type Side } from "./side.ts"

/** What our side tells of itself. */
export const OurSelf = z.object({
  url: z.string(),
  tenant: z.string(),
  tokens: z.array(z.string()),
  ownerUrl: z.string(),
  serverPid: z.number(),
  facts: z.object({ version: z.string(), fsync: z.string(), synchronousCommit: z.string() }),
  version: z.string(),
})
/** Our side. */
export type Ours = Side<z.infer<typeof OurSelf>>

/** Two sides that stand, and what they are compared in. */
export interface Stage {
  readonly duels: readonly Duel[]
  close(): Promise<void>
}

/** What a stage is opened with. `outside` receives the number of executions that were requested through a door. */
export interface Ring {
  readonly ours: Ours
  readonly sizes: AgainstSizes
  readonly outside: (count: number) => void
}

const nothing = z.object({})
const httpClient = new URL("http-client.child.ts", import.meta.url)
const natsClient = new URL("nats-client.child.ts", import.meta.url)
const limitsFile = new URL("limits.child.ts", import.meta.url)
const atLeast = (ratio: number): Target => ({ sense: "atLeast", ratio })
const atMost = (ratio: number): Target => ({ sense: "atMost", ratio })

/** How many connections DBOS keeps. Of 10, its default, 20 and 32, this gave it the most workflows a second at 256 in flight. */
const dbosConnections = 32

const rate = (id: string, figure: string, target: Target | null, unit = "/s"): Wanted => ({
  id,
  figure,
  unit,
  of: "perSecond",
  target,
})
const aloneTimes = (id: string, figure: string, target: Target | null): readonly Wanted[] => [
  { id, figure: `${figure}, p50`, unit: "ms", of: "p50Ms", target },
  { id, figure: `${figure}, p95`, unit: "ms", of: "p95Ms", target },
]

/** DBOS, called in its process as we are in ours, on the same PostgreSQL. */
export async function besideDbos({ ours, sizes }: Ring): Promise<Stage> {
  const { ownerUrl, serverPid } = ours.ready
  const dbos = await openSide(new URL("dbos.mjs", peersFolder), [ownerUrl, String(dbosConnections)], nothing)
  const both = (inFlight: number, count: number, wanted: readonly Wanted[]): Duel => ({
    peer: "DBOS",
    wanted,
    ours: () => ours.run("run", { inFlight, count }, [serverPid]),
    theirs: () => dbos.run("run", { inFlight, count }, [serverPid]),
  })
  const { inFlight } = sizes
  for (const side of [ours, dbos]) await side.run("run", { inFlight, count: sizes.warmUp })
  return {
    duels: [
      both(inFlight, sizes.executions, [rate("P1", `executions, ${inFlight} in flight`, atLeast(8))]),
      both(1, sizes.alone, aloneTimes("P3", "one alone, in its process", atMost(0.5))),
    ],
    close: () => dbos.close(),
  }
}

/** Restate, asked over HTTP from another process, as we are. */
export const besideRestate =
  (partitions: number | null) =>
  async ({ ours, sizes, outside }: Ring): Promise<Stage> => {
    const restate = await openRestate(partitions)
    const asking = await openSide(httpClient, ["restate", restate.url], nothing)
    const { url, tokens, serverPid } = ours.ready
    const askingUs = await openSide(httpClient, ["counterfoil", url, ...tokens], nothing)
    const both = (inFlight: number, count: number, wanted: readonly Wanted[]): Duel => ({
      peer: `Restate, ${partitions === null ? "its default of partitions" : `${partitions} partition`}`,
      wanted,
      ours: async () => {
        outside(count)
        return askingUs.run("run", { inFlight, count }, [ours.pid, serverPid])
      },
      theirs: () => asking.run("run", { inFlight, count }, restate.pids),
    })
    const { inFlight, warmUp } = sizes
    outside(warmUp)
    for (const side of [askingUs, asking]) await side.run("run", { inFlight, count: warmUp })
    return {
      duels: [
        both(inFlight, sizes.executions, [
          rate("P2", `executions over HTTP, ${inFlight} in flight`, atLeast(1.6)),
        ]),
        both(1, sizes.alone, aloneTimes("P3", "one alone, over HTTP", atMost(0.5))),
      ],
      close: async () => {
        await asking.close()
        await askingUs.close()
        await restate.close()
      },
    }
  }

/** What PostgreSQL allows anybody, from Node. */
export async function besideLimits({ ours, sizes }: Ring): Promise<Stage> {
  const { ownerUrl, serverPid } = ours.ready
  await ours.run("run", { inFlight: sizes.inFlight, count: sizes.warmUp })
  const entry = await ours.ask("sizes", z.object({ headBytes: z.number(), payloadBytes: z.number() }))
  const limits = await openSide(
    limitsFile,
    [ownerUrl, String(entry.headBytes), String(entry.payloadBytes)],
    nothing,
  )
  const appended = { inFlight: 64, count: sizes.entries }
  const rows = (inFlight: number): Duel => ({
    peer: `one 1 KB row a commit, ${inFlight} connections`,
    wanted: [rate("–", `executions, ${sizes.inFlight} in flight`, null)],
    ours: () => ours.run("run", { inFlight: sizes.inFlight, count: sizes.executions }, [serverPid]),
    theirs: () => limits.run("oneRowACommit", { inFlight, count: sizes.rowsACommit }, [serverPid]),
  })
  return {
    duels: [
      {
        peer: "rows of the same bytes, 100 a commit",
        wanted: [rate("P4", "trace entries appended", atLeast(0.25))],
        ours: () => ours.run("append", appended, [serverPid]),
        theirs: () => limits.run("bareRows", appended, [serverPid]),
      },
      rows(8),
      rows(32),
    ],
    close: () => limits.close(),
  }
}

/** JetStream: what a message that waits for its acknowledgement takes. Our side takes calls and does not work meanwhile. */
export const besideJetStream =
  (server: { readonly place: string; readonly pid: number }) =>
  async ({ ours, sizes, outside }: Ring): Promise<Stage> => {
    const { tenant, tokens, serverPid } = ours.ready
    const submitting = await openSide(natsClient, ["counterfoil", server.place, tenant, ...tokens], nothing)
    const publishing = await openSide(natsClient, ["jetstream", server.place, tenant, ...tokens], nothing)
    const both = (inFlight: number, count: number, wanted: readonly Wanted[]): Duel => ({
      peer: "JetStream publish and ack",
      wanted,
      ours: async () => {
        outside(count)
        return submitting.run("run", { inFlight, count }, [ours.pid, serverPid, server.pid])
      },
      theirs: () => publishing.run("run", { inFlight, count }, [server.pid]),
    })
    const { messagesInFlight, warmUp } = sizes
    outside(warmUp)
    for (const side of [submitting, publishing])
      await side.run("run", { inFlight: messagesInFlight, count: warmUp })
    return {
      duels: [
        both(messagesInFlight, sizes.messages, [
          rate("P6", `intents accepted over NATS, ${messagesInFlight} in flight`, atLeast(0.15)),
        ]),
        both(1, sizes.alone, aloneTimes("P6", "intent over NATS to durable accept, alone", atMost(4))),
      ],
      close: async () => {
        await submitting.close()
        await publishing.close()
      },
    }
  }
