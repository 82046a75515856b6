// What `approve` and `reject` have in common.
// Owns: their argument and their exit code. Does not own: reading or signing (review/).

import type { Problem } from "@counterfoil/contracts"
import { exitCodeOf, highest } from "../exit-code.ts"
import type { ExitCode } from "../exit-codes.ts"
import type { Positional } from "../derive/net-command.ts"

/** One or more requests. */
export const approvalsArgument: Positional = {
  name: "approval",
  field: "items",
  many: true,
  help: "ids of requests, or unique prefixes such as apr_3fxq",
}

/** The highest code among the items, so that one that failed is not lost among those that did not. */
export function exitOfResults({
  results,
}: {
  readonly results: readonly { readonly error?: Problem }[]
}): ExitCode {
  return highest(
    results.map(({ error }) => (error === undefined ? 0 : exitCodeOf({ kind: "problem", code: error.code }))),
  )
}
