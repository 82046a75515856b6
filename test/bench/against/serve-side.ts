// The other end of a side: a process that does what its parent asks, one thing after the other.
// Owns: messages and their answers, ending with the parent. Does not own: what is measured.

import type { Run, Load } from "./keep-in-flight.ts"

/** What a process can do. `ready` is sent once; `answers` has a function for each question by name. */
export interface SideParts {
  readonly ready: object
  readonly answers: Readonly<Record<string, (load: Load) => Promise<Run | object>>>
  readonly close: () => Promise<unknown>
}

/** One question of the parent. */
export interface Question {
  readonly what: string
  readonly load: Load
}

/** Tells that it is ready, and answers until the parent asks to `close` or is gone. */
export function serveSide({ ready, answers, close }: SideParts): void {
  const end = (): void => {
    void close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on("message", ({ what, load }: Question) => {
    if (what === "close") return end()
    const answer = answers[what]
    const told = answer === undefined ? Promise.reject(new Error(`no handler answers ${what}`)) : answer(load)
    told.then(
      (value) => process.send?.({ kind: "answer", value }),
      (error: unknown) => process.send?.({ kind: "failed", because: String(error) }),
    )
  })
  process.on("disconnect", end)
  process.send?.({ kind: "answer", value: ready })
}
