// One thread of pure handlers, seen from the process: runs a call within its limits, or is ended.
// Owns: the limits of a call and ending a call beyond them. Does not own: which thread runs what (pure-threads.ts).
// A pure call changes nothing, so one that is ended certainly had no effect: it is refused, and never in doubt (INV-03).

import { Worker } from "node:worker_threads"
import { type HandlerAnswer, rejected, unknown } from "@counterfoil/contracts/ports"
import { microsOf, type Order, type Report } from "./orders.ts"

/** Limits of one call. */
export interface CallLimits {
  /** Processor time of a call, in milliseconds: other work on the machine does not shorten it. */
  readonly cpuMsMax: number
  /** Time from its start to its answer, in milliseconds, for a call that only waits. */
  readonly callMsMax: number
  /** Heap of the thread, in MiB. */
  readonly heapMiBMax: number
}

/** A thread. It runs one call at a time. */
export interface Thread {
  /** Never rejects. A call that is aborted or goes beyond its limits ends the thread. */
  run(order: Order, signal: AbortSignal): Promise<HandlerAnswer>
  /** False once it has ended or is about to. */
  isUsable(): boolean
  end(): Promise<void>
}

/** Loading a handler's module is the program's own work, not the caller's; it is bounded all the same. */
const loadMsMax = 20_000
/** Shortest time between two reads of the processor time. */
const lookMsMin = 20
const program = new URL("./pure-thread.ts", import.meta.url)

/** Starts one. It does not keep the process alive while it has nothing to do. */
export function startThread(limits: CallLimits): Thread {
  const worker = new Worker(program, {
    name: "pure handlers",
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMiBMax },
  })
  worker.unref()
  let usable = true
  let answerNow: ((answer: HandlerAnswer) => void) | null = null
  const end = async (): Promise<void> => {
    usable = false
    await worker.terminate()
  }
  worker.on("error", (error) => {
    usable = false
    answerNow?.(isOutOfMemory(error) ? tooMuchMemory(limits) : unknown("the thread failed"))
  })
  worker.on("exit", () => {
    usable = false
    answerNow?.(unknown("the thread ended"))
  })

  const run = (order: Order, signal: AbortSignal): Promise<HandlerAnswer> => {
    const { promise, resolve } = Promise.withResolvers<HandlerAnswer>()
    let timer: NodeJS.Timeout | undefined
    let done = false
    const finish = (answer: HandlerAnswer): void => {
      if (done) return
      done = true
      answerNow = null
      clearTimeout(timer)
      signal.removeEventListener("abort", abort)
      worker.off("message", heard)
      worker.unref()
      resolve(answer)
    }
    const give = (answer: HandlerAnswer): void => {
      void end()
      finish(answer)
    }
    const abort = (): void => {
      give(unknown("the attempt was aborted"))
    }
    const begun = (cpuMicros: number, atMs: number): void => {
      const look = async (): Promise<void> => {
        // A thread that ended meanwhile reports that itself.
        const usage = await worker.cpuUsage().catch(() => null)
        if (done || usage === null) return
        const spentMs = (microsOf(usage) - cpuMicros) / 1000
        if (spentMs >= limits.cpuMsMax) return give(tooLong(limits.cpuMsMax, "processor time"))
        const leftMs = atMs + limits.callMsMax - performance.now()
        if (leftMs <= 0) return give(tooLong(limits.callMsMax, "time"))
        lookIn(Math.min(limits.cpuMsMax - spentMs, leftMs))
      }
      const lookIn = (ms: number): void => {
        timer = setTimeout(() => void look(), Math.max(lookMsMin, ms))
      }
      clearTimeout(timer)
      lookIn(Math.min(limits.cpuMsMax, limits.callMsMax))
    }
    const heard = (said: Report): void => {
      if (said.kind === "began") begun(said.cpuMicros, performance.now())
      else finish(said.answer)
    }
    answerNow = finish
    worker.ref()
    worker.on("message", heard)
    signal.addEventListener("abort", abort)
    timer = setTimeout(() => {
      give(unknown("the handler could not be loaded in time"))
    }, loadMsMax)
    worker.postMessage(order)
    return promise
  }
  return { run, isUsable: () => usable, end }
}

const tooLong = (ms: number, what: string): HandlerAnswer =>
  rejected("TIME_LIMIT", `The computation takes more than ${ms} ms of ${what}.`)
const tooMuchMemory = ({ heapMiBMax }: CallLimits): HandlerAnswer =>
  rejected("MEMORY_LIMIT", `The computation takes more than ${heapMiBMax} MiB of memory.`)

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
