// `bundle verifier`: prints the second verifier as one file, for an auditor who does not want to run or trust this program.
// Nothing else is printed on stdout. Does not own: making the file (offline/single-file-verifier.ts).

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
