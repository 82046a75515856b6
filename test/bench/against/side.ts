// One side of a comparison: a separate process that runs requests, and the processor time that they cost.
// Owns: the process and the questions. Does not own: what it measures (its file says that).

import { fork } from "node:child_process"
import { once } from "node:events"
import { z } from "zod"
import type { Run, Load } from "./keep-in-flight.ts"
import { cpuMs } from "./cpu-time.ts"

/** A run with what it cost; `cpuUs` of one call, over all processes of the side, null where no one can say. */
export interface CostedRun extends Run {
  readonly cpuUs: number | null
}

/** A running side. Questions are asked one at a time. */
export interface Side<Ready> {
  readonly ready: Ready
  readonly pid: number
  /** Asks it to do `what`, and charges it the processor time of `pids`, itself among them. */
  run(what: string, load: Load, pids?: readonly number[]): Promise<CostedRun>
  ask<T>(what: string, shape: z.ZodType<T>, load?: Load): Promise<T>
  close(): Promise<void>
}

const Told = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("answer"), value: z.unknown() }),
  z.object({ kind: z.literal("failed"), because: z.string() }),
])
const RunShape = z.object({ perSecond: z.number(), p50Ms: z.number(), p95Ms: z.number() })

const nothing: Load = { inFlight: 0, count: 0 }

/** Starts `file` with `args` and waits until it says that it is ready. */
export async function openSide<Ready>(
  file: URL,
  args: readonly string[],
  shape: z.ZodType<Ready>,
): Promise<Side<Ready>> {
  const child = fork(file, [...args], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] })
  const pid = child.pid ?? 0
  const answer = async (): Promise<unknown> => {
    const gone = new AbortController()
    const { signal } = gone
    const died = once(child, "exit", { signal }).then(([code]) => {
      throw new Error(`${file.pathname} ended with ${String(code)}`)
    })
    const said = once(child, "message", { signal }).then((message: readonly unknown[]) => message[0])
    died.catch(() => undefined) // read below, unless it came second
    const first: unknown = await Promise.race([said, died]).finally(() => gone.abort())
    const told = Told.parse(first)
    if (told.kind === "failed") throw new Error(told.because)
    return told.value
  }
  const ask = (what: string, load: Load): Promise<unknown> => {
    const answered = answer()
    child.send({ what, load })
    return answered
  }
  return {
    ready: shape.parse(await answer()),
    pid,
    run: async (what, load, pids = []) => {
      const before = cpuMs([pid, ...pids])
      const run = RunShape.parse(await ask(what, load))
      const after = cpuMs([pid, ...pids])
      const cpuUs = before === null || after === null ? null : ((after - before) * 1000) / load.count
      return { ...run, cpuUs }
    },
    ask: async (what, answered, load = nothing) => answered.parse(await ask(what, load)),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, "exit")
      child.send({ what: "close", load: nothing })
      await ended
    },
  }
}
