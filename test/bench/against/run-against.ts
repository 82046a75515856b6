// One run beside our peers: each stage in rounds, both sides in turns, and a look into the database after each round.
// Owns: the order, what could not be measured and why. Does not own: the comparisons (duels.ts).
// A measurement that a peer cannot make is reported and the run continues; a failed check of our own database ends it.

import { z } from "zod"
import { loadNow, machineOf, type Machine } from "../machine.ts"
import type { DatabaseCheck } from "../check-database.ts"
import { natsServerPath, startNatsServer } from "../../support/nats-server.ts"
import type { AgainstSizes } from "./against-sizes.ts"
import { fight, linesOf, type Line, type PairOfRuns } from "./duel.ts"
import {
  besideDbos,
  besideJetStream,
  besideLimits,
  besideRestate,
  OurSelf,
  type Ours,
  type Ring,
  type Stage,
} from "./duels.ts"
import { installPeers, peerVersions } from "./install-peers.ts"
import { openSide } from "./side.ts"

/** Everything that one run found. */
export interface AgainstReport {
  readonly format: "counterfoil.bench-peers/1"
  readonly at: string
  readonly rounds: number
  readonly machine: Machine
  readonly peers: Readonly<Record<string, string>>
  readonly lines: readonly Line[]
  readonly missing: readonly { readonly stage: string; readonly because: string }[]
  readonly checks: readonly DatabaseCheck[]
}

type Opening = (ring: Ring) => Promise<Stage>

const Check = z.object({
  executions: z.number(),
  entriesPerExecution: z.number(),
  chainsVerified: z.number(),
  duplicates: z.literal(0),
})

/** Measures everything that can be measured here. Calls `tell` for each round. */
export async function runAgainst(sizes: AgainstSizes, tell: (line: string) => void): Promise<AgainstReport> {
  const before = loadNow()
  tell("installing the peers")
  const notInstalled = await installPeers()
  const found: Found = { lines: [], missing: [], checks: [] }
  const peers: readonly (readonly [string, Opening])[] = [
    ["DBOS", besideDbos],
    ["Restate, default partitions", besideRestate(null)],
    ["Restate, 1 partition", besideRestate(1)],
  ]
  const standing: readonly (readonly [string, Opening])[] = [["limits of PostgreSQL", besideLimits]]
  if (notInstalled !== null) for (const [stage] of peers) found.missing.push({ stage, because: notInstalled })

  const ours = await openOurs([])
  const { facts, version } = ours.ready
  await inStages(ours, sizes, [...(notInstalled === null ? peers : []), ...standing], { found, tell })
  await overNats(sizes, { found, tell })
  return {
    format: "counterfoil.bench-peers/1",
    at: new Date().toISOString(),
    rounds: sizes.rounds,
    machine: machineOf(version, facts, before),
    peers: peerVersions(),
    ...found,
  }
}

interface Found {
  readonly lines: Line[]
  readonly missing: { readonly stage: string; readonly because: string }[]
  readonly checks: DatabaseCheck[]
}

interface Told {
  readonly found: Found
  readonly tell: (line: string) => void
}

const openOurs = (args: readonly string[]): Promise<Ours> =>
  openSide(new URL("ours.child.ts", import.meta.url), args, OurSelf)

/** A nats-server, and our side as the process that takes calls beside it. */
async function overNats(sizes: AgainstSizes, told: Told): Promise<void> {
  const stage = "JetStream"
  if (natsServerPath() === null) {
    told.found.missing.push({ stage, because: "there is no nats-server on this machine" })
    return
  }
  const server = await startNatsServer()
  try {
    const place = new URL(server.url).host
    const ours = await openOurs([place])
    const beside = besideJetStream({ place, pid: server.pid() ?? 0 })
    await inStages(ours, sizes, [[stage, beside]], told)
  } finally {
    await server.close()
  }
}

async function inStages(
  ours: Ours,
  sizes: AgainstSizes,
  stages: readonly (readonly [string, Opening])[],
  told: Told,
): Promise<void> {
  let outside = 0
  const ring: Ring = {
    ours,
    sizes,
    outside: (count) => {
      outside += count
    },
  }
  const check = async (): Promise<void> => {
    await ours.ask("finish", z.object({}))
    told.found.checks.push(await ours.ask("check", Check, { inFlight: 1, count: outside }))
  }
  try {
    for (const [name, open] of stages) {
      const stage = await open(ring).catch(reasonOf)
      if (typeof stage === "string") told.found.missing.push({ stage: name, because: stage })
      else await playStage(name, stage, { sizes, check, ...told })
    }
  } finally {
    await ours.close()
  }
}

interface Play extends Told {
  readonly sizes: AgainstSizes
  readonly check: () => Promise<void>
}

/** All pairs of one stage; its lines only when every pair was measured. */
async function playStage(name: string, stage: Stage, { sizes, check, found, tell }: Play): Promise<void> {
  const rounds: (readonly PairOfRuns[])[] = []
  try {
    for (let round = 1; round <= sizes.rounds; round += 1) {
      tell(`${name}: pair ${round} of ${sizes.rounds}, load ${loadNow()}`)
      const pairs = await oneRound(stage).catch(reasonOf)
      await check()
      if (typeof pairs === "string") {
        found.missing.push({ stage: name, because: pairs })
        return
      }
      rounds.push(pairs)
    }
    for (const [at, duel] of stage.duels.entries())
      found.lines.push(
        ...linesOf(
          duel,
          rounds.flatMap((pairs) => pairs[at] ?? []),
        ),
      )
  } finally {
    await stage.close()
  }
}

async function oneRound({ duels }: Stage): Promise<readonly PairOfRuns[]> {
  const pairs: PairOfRuns[] = []
  for (const duel of duels) pairs.push(await fight(duel))
  return pairs
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
