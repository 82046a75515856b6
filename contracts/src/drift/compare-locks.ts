// What changed between two locks: contracts that came and went, capabilities, errors, and every contract that stayed.
// Owns: C001, C002, C007, C042 to C044, C061 to C063, and that each change becomes one finding. Does not own: the single
// contract (compare-contract.ts), acknowledgements (acknowledge.ts).

import { canonical } from "../json/canonical.ts"
import { plainJson, type Json } from "../json/json.ts"
import { acknowledge } from "./acknowledge.ts"
import { change, type Change } from "./change.ts"
import { compareContract } from "./compare-contract.ts"
import { endOf, metaOfNew } from "./compare-meta.ts"
import { findingOf, worstFirst, type Finding, type Subject } from "./finding.ts"
import type { ValueChanges } from "./compare-values.ts"
import type { Unread } from "./unread.ts"
import type { ContractLock, LockedCapability, LockedContract } from "./lock.ts"

/** Two locks and the day (`2026-11-21`) as of which dates count. */
export interface Comparison {
  readonly before: ContractLock
  readonly after: ContractLock
  readonly today: string
}

/** What a comparison found, the worst first, and what it could not read. Both are empty when nothing changed. */
export interface Drift {
  readonly findings: readonly Finding[]
  readonly notChecked: readonly NotChecked[]
}

/** A place of a contract that was not compared. A change there is in no finding, so the comparison must not end as clean. */
export interface NotChecked extends Unread {
  readonly contract: string
}

/** Everything that changed from one lock to the other. */
export function compareLocks({ before, after, today }: Comparison): Drift {
  const contracts = keysOf(before.contracts, after.contracts).map((ref) =>
    contractDrift(ref, { before, after, today }),
  )
  const found = [
    ...contracts.flatMap(({ findings }) => findings),
    ...capabilityFindings(before, after),
    ...errorFindings(before, after),
  ]
  return {
    findings: worstFirst(acknowledge(found, { before, after, today, part: "contracts" })),
    notChecked: contracts.flatMap(({ notChecked }) => notChecked),
  }
}

function contractDrift(ref: string, locks: Comparison): Drift {
  const [old, now] = [locks.before.contracts[ref], locks.after.contracts[ref]]
  const { changes, unread } = contractChanges(ref, old, now, locks)
  const subject = subjectOf(ref, old, now)
  return {
    findings: changes.map((one) => findingOf(one, subject)),
    notChecked: unread.map((one) => ({ contract: ref, ...one })),
  }
}

function contractChanges(
  ref: string,
  old: LockedContract | undefined,
  now: LockedContract | undefined,
  { before, after, today }: Comparison,
): ValueChanges {
  if (old !== undefined && now !== undefined) {
    return sameContract(old, now) ? { changes: [], unread: [] } : compareContract(old, now, today)
  }
  const come = now === undefined ? [] : [arrival(ref, before, after), ...metaOfNew(now.document)]
  return { changes: old === undefined ? come : [departure(old, today)], unread: [] }
}

const sameContract = (old: LockedContract, now: LockedContract): boolean =>
  old.documentDigest === now.documentDigest &&
  old.subject === now.subject &&
  old.entryKind === now.entryKind &&
  old.http === now.http &&
  canonical(plainJson(old.drafts ?? null)) === canonical(plainJson(now.drafts ?? null))

function subjectOf(ref: string, old: LockedContract | undefined, now: LockedContract | undefined): Subject {
  return {
    contract: ref,
    from: old?.digest ?? null,
    to: now?.digest ?? null,
    experimental: old?.document.meta.stability === "experimental",
  }
}

function departure({ document }: LockedContract, today: string): Change {
  const { stability, deprecation } = document.meta
  const end = endOf(document)
  const retired = stability === "deprecated" && end !== undefined && end < today
  return change("C001", retired ? "retired" : "promised", { before: deprecation?.removeAfter })
}

function arrival(ref: string, before: ContractLock, after: ContractLock): Change {
  const older = olderMajors(ref, before).find((one) => after.contracts[one] !== undefined)
  return older === undefined
    ? change("C002", "always", {})
    : change("C007", "always", { before: older, after: ref })
}

const nameOf = (ref: string): string => ref.split("@")[0] ?? ref
const majorOf = (ref: string): number => Number(ref.split("@")[1])
const olderMajors = (ref: string, lock: ContractLock): readonly string[] =>
  Object.keys(lock.contracts).filter((one) => nameOf(one) === nameOf(ref) && majorOf(one) < majorOf(ref))

function capabilityFindings(before: ContractLock, after: ContractLock): readonly Finding[] {
  return keysOf(before.capabilities, after.capabilities).flatMap((name) => {
    const [old, now] = [before.capabilities[name], after.capabilities[name]]
    // No one holds a grant of a capability that did not exist.
    if (old === undefined) return []
    const subject = { contract: name, from: old.digest, to: now?.digest ?? null, experimental: false }
    return [...lostOrGained(old, now, before, after), ...requirements(old, now)].map((one) =>
      findingOf(one, subject),
    )
  })
}

// A contract that is gone altogether has a finding of its own (C001), and so has a new major beside the old one (C007).
function lostOrGained(
  old: LockedCapability,
  now: LockedCapability | undefined,
  before: ContractLock,
  after: ContractLock,
): readonly Change[] {
  const provides: readonly string[] = now?.provides ?? []
  const had: readonly string[] = old.provides
  const lost = had.filter((ref) => !provides.includes(ref) && after.contracts[ref] !== undefined)
  const gained = provides.filter(
    (ref) => !had.includes(ref) && !olderMajors(ref, before).some((one) => had.includes(one)),
  )
  return [
    ...lost.map((ref) => change("C061", "always", { at: `/provides/${ref}`, before: ref })),
    ...gained.map((ref) => change("C062", "always", { at: `/provides/${ref}`, after: ref })),
  ]
}

function requirements(old: LockedCapability, now: LockedCapability | undefined): readonly Change[] {
  const gained = (now?.requires ?? []).filter((name) => !old.requires.includes(name))
  return gained.map((name) => change("C063", "always", { at: `/requires/${name}`, after: name }))
}

function errorFindings(before: ContractLock, after: ContractLock): readonly Finding[] {
  return Object.entries(before.errors).flatMap(([code, old]) => {
    const now = after.errors[code]
    const subject = { contract: code, from: null, to: null, experimental: false }
    return errorChanges(plainJson(old), old, now).map((one) => findingOf(one, subject))
  })
}

function errorChanges(
  before: Json,
  old: ContractLock["errors"][string],
  now: ContractLock["errors"][string] | undefined,
): readonly Change[] {
  if (now === undefined) return [change("C043", "always", { before })]
  const meant = old.status !== now.status || old.acts !== now.acts
  return [
    ...(meant ? [change("C042", "always", { before, after: plainJson(now) })] : []),
    ...(old.template === now.template
      ? []
      : [change("C044", "always", { at: "/template", before: old.template, after: now.template })]),
  ]
}

const keysOf = (
  a: { readonly [key: string]: unknown },
  b: { readonly [key: string]: unknown },
): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
