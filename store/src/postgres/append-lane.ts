// One connection of the journal: sends batches, and finds out whether a batch was written whose answer was lost.
// Owns: the connection, reading errors, unknown commits. Does not own: batching.
// Keeps INV-14: nothing is answered as appended before its commit, and an append whose answer was lost is never
// repeated: the old session is ended first, and then the trace itself says whether the commit happened.

import {
  OutcomeUnknown,
  StoreUnavailable,
  type Append,
  type AppendAnswer,
} from "@counterfoil/contracts/ports"
import { InvariantBroken, type Digest, type ExecutionId } from "@counterfoil/contracts"
import { setTimeout as delay } from "node:timers/promises"
import type { Client } from "pg"
import { openClient } from "../database/connect.ts"
import { askedOn, isLockNotAvailable, tellHolders, type LockHeld } from "../database/lock-holders.ts"
import { appendStatement, type WrittenRow } from "./append-statement.ts"
import { columnOf, digestOfColumn, hexOf, timeOf } from "../database/digest-columns.ts"
import type { Lane } from "./group-committer.ts"

/** The outcome of one append: an answer, or why there is none. */
export type Settled =
  | { readonly kind: "answered"; readonly answer: AppendAnswer }
  | { readonly kind: "failed"; readonly error: Error }

// A caller whose commit is unknown gets an answer within 5 s: it waits no longer for one.
const findOutWithinMs = 5_000
const retryEveryMs = 50
/**
 * Settings of a lane's session. A batch that waits for a row that a control command holds gives up before its callers do.
 * The statement is planned once, perhaps over empty tables, so its plan must not depend on the number of rows.
 */
export const laneSettings =
  "set lock_timeout = 3000; set statement_timeout = 4000; " +
  "set plan_cache_mode = force_generic_plan; set enable_mergejoin = off"
const answerWithinMs = 5_000
// Digests of blobs that are known to be stored: 10,000 of them are about 1 MB.
const knownBlobsMax = 10_000

interface Session {
  readonly client: Client
  /** Process id and start of the server's session: what to look for when the connection is lost. */
  readonly pid: number
  readonly startedAt: string
}

/** A lane of the group committer over one PostgreSQL connection, opened at the first batch and again when it breaks. */
export class AppendLane implements Lane<Append, Settled> {
  readonly #url: string
  readonly #lockHeld: LockHeld
  readonly #knownBlobs = new Set<Digest>()
  #session: Session | null = null

  /** `lockHeld` is called when a batch timed out on a row that another session holds. */
  constructor(url: string, lockHeld: LockHeld = () => undefined) {
    this.#url = url
    this.#lockHeld = lockHeld
  }

  async together(batch: readonly Append[]): Promise<readonly Settled[]> {
    let session: Session
    try {
      session = this.#session ??= await openSession(this.#url)
    } catch (error) {
      return batch.map(() => failed(new StoreUnavailable("the store cannot be reached", { cause: error })))
    }
    try {
      return await this.#write(session.client, batch)
    } catch (error) {
      if (sqlStateOf(error) === null) {
        this.#session = null
        return await findOut(this.#url, session, batch)
      }
      // The server returned an error, so nothing of the batch was written.
      if (batch.length > 1) throw error
      if (isLockNotAvailable(error)) await tellHolders(askedOn(session.client), this.#lockHeld)
      return [refused(error)]
    }
  }

  /** Closes the connection; a batch under way must have been answered. */
  async close(): Promise<void> {
    const session = this.#session
    this.#session = null
    await session?.client.end()
  }

  async #write(client: Client, batch: readonly Append[]): Promise<readonly Settled[]> {
    const { rows } = await client.query<WrittenRow>(
      appendStatement(batch, (digest) => this.#knownBlobs.has(digest)),
    )
    const answers: (Settled | undefined)[] = batch.map(() => undefined)
    for (const { i, now } of rows) answers[i] = answered({ kind: "appended", now: timeOf(now) })
    this.#remember(batch.filter((_, i) => answers[i] !== undefined))
    // Rare, and one after the other: a connection answers one question at a time.
    for (const [i, append] of batch.entries()) answers[i] ??= answered(await whyNot(client, append))
    return answers.flatMap((answer) => answer ?? [])
  }

  #remember(written: readonly Append[]): void {
    if (this.#knownBlobs.size > knownBlobsMax) this.#knownBlobs.clear()
    for (const append of written) for (const blob of append.blobs) this.#knownBlobs.add(blob.digest)
  }
}

/** Reads an error of the server as the answer to the one append that met it. */
function refused(error: unknown): Settled {
  const state = sqlStateOf(error) ?? ""
  const constraint = error instanceof Error && "constraint" in error ? String(error.constraint) : "none"
  // Another process created this execution.
  if (state === "23505" && constraint === "execution_pkey") return answered({ kind: "stale" })
  // Bad data, a broken constraint, a missing right: a bug that a repetition would meet again.
  if (/^(22|23|42)/.test(state)) return failed(new InvariantBroken("INV-07", { sqlState: state, constraint }))
  return failed(new StoreUnavailable(`the store refused for now (${state})`, { cause: error }))
}

/** The SQLSTATE of the server's error for a statement, five characters; null when the connection was lost. */
export function sqlStateOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || !("severity" in error)) return null
  return error.severity === "ERROR" ? String(error.code) : null
}

/** Why an append that was sent wrote nothing: its key was used before, or head or fence had moved. */
async function whyNot(client: Client, { tenant, create }: Append): Promise<AppendAnswer> {
  if (create === null) return { kind: "stale" }
  const { inbox } = create
  const { rows } = await client.query<{ execution_id: ExecutionId; request_digest: Uint8Array }>({
    name: "counterfoil-same-key-1",
    text: `select execution_id, request_digest from inbox
      where tenant = $1 and principal = $2 and contract = $3 and key_digest = $4`,
    values: [tenant, inbox.principal, inbox.contract, columnOf(inbox.keyDigest)],
  })
  const [known] = rows
  if (known === undefined) return { kind: "stale" }
  return {
    kind: "sameKey",
    executionId: known.execution_id,
    requestDigest: digestOfColumn(known.request_digest),
  }
}

async function findOut(url: string, lost: Session, batch: readonly Append[]): Promise<readonly Settled[]> {
  const giveUpAt = performance.now() + findOutWithinMs
  lost.client.end().catch(() => undefined)
  let cause: unknown = null
  while (performance.now() < giveUpAt) {
    try {
      if (await hasEnded(url, lost)) return await readBack(url, batch)
    } catch (error) {
      // Not reachable yet; no statement was sent that could have written.
      cause = error
    }
    await delay(retryEveryMs)
  }
  return batch.map(() => failed(new OutcomeUnknown("the answer to a commit was lost", { cause })))
}

// As the login itself, which may end its own sessions; only then can the lost statement no longer commit.
async function hasEnded(url: string, lost: Session): Promise<boolean> {
  const client = await openClient({ url, role: null, tenant: "" })
  try {
    const { rowCount } = await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pid = $1 and backend_start = $2::timestamptz",
      [lost.pid, lost.startedAt],
    )
    return rowCount === 0
  } finally {
    await client.end()
  }
}

async function readBack(url: string, batch: readonly Append[]): Promise<readonly Settled[]> {
  const { client } = await openSession(url)
  try {
    const { rows } = await client.query<{ i: number; hash: string | null; now: Date }>(
      `select wanted.i, encode(entry.hash, 'hex') as hash, clock_timestamp() as now
        from json_to_recordset($1::json) as wanted(i int, execution_id text, seq int)
        left join entry on entry.execution_id = wanted.execution_id and entry.seq = wanted.seq order by wanted.i`,
      [
        JSON.stringify(
          batch.map((append, i) => ({ i, execution_id: append.executionId, seq: append.execution.head.seq })),
        ),
      ],
    )
    return batch.map((append, i) => {
      const found = rows[i]
      if (found === undefined || found.hash === null)
        return failed(new StoreUnavailable("the connection broke before the commit"))
      const ours = found.hash === hexOf(append.execution.head.hash)
      return answered(ours ? { kind: "appended", now: timeOf(found.now) } : { kind: "stale" })
    })
  } finally {
    await client.end()
  }
}

async function openSession(url: string): Promise<Session> {
  const client = await openClient({ url, role: "counterfoil_service", tenant: "*", answerWithinMs })
  try {
    await client.query(laneSettings)
    const { rows } = await client.query<{ pid: number; started_at: string }>(
      "select pid, backend_start::text as started_at from pg_stat_activity where pid = pg_backend_pid()",
    )
    const [session] = rows
    if (session === undefined) throw new StoreUnavailable("the session cannot see itself")
    return { client, pid: session.pid, startedAt: session.started_at }
  } catch (error) {
    await client.end()
    throw error
  }
}

const answered = (answer: AppendAnswer): Settled => ({ kind: "answered", answer })
const failed = (error: Error): Settled => ({ kind: "failed", error })
