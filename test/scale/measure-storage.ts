// What one execution costs the disk, the log and the processors: `npm run scale` writes docs/scale.json.
// Owns: these measurements. Does not own: the workload (test/bench), the arithmetic on them (scale-document.ts).
// Sizes are those of PostgreSQL itself, on a real database with its indexes, after a vacuum.

import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { join } from "node:path"
import { invariant } from "@counterfoil/contracts"
import { rootFolder } from "../architecture/source-tree.ts"
import { checkDatabase } from "../bench/check-database.ts"
import { openInstallation, type Installation } from "../bench/installation.ts"
import { inProcess, runSubmitters } from "../bench/submitters.ts"
import type { ScaleFacts } from "./scale-facts.ts"

const warmUp = 500
const measured = 10_000
const inFlight = 64
/** Kernel ticks a second, in which Linux counts processor time. */
const ticksPerSecond = 100

const tables = ["entry", "payload", "append", "execution", "approval", "inbox"] as const

interface Look {
  readonly heap: Readonly<Record<string, number>>
  readonly index: Readonly<Record<string, number>>
  readonly payload: number
  readonly walBytes: number
  readonly databaseMs: number
  readonly process: NodeJS.CpuUsage
}

async function look({ owner }: Installation): Promise<Look> {
  await owner.query("vacuum")
  const { rows } = await owner.query<{ name: string; heap: string; index: string }>(
    `select relname as name, pg_table_size(oid) as heap, pg_indexes_size(oid) as index
    from pg_class where relname = any($1) and relkind = 'r'`,
    [tables],
  )
  const { rows: log } = await owner.query<{ wal: string; payload: string; postmaster: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as wal,
      (select coalesce(sum(octet_length(bytes)), 0) from payload) as payload, pg_backend_pid() as postmaster`,
  )
  const [first] = log
  invariant(first !== undefined, "INV-07", { rows: 0 })
  return {
    heap: Object.fromEntries(rows.map(({ name, heap }) => [name, Number(heap)])),
    index: Object.fromEntries(rows.map(({ name, index }) => [name, Number(index)])),
    payload: Number(first.payload),
    walBytes: Number(first.wal),
    databaseMs: familyMs(parentOf(first.postmaster)),
    process: process.cpuUsage(),
  }
}

/** The fields of a process behind its name, which may hold anything: state, parent, … */
const statOf = (pid: number | string): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
const parentOf = (pid: number): number => Number(statOf(pid)[1])

/** Processor time of the server and of all its children, those that ended included. */
function familyMs(postmaster: number): number {
  const [userField, systemField, endedUserField, endedSystemField] = [11, 12, 13, 14] as const
  const own = statOf(postmaster)
  let ticks = [userField, systemField, endedUserField, endedSystemField].reduce(
    (sum, field) => sum + Number(own[field]),
    0,
  )
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = statOf(pid)
      if (Number(stat[1]) === postmaster) ticks += Number(stat[userField]) + Number(stat[systemField])
    } catch {
      // It ended between the list and the look.
    }
  }
  return (ticks * 1000) / ticksPerSecond
}

const per = (after: number, before: number): number => Math.round((after - before) / measured)

async function measure(): Promise<ScaleFacts> {
  const installation = await openInstallation()
  try {
    await runSubmitters(inProcess(installation), { inFlight, count: warmUp })
    const before = await look(installation)
    const { perSecond } = await runSubmitters(inProcess(installation), { inFlight, count: measured })
    const after = await look(installation)
    const { entriesPerExecution } = await checkDatabase(installation, warmUp + measured)
    const processMs =
      (after.process.user + after.process.system - before.process.user - before.process.system) / 1000
    const { rows } = await installation.owner.query<{ version: string }>(
      "select current_setting('server_version') as version",
    )
    return {
      command: "npm run scale",
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown"}, Node ${process.versions.node}, PostgreSQL ${rows[0]?.version ?? ""}`,
      executions: measured,
      entries: entriesPerExecution,
      executionsPerSecond: Math.round(perSecond),
      heapBytes: Object.fromEntries(
        tables.map((name) => [name, per(after.heap[name] ?? 0, before.heap[name] ?? 0)]),
      ),
      indexBytes: Object.fromEntries(
        tables.map((name) => [name, per(after.index[name] ?? 0, before.index[name] ?? 0)]),
      ),
      payloadBytes: per(after.payload, before.payload),
      walBytes: per(after.walBytes, before.walBytes),
      processMicros: Math.round((processMs * 1000) / measured),
      databaseMicros: Math.round(((after.databaseMs - before.databaseMs) * 1000) / measured),
    }
  } finally {
    await installation.close()
  }
}

writeFileSync(join(rootFolder, "docs", "scale.json"), `${JSON.stringify(await measure(), null, 2)}\n`)
