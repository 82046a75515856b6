// `contract lock`: writes the lock of every contract of this program. Offline.
// Owns: its flags, and keeping the acknowledgements in the file. Does not own: the form of a lock (contracts/drift).

import { lockOf, lockFile, withGenerated, type ContractLock } from "@counterfoil/contracts/drift"
import { dirname, relative, resolve } from "node:path"
import { generatedDocuments } from "../describe/generated-documents.ts"
import { defaultDocumentsFolder, keptDocuments, recordOf } from "../drift/generated-part.ts"
import type { Registry } from "@counterfoil/contracts"
import { programVersion } from "../program-version.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Leaf } from "../command.ts"
import { dataFlag, installedRegistry } from "../offline/installed.ts"
import { lockInFile, writeLock } from "../offline/lock-file.ts"
import { refuseUnseen } from "../offline/unseen-contracts.ts"

/** The command. */
export const contractLock: Command = {
  examples: [
    "contract lock",
    "contract lock --out build/contracts.lock.json",
    "contract lock --documents build/contracts",
  ],
  arguments: [],
  flags: [
    {
      long: "out",
      value: "FILE",
      help: `where it is written (${lockFile}); acknowledgements in the file stay`,
    },
    {
      long: "documents",
      value: "DIR",
      help: `the folder of contract generate to record, below the lock; "none" records none (as before, else ${defaultDocumentsFolder} if it exists)`,
    },
    dataFlag,
  ],
  exits: [0, 1, 2],
  run: async ({ flags, tree: commands }) => {
    const file = flags.text("out") ?? lockFile
    const before = lockInFile(file)
    const registry = installedRegistry(flags.text("data"))
    await refuseUnseen(process.cwd(), registry)
    const tree = dirname(resolve(file))
    const lock = withGenerated(
      lockOf(registry, programVersion(), before?.acknowledged ?? []),
      await recorded(registry, { tree, before, commands, asked: flags.text("documents") }),
    )
    writeLock(file, lock, "contract lock")
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

interface Recording {
  /** The folder that the lock is in. */
  readonly tree: string
  readonly before: ContractLock | null
  readonly commands: readonly Leaf[]
  readonly asked: string | undefined
}

// Made from the contracts, not read from the disk, so that the lock is the same on every machine.
async function recorded(
  registry: Registry,
  { tree, before, commands, asked }: Recording,
): Promise<NonNullable<ContractLock["generated"]> | null> {
  if (asked === "none") return null
  const documents = await generatedDocuments(registry, commands)
  if (asked === undefined) {
    const kept = keptDocuments(tree, before, documents)
    return kept === null ? null : recordOf(kept)
  }
  const folder = relative(tree, resolve(asked)).replaceAll("\\", "/")
  if (folder !== "" && !folder.startsWith("..")) return recordOf({ folder, documents })
  throw new CliError(`${asked} is not below the folder of the lock.`, {
    fix: "counterfoil contract lock --help",
  })
}
