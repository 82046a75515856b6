// `exec show`: shows one execution, step by step; the exit code reflects its result.
// Owns: its flags. Does not own: the record.

import { ExecutionView, executionGet, listOf } from "@counterfoil/contracts"
import { netCommand } from "../derive/net-command.ts"
import { exitOfRecord } from "../exit-code.ts"
import { endpointOf } from "../net/endpoint.ts"
import { executionText } from "../print/executions.ts"
import { executionArgument } from "./arguments.ts"

/** The command. */
export const execShow = netCommand({
  endpoint: endpointOf(executionGet),
  output: ExecutionView,
  text: executionText,
  exit: exitOfRecord,
  exits: [0, 1, 2, 3, 4, 5, 7],
  arguments: [executionArgument],
  examples: ["exec show exe_4k9d", "exec show exe_4k9d --include plan --json"],
  complete: (input) => ({
    ...input,
    include: [...new Set(["steps", "tree", "output", ...listOf(input["include"])])],
  }),
})
