// Reading an execution through its trace, and waiting for it to change.
// Owns: load and wait. Does not own: the fold (executor core).

import type { ExecutionId, TenantId } from "@counterfoil/contracts"
import type { TraceStore } from "@counterfoil/contracts/ports"
import { foldTrace, type Execution } from "@counterfoil/executor/core"
import type { Services } from "./service.ts"
import { isFinal } from "./views.ts"

/** Longest wait between two looks while somebody waits: the doorbell is only a hint. */
const lookEveryMs = 1_000

/** The folded state of an execution; null when this tenant has none of that id. */
export async function readExecution(store: TraceStore, tenant: TenantId, executionId: ExecutionId): Promise<Execution | null> {
  const entries = await store.trace(tenant, executionId)
  return entries.length === 0 ? null : foldTrace(entries)
}

/** Waits until the record is final, the time is over or the caller is gone; answers the record as it then stands. */
export async function waitForFinal(
  { world: { store }, watch }: Pick<Services, "world" | "watch">,
  execution: Execution,
  waitMs: number,
  signal: AbortSignal,
): Promise<Execution> {
  const until = performance.now() + waitMs
  let current = execution
  const bell = openBell(watch, execution.executionId, signal)
  try {
    while (!isFinal(current) && !signal.aborted) {
      const leftMs = until - performance.now()
      if (leftMs <= 0) break
      await bell.next(Math.min(leftMs, lookEveryMs))
      current = (await readExecution(store, execution.tenant, execution.executionId)) ?? current
    }
  } finally {
    bell.close()
  }
  return current
}

function openBell(watch: Services["watch"], executionId: ExecutionId, signal: AbortSignal) {
  let rung = false
  let wake: () => void = () => {}
  const stop = watch.listen((heard) => {
    if (heard !== executionId) return
    rung = true
    wake()
  })
  const abort = () => wake()
  signal.addEventListener("abort", abort)
  return {
    next: (timeoutMs: number) =>
      new Promise<void>((resolve) => {
        const done = () => { clearTimeout(timer); rung = false; wake = () => {}; resolve() }
        const timer = setTimeout(done, timeoutMs)
        wake = done
        if (rung) done()
      }),
    close: () => { stop(); signal.removeEventListener("abort", abort) },
  }
}
