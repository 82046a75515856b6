// `contract explain`: prints one contract on one screen. Offline.
// Does not own: the words (print/contract.ts).

import { documentOf, emittersOf } from "../describe/generated-documents.ts"
import type { Command } from "../command.ts"
import { findContract } from "../offline/find-contract.ts"
import { dataFlag, installedRegistry } from "../offline/installed.ts"
import { contractText } from "../print/contract.ts"

/** The command. */
export const contractExplain: Command = {
  examples: ["contract explain git.tag.create", "contract explain controlPlane.intent.submit@1 --json"],
  arguments: [{ name: "contract", help: "a reference, or a name for its highest major" }],
  flags: [dataFlag],
  exits: [0, 1, 2],
  run: async ({ args: [name = ""], flags }) => {
    const registry = installedRegistry(flags.text("data"))
    const contract = findContract(registry, name)
    const emittedBy = emittersOf(registry, contract.ref)
    const page = `docs/generated/${documentOf(contract)}`
    const { ref, digest, documentDigest, document } = contract
    return {
      exit: 0,
      shown: {
        document: {
          ref,
          digest,
          documentDigest,
          emittedBy: [...emittedBy],
          page,
          contract: document,
        },
        text: () => contractText(contract, { page, emittedBy }),
      },
    }
  },
}
