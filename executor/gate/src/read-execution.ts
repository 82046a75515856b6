// Reading an execution through its trace, and waiting for it to change.
// Owns: load and wait. Does not own: the fold (executor core).

import type { ExecutionId, TenantId } from "@counterfoil/contracts"
import type { TraceStore } from "@counterfoil/contracts/ports"
import { foldTrace, type Execution } from "@counterfoil/core"
import type { Services } from "./service.ts"
import { isFinal } from "./views.ts"

/** Longest time between two reads while a caller waits: the doorbell is only a hint. */
const lookEveryMs = 1_000

/** The folded state of an execution; null when this tenant has none with that id. */
export async function readExecution(
  store: TraceStore,
  tenant: TenantId,
  executionId: ExecutionId,
): Promise<Execution | null> {
  const entries = await store.trace(tenant, executionId)
  return entries.length === 0 ? null : foldTrace(entries)
}

/** Waits until the record is final, the time is over or the caller is gone; returns the record as it is then. */
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
      const told = await bell.next(Math.min(leftMs, lookEveryMs))
      // A state that this process committed itself need not be read back.
      if (told !== null && told.head.seq > current.head.seq) current = told
      else current = (await readExecution(store, execution.tenant, execution.executionId)) ?? current
    }
  } finally {
    bell.close()
  }
  return current
}

function openBell(watch: Services["watch"], executionId: ExecutionId, signal: AbortSignal) {
  let rung = false
  let told: Execution | null = null
  let wake: () => void = () => {}
  const stop = watch.follow(executionId, (after) => {
    rung = true
    told = after ?? told
    wake()
  })
  const abort = () => wake()
  signal.addEventListener("abort", abort)
  return {
    /** The newest state announced since the last read, or null: then the record has to be read. */
    next: (timeoutMs: number) =>
      new Promise<Execution | null>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          rung = false
          wake = () => {}
          resolve(told)
          told = null
        }
        const timer = setTimeout(done, timeoutMs)
        wake = done
        if (rung) done()
      }),
    close: () => {
      stop()
      signal.removeEventListener("abort", abort)
    },
  }
}
