// docs/scale.md: how far one PostgreSQL carries, by arithmetic on docs/scale.json.
// Owns: every figure in the page and the words around it. Does not own: the measurements.
// The assumptions are constants here and rows in the page, so that a reader can put in their own.

import type { ScaleFacts } from "./scale-facts.ts"

/** What the page assumes of a machine, beside what was measured. */
const assumed = {
  cores: 16,
  busyShare: 0.6,
  diskTerabytes: 4,
  usedShare: 0.8,
  walMegabytesPerSecond: 200,
  /** JetStream, publish and acknowledgement, 64 in flight, two cores shared with the client. */
  streamEventsPerSecond: 27_000,
} as const
const ratesPerSecond = [1, 10, 100, 500] as const
const secondsPerDay = 86_400
const daysPerYear = 365
const micros = 1_000_000

const sum = (bytes: Readonly<Record<string, number>>): number =>
  Object.values(bytes).reduce((total, each) => total + each, 0)

/** 12,345, in every language of the machine. */
const whole = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",")
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`
const size = (bytes: number): string =>
  bytes >= 1e12 ? `${(bytes / 1e12).toFixed(1)} TB` : `${(bytes / 1e9).toFixed(bytes >= 1e10 ? 0 : 1)} GB`

/** What follows from the measurements. */
interface Limits {
  readonly bytes: number
  readonly keptBytes: number
  readonly databasePerSecond: number
  readonly processPerCore: number
  readonly walPerSecond: number
  readonly diskExecutions: number
  readonly streamPerSecond: number
  /** The least of them: where one installation ends. */
  readonly leastPerSecond: number
  readonly firstLimit: string
}

function limitsOf(facts: ScaleFacts): Limits {
  const bytes = sum(facts.heapBytes) + sum(facts.indexBytes)
  const expiring = (facts.heapBytes["payload"] ?? 0) + (facts.indexBytes["payload"] ?? 0)
  const databasePerSecond = (assumed.cores * assumed.busyShare * micros) / facts.databaseMicros
  const walPerSecond = (assumed.walMegabytesPerSecond * micros) / facts.walBytes
  const streamPerSecond = assumed.streamEventsPerSecond / facts.entries
  const [[firstLimit, leastPerSecond] = ["none", 0]] = (
    [
      ["The database's processors come", databasePerSecond],
      ["The log comes", walPerSecond],
      ["The one stream of events comes", streamPerSecond],
    ] as const
  ).toSorted(([, a], [, b]) => a - b)
  return {
    bytes,
    keptBytes: bytes - expiring,
    databasePerSecond,
    processPerCore: micros / facts.processMicros,
    walPerSecond,
    diskExecutions: (assumed.diskTerabytes * assumed.usedShare * 1e12) / bytes,
    streamPerSecond,
    leastPerSecond,
    firstLimit,
  }
}

/** The page. */
export function scaleDocument(facts: ScaleFacts): string {
  const limits = limitsOf(facts)
  return [
    head,
    unitCosts(facts, limits),
    oneDatabase(facts, limits),
    growth(facts, limits),
    layout,
    beyond(facts, limits),
  ]
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
}

const head = `<!-- Made by test/scale/scale-document.ts from scale.json: npm run golden -- --update -->

# How far it goes

An installation has one PostgreSQL as its source of truth. This page says what one execution costs that server, which limits follow, and how to scale
further. It is arithmetic on measured unit costs, not a load test of those sizes: nothing larger than one machine has been run.

\`\`\`sh
npm run scale                      # measures again: docs/scale.json; about two minutes
npm run golden -- --update         # and this page from it
\`\`\`
`

const unitCosts = (facts: ScaleFacts, limits: Limits): string => `## What one execution costs

Three \`natural\` steps in sequence, without approvals: ${facts.entries} entries. ${whole(facts.executions)} executions, ${facts.date}, ${facts.machine}. Sizes are
PostgreSQL's own after a vacuum, free space in its pages included; other work ran on the machine, which costs time but neither bytes nor, much,
processor time.

| | bytes in tables | bytes in indexes |
| --- | --- | --- |
${Object.keys(facts.heapBytes)
  .map(
    (name) =>
      `| \`${name}\` | ${whole(facts.heapBytes[name] ?? 0)} | ${whole(facts.indexBytes[name] ?? 0)} |`,
  )
  .join("\n")}
| together | ${whole(sum(facts.heapBytes))} | ${whole(sum(facts.indexBytes))} |

| | |
| --- | --- |
| on disk, together | ${kilobytes(limits.bytes)}, ${kilobytes(limits.bytes / facts.entries)} an entry |
| of it, proof that stays when payloads have expired | ${kilobytes(limits.keptBytes)} |
| payloads before PostgreSQL compresses them | ${kilobytes(facts.payloadBytes)} |
| write-ahead log | ${kilobytes(facts.walBytes)} |
| processor time of the process | ${(facts.processMicros / 1000).toFixed(2)} ms |
| processor time of the database | ${(facts.databaseMicros / 1000).toFixed(2)} ms |

An execution that waits for a person adds two appends and one row of \`approval\`; plans with larger inputs and outputs cost their own bytes
once for each place they are recorded in.
`

const oneDatabase = (facts: ScaleFacts, limits: Limits): string => `## What one PostgreSQL carries

Assumed: ${assumed.cores} cores of which ${assumed.busyShare * 100} % are used, ${assumed.diskTerabytes} TB of which ${assumed.usedShare * 100} % are used, a disk that takes
${assumed.walMegabytesPerSecond} MB of log a second. Put in your own numbers.

| limit | arithmetic | executions a second |
| --- | --- | --- |
| processors of the database | ${assumed.cores} × ${assumed.busyShare} ÷ ${(facts.databaseMicros / 1000).toFixed(2)} ms | ${whole(limits.databasePerSecond)} |
| write-ahead log | ${assumed.walMegabytesPerSecond} MB/s ÷ ${kilobytes(facts.walBytes)} | ${whole(limits.walPerSecond)} |
| events through one stream | ${whole(assumed.streamEventsPerSecond)} ÷ ${facts.entries} entries | ${whole(limits.streamPerSecond)} |
| one process (one thread), one core | 1 s ÷ ${(facts.processMicros / 1000).toFixed(2)} ms | ${whole(limits.processPerCore)} |

${limits.firstLimit} first. To reach it takes ${whole(Math.ceil(limits.leastPerSecond / limits.processPerCore))} cores of processes beside it. Each
process holds at most 28 connections, two of them for the journal, so tens of processes stay within \`max_connections\` of a thousand; more need a pooler in
session mode, because row level security hangs on a setting of the session.

The figure for the stream was measured elsewhere, with messages of another size; the one relay, a thread of its own, was not measured at such rates. When it
falls behind, events are late and nothing else is: executions do not wait for it.
`

const growth = (facts: ScaleFacts, limits: Limits): string => `## How it grows

| executions a second, day and night | disk a day | a year | log a second | ${assumed.diskTerabytes} TB last |
| --- | --- | --- | --- | --- |
${ratesPerSecond
  .map((rate) => {
    const day = rate * secondsPerDay * limits.bytes
    const days = (assumed.diskTerabytes * assumed.usedShare * 1e12) / day
    const last = days > 2 * daysPerYear ? `${whole(days / daysPerYear)} years` : `${whole(days)} days`
    return `| ${rate} | ${size(day)} | ${size(day * daysPerYear)} | ${((rate * facts.walBytes) / micros).toFixed(1)} MB | ${last} |`
  })
  .join("\n")}

So ${assumed.diskTerabytes} TB hold ${whole(limits.diskExecutions / 1e6)} million executions with their payloads. Without payloads each keeps ${kilobytes(limits.keptBytes)}:
erasing those of closed executions ([runbook](runbooks/erase-a-person.md)) gives back ${whole((1 - limits.keptBytes / limits.bytes) * 100)} % of the disk, and every chain
still verifies.
`

const layout = `## How tables divide

The large tables, \`entry\` and \`payload\`, begin their keys with the execution's id, and so does \`execution\`; ids begin with their time. So a range of ids is a range of time, and a partition needs no
column that is not in the key already:

\`\`\`sql partitions
create table entry_by_time (like entry including all) partition by range (execution_id);
create table entry_2026 partition of entry_by_time for values from ('exe_01kdv') to ('exe_01mb7');
create table entry_2027 partition of entry_by_time for values from ('exe_01mb7') to ('exe_01n8k');
\`\`\`

- **By time**: \`entry\`, \`payload\`, \`execution\`. \`append\` has numbers of its own, which also grow with time, and is small. Reading one execution touches one partition. A partition of \`payload\` whose time is over is
  detached and dropped instead of deleted from row by row, with the record of the erasure in its own execution.
- **By tenant**: lists, queues, the doorbell and the log's positions are by tenant in their indexes already. A tenant that is large enough gets a database of its own
  (below) rather than a partition: then it also has its own backup and its own load, and can be removed alone.
- Partitioning is *not built*: there is no migration for it. What is checked is that the keys allow it, by running the statements above.

The chain of one execution is never divided. It is in one database, under one fence.
`

const beyond = (facts: ScaleFacts, limits: Limits): string => `## The next limit, and who takes it

| beyond | what takes it | what changes |
| --- | --- | --- |
| one process | more processes on the same database (\`serve --role worker\`): leases and fences are in PostgreSQL | nothing |
| reads beside writes | PostgreSQL's streaming replication; lists, exports and replays from a standby | a read URL; not built |
| ${whole(Math.min(limits.databasePerSecond, limits.walPerSecond))} executions a second in the database, or the disk | several databases, tenants divided among them: an installation each, agents addressed by tenant | a table of tenants and addresses in front; not built. Nothing crosses a tenant (INV-10), so nothing is asked across databases |
| one tenant larger than one database | its environments and its teams as tenants of their own | contracts and policy are activated in each |
| one stream of events | JetStream: a stream for each tenant's subjects, which name the tenant already | one relay a stream; the cursor becomes one row a stream; not built |
| one place | PostgreSQL's synchronous replication across zones; a region is a database of its own | each commit waits for the other zone: four in a row for three steps |

None of this needs an engine of our own. PostgreSQL's replication and JetStream's streams distribute the work, and no execution
ever needs another one.

## What would show that this is wrong

The rates above assume that the cost of an execution stays as it was at ${whole(facts.executions)}. Indexes grow by one level for about every hundredfold of rows, which
costs reads, not log. If \`counterfoil_trace_append_duration_seconds\` rises while the rate does not, measure again on that database before adding anything.
`
