// Ids that name something new: an execution, an approval, a principal.
// Owns: their layout. Does not own: the clock and the randomness, which are arguments.

import type {
  ApprovalId,
  BreakGlassId,
  BundleId,
  ExecutionId,
  GrantId,
  HumanId,
  IntentId,
  PrincipalId,
  ReviewId,
  SessionId,
  WorkerId,
} from "../primitives.ts"
import { invariant } from "../result.ts"
import { oneText } from "./bytes.ts"
import { id26 } from "./id26.ts"

/** What each prefix of a random id names. */
export type MintedId = {
  readonly int: IntentId
  readonly exe: ExecutionId
  readonly apr: ApprovalId
  readonly rev: ReviewId
  readonly hum: HumanId
  readonly svc: PrincipalId
  readonly agt: PrincipalId
  readonly tol: PrincipalId
  readonly grn: GrantId
  readonly ses: SessionId
  readonly bgl: BreakGlassId
  readonly bun: BundleId
  readonly wrk: WorkerId
}

const millisecondsMax = 2 ** 48 - 1
const randomBytes = 10

/**
 * A new id: 48 bits of `nowMs` (since 1970, from the database's clock), then the 80 bits of `random10`.
 * Ids of a later millisecond sort after ids of an earlier one.
 */
export function mintId<P extends keyof MintedId>(
  prefix: P,
  nowMs: number,
  random10: Uint8Array,
): MintedId[P] {
  invariant(Number.isInteger(nowMs) && nowMs >= 0 && nowMs <= millisecondsMax, "INV-08", { nowMs })
  invariant(random10.length === randomBytes, "INV-08", { randomBytes: random10.length })
  const bytes = new Uint8Array(6 + randomBytes)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, Math.floor(nowMs / 2 ** 32))
  view.setUint32(2, nowMs % 2 ** 32)
  bytes.set(random10, 6)
  return oneText(`${prefix}_`, id26(bytes)) as MintedId[P]
}
