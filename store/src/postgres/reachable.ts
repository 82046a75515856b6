// Distinguishes a lost connection from a wrong request.
// Owns: the translation. Does not own: retrying.

import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { sqlStateOf } from "./append-lane.ts"

// Not now: connection, resources, operator, system; also a lock or deadlock that another try may not meet.
const transient = /^(08|40|53|55|57|58)/
const lost = /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|terminated|timeout|not queryable|Connection/

/** Runs a read or a repeatable write; an error that means the store is unreachable becomes `StoreUnavailable`. */
export async function reachable<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (isAway(error)) throw new StoreUnavailable("the store cannot be reached", { cause: error })
    throw error
  }
}

/** Whether an error means that the store is unreachable, rather than that the request was wrong. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return false
  const state = sqlStateOf(error)
  if (state !== null) return transient.test(state)
  const code = "code" in error ? String(error.code) : ""
  return transient.test(code) || lost.test(code) || (error.constructor === Error && lost.test(error.message))
}
