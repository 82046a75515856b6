// The threads of a process that run pure handlers, so that a long computation delays neither leases nor health nor other calls.
// Owns: how many threads there are, whose call is next, replacing a thread that ended. Does not own: a thread (start-thread.ts).
// Requesters take turns: a call waits behind at most one call of each other requester, for any number of calls.

import { availableParallelism } from "node:os"
import type { PrincipalId } from "@counterfoil/contracts"
import { type HandlerAnswer, unknown } from "@counterfoil/contracts/ports"
import type { Order } from "./orders.ts"
import { startThread, type CallLimits, type Thread } from "./start-thread.ts"

/** Threads of pure handlers. None is started before the first call. */
export interface PureThreads {
  /** Runs one call; never rejects. A call that is aborted while it waits is not run. */
  run(order: Order, signal: AbortSignal): Promise<HandlerAnswer>
  /** Ends them; waiting and running calls get the answer `unknown`. */
  close(): Promise<void>
}

/** Limits of the threads. */
interface ThreadLimits extends CallLimits {
  readonly threadsMax: number
}

/**
 * One second is some twenty times what the most expensive accepted template takes; the call limit is half of the shortest usual
 * deadline. One processor is left to the process itself, and short calls do not benefit from more than four threads.
 */
const threadLimits: ThreadLimits = {
  cpuMsMax: 1_000,
  callMsMax: 15_000,
  heapMiBMax: 256,
  threadsMax: Math.max(1, Math.min(4, availableParallelism() - 1)),
}

interface Waiting {
  readonly order: Order
  readonly signal: AbortSignal
  readonly answer: (answer: HandlerAnswer) => void
}

/** No thread yet. */
export function openPureThreads(limits: ThreadLimits = threadLimits): PureThreads {
  const threads = new Set<Thread>()
  const idle: Thread[] = []
  /** Calls that wait, by requester; the first requester is next. */
  const lines = new Map<PrincipalId, Waiting[]>()
  let closed = false

  const next = (): Waiting | undefined => {
    for (const [requester, line] of lines) {
      lines.delete(requester)
      const first = line.shift()
      if (line.length > 0) lines.set(requester, line)
      if (first !== undefined) return first
    }
    return undefined
  }
  const start = (): Thread => {
    const thread = startThread(limits)
    threads.add(thread)
    return thread
  }
  const serve = async (thread: Thread, { order, signal, answer }: Waiting): Promise<void> => {
    answer(await thread.run(order, signal))
    if (thread.isUsable()) idle.push(thread)
    else threads.delete(thread)
    fill()
  }
  /** Gives waiting calls to free threads. */
  const fill = (): void => {
    while (lines.size > 0 && !closed) {
      const free = idle.pop()
      if (free?.isUsable() === false) threads.delete(free)
      else if (free === undefined && threads.size >= limits.threadsMax) return
      else {
        const thread = free ?? start()
        const waiting = next()
        if (waiting === undefined) return void idle.push(thread)
        void serve(thread, waiting)
      }
    }
  }
  const forget = (requester: PrincipalId, waiting: Waiting): void => {
    const line = (lines.get(requester) ?? []).filter((each) => each !== waiting)
    if (line.length > 0) lines.set(requester, line)
    else lines.delete(requester)
  }

  return {
    run: (order, signal) => {
      if (closed) return Promise.resolve(unknown("the process is closing"))
      if (signal.aborted) return Promise.resolve(aborted())
      const { requester } = order.call
      const { promise, resolve } = Promise.withResolvers<HandlerAnswer>()
      const abort = (): void => {
        // No effect on a call that a thread has: the thread answers it.
        forget(requester, waiting)
        resolve(aborted())
      }
      const answer = (answered: HandlerAnswer): void => {
        signal.removeEventListener("abort", abort)
        resolve(answered)
      }
      const waiting = { order, signal, answer }
      signal.addEventListener("abort", abort)
      lines.set(requester, [...(lines.get(requester) ?? []), waiting])
      fill()
      return promise
    },
    close: async () => {
      closed = true
      for (const { answer } of [...lines.values()].flat()) answer(unknown("the process is closing"))
      lines.clear()
      await Promise.all([...threads].map((thread) => thread.end()))
    },
  }
}

const aborted = (): HandlerAnswer => unknown("the attempt was aborted")
