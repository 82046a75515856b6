// `bundle verifier`: the second verifier as one file on stdout, for an auditor who takes neither this program nor its word.
// Owns: that nothing else is on stdout. Does not own: how the file is made (offline/single-file-verifier.ts).

import type { Command } from "../command.ts"
import { singleFileVerifier } from "../offline/single-file-verifier.ts"

/** The command. */
export const bundleVerifier: Command = {
  examples: ["bundle verifier"],
  arguments: [],
  flags: [],
  exits: [0, 2],
  run: () => {
    const text = singleFileVerifier()
    return Promise.resolve({ exit: 0, shown: { document: { text }, text: () => text.trimEnd() } })
  },
}
