// The simulator's threads: how cases get to them and answers back.
// Owns: starting, feeding and ending workers. Does not own: what a case is.

import { Worker } from "node:worker_threads"
import type { CaseAnswer } from "./orders.ts"
import type { Mutant } from "./plant.ts"
import type { Case } from "./run-seed.ts"

/** A thread that runs cases of one program: the real one, or one with mutants planted. */
export interface Pool {
  /** Answers in the order of the cases. */
  run(cases: readonly Case[], withTrees?: boolean): Promise<readonly CaseAnswer[]>
  close(): Promise<void>
}

const source = new URL("./sim-worker.ts", import.meta.url)

/** Starts a thread. Rejects when the program cannot be loaded, which for a mutant says that its text was not found. */
export async function openPool(planted: readonly Mutant[] = []): Promise<Pool> {
  const worker = new Worker(source, { workerData: { planted } })
  await next(worker)
  return {
    run: async (cases, withTrees = false) => {
      worker.postMessage({ cases, withTrees })
      // The worker answers each order once, with what orders.ts says.
      return (await next(worker)) as readonly CaseAnswer[]
    },
    close: async () => {
      await worker.terminate()
    },
  }
}

function next(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      worker.off("message", answered).off("error", failed).off("exit", gone)
      settle()
    }
    const answered = (message: unknown) => end(() => resolve(message))
    const failed = (error: unknown) => end(() => reject(error))
    const gone = (code: number) =>
      end(() => reject(new Error(`a thread of the simulator ended with ${code}`)))
    worker.on("message", answered).on("error", failed).on("exit", gone)
  })
}
