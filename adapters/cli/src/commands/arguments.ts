// The positional arguments that several commands take.
// Owns: their names and help. Does not own: finding an id by its prefix (net/resolve-id.ts).

import type { Positional } from "../derive/net-command.ts"

/** An execution by its id or a unique prefix. */
export const executionArgument: Positional = {
  name: "execution",
  field: "executionId",
  help: "its id, or a unique prefix such as exe_4k9d",
}
/** A principal by its name, its id or a unique prefix. */
export const principalArgument = (field: string): Positional => ({
  name: "principal",
  field,
  help: "its name, its id, or a unique prefix such as agt_4k9d",
})
