// `context use`: sets the current server.
// Does not own: the file (settings/contexts.ts).

import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { readContexts, writeContexts } from "../settings/contexts.ts"

/** The command. */
export const contextUse: Command = {
  examples: ["context use work"],
  arguments: [{ name: "name", help: "one of context list" }],
  flags: [],
  exits: [0, 2],
  run: ({ settings, args }) => {
    const { byName } = readContexts(settings.folder)
    const name = args[0] ?? ""
    const context = byName.get(name)
    if (context === undefined) throw new CliError(`No context ${name}.`, { fix: "counterfoil context list" })
    writeContexts(settings.folder, { current: name, byName })
    return Promise.resolve({
      exit: 0,
      shown: { document: { name, url: context.url }, text: () => `${name}  ${context.url}` },
    })
  },
}
