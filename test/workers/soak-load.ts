// Minutes at four fifths of the highest rate that the machine holds: is memory flat, is latency stable, does the queue drain?
// Owns: the load and what is measured each minute. Does not own: the processes, the outside, printing.
// A latency is from the submit to the answer that says completed, over HTTP, with a worker process in between.

import { readFileSync } from "node:fs"
import { setTimeout as pauseFor } from "node:timers/promises"
import { call } from "@counterfoil/cli"
import type { Submitted } from "@counterfoil/contracts"
import { Client } from "pg"
import { draftOf } from "../support/asking.ts"
import type { Person } from "../support/people.ts"
import { until } from "../support/until.ts"
import { patiently } from "./crowd.ts"
import { openWorkersDatabase } from "./database.ts"
import { startOutside } from "./outside.ts"
import { openProcesses, type RunningProcess } from "./processes.ts"
import { atMost, exactly, type Finding } from "./verdict.ts"

/** How long, and on how many workers. */
export interface LoadOptions {
  readonly minutes: number
  readonly workers: number
  readonly say: (line: string) => void
}

interface Minute {
  readonly memoryMb: number
  readonly p50: number
  readonly p99: number
}

interface Load {
  /** One intent from its submit to its end; answers milliseconds. */
  one(): Promise<number>
  memoryMb(): number
}

const probeMs = 20_000
const probeWidth = 32
const patienceMs = 60_000
/** The load is four fifths of the probe's rate, so that a growing queue shows a fault and not the machine's limit. */
const share = 0.8
/** Memory of a warm process moves with the collector; latency with the neighbours on the machine. */
const memoryGrowthMax = 1.25
const latencyGrowthMax = 2

/** Plays it on a database of its own. The first minute warms up; the second is what the last is compared with. */
export async function playLoad(options: LoadOptions): Promise<readonly Finding[]> {
  const database = await openWorkersDatabase("load")
  const outside = await startOutside(0)
  const processes = openProcesses(database, outside.url)
  const owner = new Client({ connectionString: database.ownerUrl })
  await owner.connect()
  try {
    const api = await processes.start({ role: "api", leases: "long" })
    const workers: RunningProcess[] = []
    for (let n = 0; n < options.workers; n += 1)
      workers.push(await processes.start({ role: "worker", leases: "long" }))
    const load = loadOn(api, workers)
    const rate = await highestRate(load)
    options.say(`${rate.toFixed(0)} executions a second at most; now ${(rate * share).toFixed(0)} a second`)
    const minutes = await keepUp(load, rate * share, options)
    const { rows } = await owner.query<{ open: string; all: string }>(
      "select count(*) filter (where ended_at is null) as open, count(*) as all from execution",
    )
    return [
      ...judged(minutes),
      exactly("executions open after the load", 0, Number(rows[0]?.open ?? -1)),
      exactly("effects", Number(rows[0]?.all ?? -1), outside.happened.length),
      exactly("effects that happened twice", 0, outside.repeated().length),
    ]
  } finally {
    await owner.end()
    await processes.close()
    await outside.close()
    await database.close()
  }
}

function loadOn(api: RunningProcess, workers: readonly RunningProcess[]): Load {
  const agents: readonly Person[] = api.people?.agents ?? []
  let count = 0
  return {
    one: async () => {
      const number = (count += 1)
      const agent = agents[number % agents.length]
      if (agent === undefined) throw new Error("there is no agent")
      const step = { key: "note", contract: "outside.note.write@1", input: { label: `load-${number}` } }
      const begunMs = performance.now()
      const { status } = await patiently(patienceMs, () =>
        call<Submitted>(api.url, agent, "POST", "/intents", {
          key: `load-${number}`,
          as: { draft: draftOf([step]) },
          wait: "PT25S",
        }),
      )
      if (status !== "completed") throw new Error(`it ended as ${status}`)
      return performance.now() - begunMs
    },
    memoryMb: () => [api, ...workers].reduce((sum, { pid }) => sum + residentMb(pid), 0),
  }
}

async function highestRate(load: Load): Promise<number> {
  const endMs = performance.now() + probeMs
  let done = 0
  const hand = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await load.one()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: probeWidth }, hand))
  return (done * 1_000) / probeMs
}

/** Submits at a fixed rate, independent of the answers, and measures each minute. Ends with the last answer. */
async function keepUp(load: Load, rate: number, { minutes, say }: LoadOptions): Promise<readonly Minute[]> {
  const measured: Minute[] = []
  let underWay = 0
  for (let minute = 1; minute <= minutes; minute += 1) {
    const taken: number[] = []
    const begunMs = performance.now()
    let sent = 0
    while (performance.now() - begunMs < 60_000) {
      for (; sent < ((performance.now() - begunMs) / 1_000) * rate; sent += 1) {
        underWay += 1
        void load.one().then((ms) => {
          taken.push(ms)
          underWay -= 1
        })
      }
      await pauseFor(5)
    }
    const sorted = taken.toSorted((a, b) => a - b)
    const at = (part: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
    const seen = { memoryMb: Math.round(load.memoryMb()), p50: at(0.5), p99: at(0.99) }
    measured.push(seen)
    say(
      `minute ${minute}  ${sent} sent, ${underWay} under way, p50 ${seen.p50} ms, p99 ${seen.p99} ms, ${seen.memoryMb} MB in all processes`,
    )
  }
  await until("answer to everything", patienceMs, () => (underWay === 0 ? true : null))
  return measured
}

function judged(minutes: readonly Minute[]): readonly Finding[] {
  const before = minutes[1] ?? minutes[0]
  const last = minutes.at(-1)
  if (before === undefined || last === undefined) throw new Error("nothing was measured")
  return [
    atMost("memory in the last minute", Math.round(before.memoryMb * memoryGrowthMax), last.memoryMb, "MB"),
    atMost("p99 in the last minute", Math.round(before.p99 * latencyGrowthMax), last.p99, "ms"),
  ]
}

function residentMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))
  return Number(found?.[1] ?? 0) / 1024
}
