// One drift check: the baseline, the contracts of this tree, the lock that is committed, and what differs.
// Owns: the order, and that every failure on the way is "not checked". Does not own: comparing (contracts/drift), printing.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { err, ok, type Registry, type Result } from "@counterfoil/contracts"
import {
  compareLocks,
  liveFindings,
  lockFile,
  readLock,
  staleLock,
  worstFirst,
  type ContractLock,
} from "@counterfoil/contracts/drift"
import { findBaseline, type Asked } from "./baseline.ts"
import { git } from "./git.ts"
import { liveReportOf, touchedOf, type LiveLook } from "./live/live-report.ts"
import { lockOfRegistry } from "./lock-of-registry.ts"
import { lockLines, reportOf, type Checked, type DriftReport, type FailOn } from "./report.ts"

/** What is checked. `registry` may throw: contracts that cannot be defined are not checked. */
export interface CheckAsked extends Asked {
  readonly registry: () => Registry
  readonly failOn: FailOn
  /** The day as of which acknowledgements count, such as `2026-11-21`. */
  readonly today: string
  /** Looks at the work in a store with these contracts; throws when it cannot. Null when nobody asked for it. */
  readonly live: ((candidate: Registry) => Promise<LiveLook>) | null
}

/** The report of the check. Never throws for what it meets: whatever could not be read is in the report. */
export async function checkDrift(asked: CheckAsked): Promise<DriftReport> {
  const prefix = await git(asked.folder, ["rev-parse", "--show-prefix"])
  const path = `${prefix.ok ? new TextDecoder().decode(prefix.value).trim() : ""}${lockFile}`
  const text = committedText(asked.folder)
  const lines = lockLines(path, text.ok ? text.value : null)
  const found = text.ok
    ? await compared(asked, text.value)
    : unread(asked.against ?? noName, "lock", `${lockFile} in this tree cannot be read: ${text.error}.`)
  return reportOf({ ...found, failOn: asked.failOn, lines })
}

type Found = Pick<Checked, "baseline" | "findings" | "notChecked" | "live">
const noName = "the default branch"

async function compared(asked: CheckAsked, text: string | null): Promise<Found> {
  const baseline = await findBaseline(asked)
  if (!baseline.ok) return unread(asked.against ?? noName, "contracts", baseline.error)
  const { name, lock } = baseline.value
  const committed = text === null ? null : readLock(new TextEncoder().encode(text))
  if (committed?.ok === false)
    return unread(name, "lock", `${lockFile} in this tree is no lock. ${committed.error}`)
  try {
    const registry = asked.registry()
    const after = lockOfRegistry(registry, committed?.value.acknowledged ?? [])
    const before = lock ?? { ...after, contracts: {}, capabilities: {}, errors: {}, acknowledged: [] }
    const found = differences(before, after, committed?.value ?? null, asked.today)
    const live = asked.live === null ? null : await looked(asked.live, registry)
    return { baseline: name, ...(live === null ? found : withLive(found, live, before, after)) }
  } catch (cause) {
    return unread(name, "contracts", `The contracts of this tree cannot be read: ${messageOf(cause)}`)
  }
}

async function looked(
  look: (candidate: Registry) => Promise<LiveLook>,
  registry: Registry,
): Promise<Result<LiveLook, string>> {
  try {
    return ok(await look(registry))
  } catch (cause) {
    return err(`The store cannot be looked at: ${messageOf(cause)}`)
  }
}

function withLive(
  found: Omit<Found, "baseline">,
  live: Result<LiveLook, string>,
  before: ContractLock,
  after: ContractLock,
): Omit<Found, "baseline"> {
  if (!live.ok) return { ...found, notChecked: [...found.notChecked, { part: "live", why: live.error }] }
  const touched = liveFindings(touchedOf(live.value), before, after)
  return { ...found, findings: worstFirst([...found.findings, ...touched]), live: liveReportOf(live.value) }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

function differences(
  before: ContractLock,
  after: ContractLock,
  committed: ContractLock | null,
  today: string,
): Pick<Checked, "findings" | "notChecked"> {
  const { findings, notChecked } = compareLocks({ before, after, today })
  return {
    findings: worstFirst([...findings, ...staleLock(committed, after)]),
    notChecked: notChecked.map((one) => ({ part: "contracts", ...one })),
  }
}

const unread = (baseline: string, part: "contracts" | "lock", why: string): Found => ({
  baseline,
  findings: [],
  notChecked: [{ part, why }],
})

function committedText(folder: string): Result<string | null, string> {
  try {
    return ok(readFileSync(join(folder, lockFile), "utf8"))
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
    return code === "ENOENT" ? ok(null) : err(code)
  }
}
