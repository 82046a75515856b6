// Why requests are void, by their traces. Read only for listed requests, so that rows have no column that only few of them need.
// Does not own: who may read a request (read-services.ts), nor when one becomes void (executor core).

import { parseWith, payloads, type ApprovalId, type TenantId, type VoidCause } from "@counterfoil/contracts"
import type { ApprovalRow, TraceStore } from "@counterfoil/contracts/ports"

const voided = "controlPlane.approval.voided@1"

/** The cause of each of these requests that is void, read at once; none for one whose payloads were erased. */
export async function voidCausesOf(
  store: Pick<TraceStore, "entriesAmong">,
  tenant: TenantId,
  rows: readonly Pick<ApprovalRow, "executionId" | "status">[],
): Promise<ReadonlyMap<ApprovalId, VoidCause>> {
  const ids = rows.flatMap(({ executionId, status }) => (status === "voided" ? [executionId] : []))
  if (ids.length === 0) return new Map()
  const entries = await store.entriesAmong(tenant, ids, { kind: voided })
  return new Map(
    entries.flatMap(({ payload }): readonly (readonly [ApprovalId, VoidCause])[] => {
      const read = parseWith(payloads[voided], payload)
      return read.ok ? [[read.value.approvalId, read.value.because]] : []
    }),
  )
}
