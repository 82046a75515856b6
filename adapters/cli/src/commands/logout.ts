// `logout`: deletes the token of a context.
// It revokes nothing on the server; token revoke does.

import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { readContexts, writeContexts } from "../settings/contexts.ts"

/** The command. */
export const logout: Command = {
  examples: ["logout", "logout --context work"],
  arguments: [],
  flags: [],
  exits: [0, 2],
  run: ({ settings }) => {
    const contexts = readContexts(settings.folder)
    const name = settings.context
    const context = name === null ? undefined : contexts.byName.get(name)
    if (name === null || context === undefined)
      throw new CliError("There is no context with a token to delete.", { fix: "counterfoil context list" })
    writeContexts(settings.folder, {
      ...contexts,
      byName: new Map([...contexts.byName, [name, { ...context, token: null }]]),
    })
    return Promise.resolve({
      exit: 0,
      shown: { document: { name }, text: () => `${name}  token deleted here` },
      hints: ["it stays valid until it ends; to revoke it: counterfoil token revoke"],
    })
  },
}
