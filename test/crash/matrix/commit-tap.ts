// Holds a transaction open between its last write and its commit: the only place that no port can be wrapped around.
// Owns: the tap on the database client of this process. Does not own: which transactions are held, nor the kill.
// Only the program of the crash tests loads it; what it holds is rolled back by the server when the process dies.

import { AsyncLocalStorage } from "node:async_hooks"
import { Client } from "pg"

/** Where statements are held. */
export interface CommitTap {
  /** From now on the statement of an append is written inside a transaction that stays open. */
  holdAppends(written: (executionIds: readonly string[]) => void): void
  /** Runs what holds a row; `written` is called in place of the commit, which is sent when it settles. */
  atCommit<T>(written: () => Promise<void>, run: () => Promise<T>): Promise<T>
}

type Query = (this: Client, ...args: unknown[]) => unknown

/** Taps every connection of this process; once is enough. */
export function tapCommits(): CommitTap {
  const commits = new AsyncLocalStorage<() => Promise<void>>()
  let held: ((executionIds: readonly string[]) => void) | null = null
  const prototype = Client.prototype as { query: Query }
  const real = prototype.query
  const tapped: Query = function (...args) {
    const { name, text } = statementOf(args[0])
    const written = held
    if (written !== null && name.startsWith("counterfoil-append")) {
      real.call(this, "begin")
      const answer = real.apply(this, args)
      // A refused append was not written, and is not reported: the process is about to be killed.
      void Promise.resolve(answer).then(
        () => written(executionsOf(args[0])),
        () => undefined,
      )
      return new Promise(() => undefined)
    }
    const atCommit = text === "commit" ? commits.getStore() : undefined
    if (atCommit === undefined) return real.apply(this, args)
    return atCommit().then(() => real.apply(this, args))
  }
  prototype.query = tapped
  return {
    holdAppends: (written) => {
      held = written
    },
    atCommit: (written, run) => commits.run(written, run),
  }
}

function statementOf(query: unknown): { readonly name: string; readonly text: string } {
  if (typeof query === "string") return { name: "", text: query }
  if (typeof query !== "object" || query === null) return { name: "", text: "" }
  const { name, text } = query as { readonly name?: unknown; readonly text?: unknown }
  return { name: typeof name === "string" ? name : "", text: typeof text === "string" ? text : "" }
}

/** The first parameter of an append's statement lists its members. */
function executionsOf(query: unknown): readonly string[] {
  const { values } = query as { readonly values: readonly unknown[] }
  const members = JSON.parse(String(values[0])) as readonly { readonly execution_id: string }[]
  return members.map(({ execution_id }) => execution_id)
}
