// Our side: a whole installation in this process, measured from inside or through its doors.
// Owns: the calls that it answers, and the number of executions requested. Does not own: the installation, nor the check of it.
// `argv[2]` is the place of a nats-server: then the process takes calls and works only when asked to `finish`.

import { openInstallation } from "../installation.ts"
import { checkDatabase } from "../check-database.ts"
import { appendRate } from "../measure-appends.ts"
import { readRecorded, type Recorded } from "../recorded-appends.ts"
import { inProcess, runSubmitters } from "../submitters.ts"
import { addSomeone } from "../../support/people.ts"
import { until } from "../../support/until.ts"
import { runOf, type Load } from "./keep-in-flight.ts"
import { parentOf } from "./cpu-time.ts"
import { serveSide } from "./serve-side.ts"

/** Enough that none of them asks more often than a door lets one caller ask. */
const callers = 48
const finishWithinMs = 300_000

const nats = process.argv[2]
const installation = await openInstallation(
  nats === undefined ? { role: "all", nats: null } : { role: "api", nats },
)
const { plane, owner, tenant } = installation
const agents = await Promise.all(
  Array.from({ length: callers }, (_, at) =>
    addSomeone(installation, {
      kind: "service",
      name: `caller-${at}`,
      capabilities: ["control-plane.core", "bench.work"],
    }),
  ),
)
const { rows } = await owner.query<{ pid: number }>("select pg_backend_pid() as pid")
let written = 0
let recorded: (() => Recorded) | null = null

const run = async (load: Load) => {
  written += load.count
  const { perSecond, latenciesMs } = await runSubmitters(inProcess(installation), load)
  return runOf(perSecond, latenciesMs)
}

/** `count` entries, in whole executions; `perSecond` is of entries. */
const append = async ({ count }: Load) => {
  recorded ??= await readRecorded(installation)
  const all: Recorded[] = []
  for (let entries = 0; entries < count; entries += sizesOf(all.at(-1) ?? []).entries) all.push(recorded())
  written += all.length
  return runOf(await appendRate(installation, all), [])
}

const sizesOf = (appends: Recorded) => {
  const entries = appends.flatMap((one) => one.entries)
  const mean = (lengths: readonly number[]): number =>
    Math.round(lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length))
  return {
    entries: entries.length,
    headBytes: mean(entries.map(({ headBytes }) => headBytes.length)),
    payloadBytes: mean(entries.map(({ payloadBytes }) => payloadBytes?.length ?? 0)),
  }
}

const openCount = async (): Promise<number> => {
  const found = await owner.query<{ open: number }>(
    "select count(*)::int as open from execution where status <> 'completed' or worker is not null",
  )
  return found.rows[0]?.open ?? 0
}

/** Works until every execution has ended. */
const finish = async () => {
  const worker = nats === undefined ? null : await installation.startWorker()
  await until("end of all executions", finishWithinMs, async () => ((await openCount()) === 0 ? true : null))
  await worker?.close()
  return {}
}

serveSide({
  ready: {
    url: plane.url,
    tenant,
    tokens: agents.map(({ token }) => token),
    ownerUrl: installation.ownerUrl,
    serverPid: parentOf(rows[0]?.pid ?? 0),
    facts: installation.facts,
    version: installation.version,
  },
  answers: {
    run,
    append,
    finish,
    sizes: async () => sizesOf((recorded ??= await readRecorded(installation))()),
    // The question has the number that others submitted through a door.
    check: async ({ count }) => checkDatabase(installation, written + count),
  },
  close: () => installation.close(),
})
