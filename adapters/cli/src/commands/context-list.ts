// `context list`: lists the configured servers.
// Keeps INV-13: a token is never printed, only whether there is one.

import { escapeLine } from "@counterfoil/contracts"
import type { Command } from "../command.ts"
import { columns } from "../print/columns.ts"
import { readContexts } from "../settings/contexts.ts"

/** The command. */
export const contextList: Command = {
  examples: ["context list"],
  arguments: [],
  flags: [],
  exits: [0, 4],
  run: ({ settings }) => {
    const { current, byName } = readContexts(settings.folder)
    const items = [...byName].map(([name, { url, token }]) => ({
      name,
      url,
      current: name === current,
      signedIn: token !== null,
    }))
    return Promise.resolve({
      exit: 0,
      shown: {
        document: { items },
        items,
        text: () =>
          columns(
            ["", "context", "url", "token"],
            items.map((one) => [
              one.current ? "*" : "",
              escapeLine(one.name),
              one.url,
              one.signedIn ? "yes" : "no",
            ]),
          ),
      },
    })
  },
}
