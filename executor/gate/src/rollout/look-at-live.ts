// One pass over a store with the contracts of a candidate: what waits, what is in doubt, what was recorded, who requested it.
// Owns: the pass and its bounds. Does not own: reading (store), the questions (touched-by.ts), deriving again (replay).
// Reads only. A trace whose payloads were erased says nothing about a change and is counted separately.

import type { Registry, Time, TraceEntry } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { foldEntries, type Execution } from "@counterfoil/core"
import { engineDigest, engineVersion, type CedarEngine } from "@counterfoil/policy"
import { openReplay, writeBundle, type Replay } from "@counterfoil/replay"
import type { LiveStore } from "@counterfoil/contracts/ports"
import { openTraceTexts, type TraceTexts } from "../evidence/trace-texts.ts"
import type { LiveKind } from "@counterfoil/contracts/drift"
import type { LiveLook } from "./live-report.ts"
import { openBoundSlices } from "./bound-slices.ts"
import { touchedBy } from "./touched-by.ts"

/**
 * What a look works with. `now` is a time for the bundles that are made in passing. With `derives`, executions that ended are
 * derived again: with the candidate's code, and the contracts and policies that they were made with.
 */
interface LiveWorld {
  readonly store: Omit<LiveStore, "close">
  readonly derives: boolean
  readonly candidate: Registry
  readonly engine: CedarEngine
  readonly now: Time
}

/** How many days back ended executions are read. */
const daysBack = 30
/** The most of them that are derived again, the newest first: some milliseconds each. */
const replaysMax = 10_000

type Found<K extends LiveKind> = LiveLook[K][number]

/** Looks through the store, the newest execution first. */
export async function lookAtLive(world: LiveWorld): Promise<LiveLook> {
  const { store, candidate, engine, derives } = world
  const derive = {
    replay: openReplay({ installed: candidate, engine, mode: "current" }),
    texts: openTraceTexts(store, candidate),
  }
  const slicesOf = openBoundSlices(world)
  const approvals: Found<"approvals">[] = []
  const executions: Found<"executions">[] = []
  const inDoubt: Found<"inDoubt">[] = []
  const traces: Found<"traces">[] = []
  const recorded: Found<"recorded">[] = []
  const users = new Map<string, Found<"users">>()
  const looked = { open: 0, ended: 0, replayed: 0, erased: 0, unreadable: 0 }
  for await (const { executionId, entries } of store.traces(daysBack)) {
    const folded = foldEntries(entries)
    if (!folded.ok || folded.value === null) {
      looked[entries.some(({ payload }) => payload === null) ? "erased" : "unreadable"] += 1
      continue
    }
    const execution = folded.value
    const touched = touchedBy(execution, candidate, await slicesOf(execution))
    const [contract = contractOf(execution)] = touched.pins
    approvals.push(...touched.approvals.map(({ id, ...one }) => ({ ...one, approvalId: id, executionId })))
    inDoubt.push(...touched.inDoubt.map(({ id, ...one }) => ({ ...one, step: id, executionId })))
    for (const pin of touched.pins) countUser(users, pin, execution)
    if (touched.stuck) executions.push({ contract, executionId, status: touched.status })
    if (!("endedAt" in execution.life)) {
      looked.open += 1
      continue
    }
    looked.ended += 1
    const because =
      derives && looked.replayed < replaysMax ? await whyNotReplayed(entries, derive, world) : null
    if (derives && looked.replayed < replaysMax) looked.replayed += 1
    if (because !== null) traces.push({ contract, executionId, because })
    else if (touched.pins.length > 0) recorded.push({ contract, executionId })
  }
  const used = [...users.values()].toSorted((a, b) => b.executions - a.executions)
  return {
    days: daysBack,
    looked: { ...looked, cut: store.wasCut() },
    approvals,
    executions,
    inDoubt,
    traces,
    recorded,
    users: used,
  }
}

// Executions come newest first, so the first that is seen is the last that was made.
function countUser(users: Map<string, Found<"users">>, contract: string, execution: Execution): void {
  const { principal } = execution.intent
  const key = `${contract} ${principal}`
  const known = users.get(key) ?? { contract, principal, executions: 0, lastAt: execution.createdAt }
  users.set(key, { ...known, executions: known.executions + 1 })
}

const contractOf = ({ plan }: Execution): string =>
  plan?.plan.intent?.contract ?? plan?.plan.steps[0]?.contract ?? "no contract"

/** Null when the candidate derives the same; otherwise the reason why it does not, unless something was missing before any change. */
async function whyNotReplayed(
  entries: readonly TraceEntry[],
  { replay, texts }: { readonly replay: Replay; readonly texts: TraceTexts },
  { now }: LiveWorld,
): Promise<string | null> {
  const [head, ...rest] = entries
  if (head === undefined) return null
  const whole = [head, ...rest] as const
  const written = writeBundle({
    bundleId: mintId("bun", Date.parse(now), new Uint8Array(10)),
    createdAt: now,
    createdBy: "counterfoil drift check",
    payloads: "all",
    entries: whole,
    blobs: await texts(whole),
    keys: [],
    engine: { name: "cedar-wasm", version: engineVersion, digest: engineDigest },
  })
  if (!written.ok) return null // too large for a bundle, so it never replayed from one
  const report = replay(written.value.bundle)
  if (!report.ok) return `it does not verify at entry ${report.error.seq}`
  const { first, unverifiable } = report.value
  if (first !== null) return `entry ${first.seq} diverges: ${first.because}`
  const missing = unverifiable.find(({ reason }) => reason === "contract" || reason === "code")
  return missing === undefined ? null : `entry ${missing.seq} cannot be derived: ${missing.what} is not there`
}
