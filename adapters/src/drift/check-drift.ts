// One drift check: the baseline, the contracts of this tree, the lock that is committed, and what differs.
// Owns: the order, and that every failure on the way is "not checked". Does not own: comparing (contracts/drift), printing.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { err, ok, type Registry, type Result } from "@counterfoil/contracts"
import {
  compareLocks,
  lockFile,
  readLock,
  staleLock,
  worstFirst,
  type ContractLock,
} from "@counterfoil/contracts/drift"
import { findBaseline, type Asked } from "./baseline.ts"
import { git } from "./git.ts"
import { lockOfRegistry } from "./lock-of-registry.ts"
import { lockLines, reportOf, type Checked, type DriftReport, type FailOn } from "./report.ts"

/** What is checked. `registry` may throw: contracts that cannot be defined are not checked. */
export interface CheckAsked extends Asked {
  readonly registry: () => Registry
  readonly failOn: FailOn
  /** The day as of which acknowledgements count, such as `2026-11-21`. */
  readonly today: string
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

type Found = Pick<Checked, "baseline" | "findings" | "notChecked">
const noName = "the default branch"

async function compared(asked: CheckAsked, text: string | null): Promise<Found> {
  const baseline = await findBaseline(asked)
  if (!baseline.ok) return unread(asked.against ?? noName, "contracts", baseline.error)
  const { name, lock } = baseline.value
  const committed = text === null ? null : readLock(new TextEncoder().encode(text))
  if (committed?.ok === false)
    return unread(name, "lock", `${lockFile} in this tree is no lock. ${committed.error}`)
  try {
    const after = lockOfRegistry(asked.registry(), committed?.value.acknowledged ?? [])
    const before = lock ?? { ...after, contracts: {}, capabilities: {}, errors: {}, acknowledged: [] }
    return { baseline: name, ...differences(before, after, committed?.value ?? null, asked.today) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return unread(name, "contracts", `The contracts of this tree cannot be read: ${why}`)
  }
}

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
