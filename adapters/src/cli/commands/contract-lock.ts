// `contract lock`: write the lock of every contract that this program has. Offline.
// Owns: its flags, and that acknowledgements in the file stay. Does not own: the form of a lock (contracts/drift).

import { writeFileSync } from "node:fs"
import { lockFile, lockText } from "@counterfoil/contracts/drift"
import { lockOfRegistry } from "../../drift/lock-of-registry.ts"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { dataFlag, installedRegistry } from "../offline/installed.ts"
import { lockInFile } from "../offline/lock-file.ts"

/** The command. */
export const contractLock: Command = {
  examples: ["contract lock", "contract lock --out build/contracts.lock.json"],
  arguments: [],
  flags: [
    {
      long: "out",
      value: "FILE",
      help: `where it is written (${lockFile}); what is acknowledged there stays`,
    },
    dataFlag,
  ],
  exits: [0, 1, 2],
  run: async ({ flags }) => {
    const file = flags.text("out") ?? lockFile
    const before = lockInFile(file)
    const lock = lockOfRegistry(installedRegistry(flags.text("data")), before?.acknowledged ?? [])
    try {
      writeFileSync(file, lockText(lock))
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
      throw new CliError(`${file} cannot be written: ${code}.`, {
        ends: "failed",
        code: "FILE_UNWRITABLE",
        fix: "counterfoil contract lock --out FILE",
      })
    }
    const contracts = Object.keys(lock.contracts).length
    const changed = before?.digest !== lock.digest
    return {
      exit: 0,
      shown: {
        document: { file, digest: lock.digest, contracts, changed },
        text: () => `${file}  ${contracts} contracts, ${changed ? "changed" : "unchanged"}  ${lock.digest}`,
      },
    }
  },
}
