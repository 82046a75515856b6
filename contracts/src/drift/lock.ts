// The lock: every contract of an installation in one file that people review and machines compare.
// Owns: its form. Does not own: making one (make-lock.ts), reading one (read-lock.ts), comparing two (compare-locks.ts).

import { z } from "zod"
import { Documented } from "../define/from-document.ts"
import { CapabilityName, ContractRef, Digest, SemVer, type Immutable } from "../primitives.ts"

/** The name of the file in a repository. */
export const lockFile = "contracts.lock.json"

/** The longest that a risky change may stay acknowledged. */
export const acknowledgedDaysMax = 90

/** A person's word for one risky change of one contract: it counts for these two digests and until this day alone. */
export const Acknowledgement = z.strictObject({
  rule: z.string().regex(/^C\d{3}$/),
  contract: z.string().min(1),
  from: Digest.nullable(),
  to: Digest.nullable(),
  reason: z.string().min(3).max(500),
  owner: z.string().min(1),
  expires: z.iso.date(),
})
export type Acknowledgement = Immutable<z.infer<typeof Acknowledgement>>

/**
 * A contract as it is locked. `subject` and `entryKind` are how the world outside meets an event; `http` is how it calls what
 * has a place of its own, such as `POST /intents`. `drafts` is what the plan function of an intent draws from its examples: the
 * digest of each draft by that of the example's input. Locks of earlier releases say nothing of the latter two.
 */
const LockedContract = z.strictObject({
  kind: z.enum(["command", "query", "event", "intent"]),
  version: SemVer,
  digest: Digest,
  documentDigest: Digest,
  document: Documented,
  subject: z.string().optional(),
  entryKind: z.boolean().optional(),
  http: z.string().optional(),
  drafts: z.record(Digest, Digest).optional(),
})
export type LockedContract = Immutable<z.infer<typeof LockedContract>>

const LockedCapability = z.strictObject({
  provides: z.array(ContractRef),
  requires: z.array(CapabilityName),
  digest: Digest,
})
export type LockedCapability = Immutable<z.infer<typeof LockedCapability>>

const LockedError = z.strictObject({
  status: z.int(),
  acts: z.enum(["caller", "retry", "operator", "bug"]),
  template: z.string(),
})
type LockedError = Immutable<z.infer<typeof LockedError>>

/**
 * The whole file. `digest` covers all of it but itself and `acknowledged`, which people write. `generated`: the digests of the
 * documents that are made from the contracts, by path; absent where a tree has none.
 */
export const ContractLock = z.strictObject({
  format: z.literal("counterfoil.contracts-lock/1"),
  generator: SemVer,
  digest: Digest,
  contracts: z.record(z.string(), LockedContract),
  capabilities: z.record(z.string(), LockedCapability),
  errors: z.record(z.string(), LockedError),
  generated: z.record(z.string(), Digest).optional(),
  acknowledged: z.array(Acknowledgement),
})
export type ContractLock = Immutable<z.infer<typeof ContractLock>>
