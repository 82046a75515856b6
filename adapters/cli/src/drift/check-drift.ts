// One drift check: the baseline, the contracts of this tree, their generated documents, their policy, the work in a store.
// Owns: the order of the parts, and reporting every failure as "not checked". Does not own: comparing (contracts/drift), printing.

import {
  lockOf,
  acknowledge,
  compareLocks,
  generatedFindings,
  liveFindings,
  lockAsFile,
  lockFile,
  readLock,
  withGenerated,
  worstFirst,
  type CheckPart,
  type ContractLock,
} from "@counterfoil/contracts/drift"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { err, ok, type Registry, type Result } from "@counterfoil/contracts"
import { programVersion } from "../program-version.ts"
import type { GeneratedDocument } from "../describe/generated-documents.ts"
import { findBaseline, type BaselineSearch, type Baseline } from "./baseline.ts"
import { keptDocuments, recordOf, staleFiles, type KeptDocuments } from "./generated-part.ts"
import { git } from "./git.ts"
import { liveReportOf, touchedOf, type LiveLook } from "@counterfoil/gate"
import { comparable } from "./served-baseline.ts"
import {
  lockLines,
  reportOf,
  type Checked,
  type DriftReport,
  type FailOn,
  type PlacedFinding,
} from "./report.ts"

/** What is checked. `registry` may throw: contracts that cannot be defined are not checked. */
interface CheckAsked extends BaselineSearch {
  readonly registry: () => Registry
  /** The documents that are made from these contracts. */
  readonly documents: (registry: Registry) => Promise<readonly GeneratedDocument[]>
  readonly failOn: FailOn
  /** The day as of which acknowledgements count, such as `2026-11-21`. */
  readonly today: string
  /** Checks the work in a store against these contracts; throws when it cannot. Null when the check was not requested. */
  readonly live: ((candidate: Registry) => Promise<LiveLook>) | null
  /** The contracts of the tree that this program does not have, by name and file. */
  readonly unseen: (
    registry: Registry,
  ) => Promise<readonly { readonly name: string; readonly file: string }[]>
  /** The section of a configuration that adds a contract, by its reference. */
  readonly sections: () => ReadonlyMap<string, string>
  /** Judges the shipped policy and the tree's own by these contracts; throws when it cannot. */
  readonly policy: (candidate: Registry) => Promise<readonly PlacedFinding[]>
}

/** The report of the check. Never throws for bad data: the report lists what could not be read. */
export async function checkDrift(asked: CheckAsked): Promise<DriftReport> {
  const shown = await git(asked.folder, ["rev-parse", "--show-prefix"])
  const prefix = shown.ok ? new TextDecoder().decode(shown.value).trim() : ""
  const text = committedText(asked.folder)
  const baseline = await findBaseline(asked)
  const tree = text.ok ? await readTree(asked, text.value) : text
  const parts = tree.ok
    ? await endedParts(asked, { ...tree.value, prefix }, baseline)
    : unread(asked, tree.error)
  return reportOf({
    baseline: baseline.ok ? baseline.value.name : (asked.against ?? "the default branch"),
    failOn: asked.failOn,
    asked: partsAsked(asked),
    lines: lockLines(`${prefix}${lockFile}`, text.ok ? text.value : null),
    ...parts,
  })
}

type Found = Pick<Checked, "findings" | "notChecked" | "notCompared" | "live">

const partsAsked = ({ live }: CheckAsked): ReadonlySet<CheckPart> =>
  new Set<CheckPart>(["contracts", "generated", "policy", ...(live === null ? [] : (["live"] as const))])

/** The tree: its contracts, its lock (null without one), the lock that would be made now, and its documents. */
interface Tree {
  readonly registry: Registry
  readonly committed: ContractLock | null
  readonly made: ContractLock
  readonly kept: KeptDocuments | null
}

async function readTree(
  { folder, registry: define, documents }: CheckAsked,
  text: string | null,
): Promise<Result<Tree, string>> {
  const committed = text === null ? ok(null) : readLock(new TextEncoder().encode(text))
  if (!committed.ok) return err(`${lockFile} in this tree is not a lock. ${committed.error}`)
  try {
    const registry = define()
    const kept = keptDocuments(folder, committed.value, await documents(registry))
    const lock = lockOf(registry, programVersion(), committed.value?.acknowledged ?? [])
    const made = withGenerated(lock, kept === null ? null : recordOf(kept))
    return ok({ registry, committed: committed.value, made, kept })
  } catch (cause) {
    return err(`The contracts of this tree cannot be read: ${messageOf(cause)}`)
  }
}

type ReadTree = Tree & { readonly prefix: string }

async function endedParts(
  asked: CheckAsked,
  tree: ReadTree,
  baseline: Result<Baseline, string>,
): Promise<Found> {
  // Without a baseline everything is new, and acknowledgements cover changes that can no longer be checked.
  const against = (baseline.ok ? baseline.value.lock : null) ?? nothingLocked(tree.made)
  const isServed = baseline.ok && baseline.value.served === true
  const { before, after, notCompared } = isServed
    ? comparable(against, tree.made, asked.sections())
    : { before: against, after: tree.made, notCompared: [] }
  const { today } = asked
  const compared: Found = baseline.ok
    ? contractsPart(before, after, today)
    : notChecked("contracts", baseline.error)
  const locked = new Set(Object.keys(against.contracts).map((ref) => ref.split("@")[0]))
  const unseen = (await asked.unseen(tree.registry))
    .filter(({ name }) => !locked.has(name))
    .map(({ name, file }) => ({
      part: "contracts" as const,
      why: `${name} in ${file} is not among the contracts of this program.`,
    }))
  const made = generatedPart(asked.folder, tree)
  const policy = await policyPart(asked, tree, before)
  const live =
    asked.live === null
      ? nothing
      : await livePart(asked.live, tree.registry, { before, after: tree.made, today })
  const ended = [compared, made, policy, live]
  return {
    findings: worstFirst(ended.flatMap(({ findings }) => findings)),
    notChecked: [...unseen, ...ended.flatMap((one) => one.notChecked)],
    ...(notCompared.length === 0 ? {} : { notCompared }),
    ...(live.live === undefined ? {} : { live: live.live }),
  }
}

const nothingLocked = (lock: ContractLock): ContractLock => ({
  ...lock,
  contracts: {},
  capabilities: {},
  errors: {},
  acknowledged: lock.acknowledged,
})

function contractsPart(before: ContractLock, after: ContractLock, today: string): Found {
  const drift = compareLocks({ before, after, today })
  return {
    findings: drift.findings,
    notChecked: drift.notChecked.map((one) => ({ part: "contracts", ...one })),
  }
}

function generatedPart(folder: string, { committed, made, kept, prefix }: ReadTree): Found {
  const lock = generatedFindings([lockAsFile(committed, made)])
  if (kept === null) return { findings: lock, notChecked: [] }
  try {
    const stale = staleFiles(folder, kept)
    if (!stale.ok) return { ...notChecked("generated", stale.error), findings: lock }
    const files = generatedFindings(stale.value).map((finding) =>
      existsSync(join(folder, finding.contract))
        ? { ...finding, place: { file: `${prefix}${finding.contract}`, line: 1 } }
        : finding,
    )
    return { findings: [...lock, ...files], notChecked: [] }
  } catch (cause) {
    return {
      ...notChecked("generated", `${kept.folder} cannot be read: ${messageOf(cause)}`),
      findings: lock,
    }
  }
}

async function policyPart(
  { policy, today }: CheckAsked,
  { registry, made, prefix }: ReadTree,
  before: ContractLock,
): Promise<Found> {
  try {
    const found = (await policy(registry)).map((one) =>
      one.place === undefined ? one : { ...one, place: { ...one.place, file: `${prefix}${one.place.file}` } },
    )
    return { findings: acknowledge(found, { before, after: made, today, part: "policy" }), notChecked: [] }
  } catch (cause) {
    return notChecked("policy", `The policy cannot be judged: ${messageOf(cause)}`)
  }
}

async function livePart(
  look: (candidate: Registry) => Promise<LiveLook>,
  registry: Registry,
  locks: { readonly before: ContractLock; readonly after: ContractLock; readonly today: string },
): Promise<Found> {
  try {
    const looked = await look(registry)
    const touched = liveFindings(touchedOf(looked), locks.before, locks.after)
    return {
      findings: acknowledge(touched, { ...locks, part: "live" }),
      notChecked: unreadable(looked),
      live: liveReportOf(looked),
    }
  } catch (cause) {
    return notChecked("live", `The store cannot be checked: ${messageOf(cause)}`)
  }
}

const unreadable = ({ looked }: LiveLook): Found["notChecked"] =>
  looked.unreadable === 0
    ? []
    : [
        {
          part: "live",
          why: `${looked.unreadable} of the traces in the store cannot be read, so they were not checked.`,
        },
      ]

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const nothing: Found = { findings: [], notChecked: [] }
const notChecked = (part: CheckPart, why: string): Found => ({ findings: [], notChecked: [{ part, why }] })
const unread = (asked: CheckAsked, why: string): Found => ({
  findings: [],
  notChecked: [...partsAsked(asked)].map((part) => ({ part, why })),
})

function committedText(folder: string): Result<string | null, string> {
  try {
    return ok(readFileSync(join(folder, lockFile), "utf8"))
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
    return code === "ENOENT" ? ok(null) : err(`${lockFile} in this tree cannot be read: ${code}.`)
  }
}
