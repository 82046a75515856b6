// `contract lint`: lists what valid contracts still lack; for this installation, or for source files. Offline.
// Owns: its words. Does not own: the rules (contracts/src/lint).

import { type Contract, escapeLine, lintContracts } from "@counterfoil/contracts"
import type { Command } from "../command.ts"
import { contractsInFiles, type ContractsInFiles } from "../offline/contract-files.ts"
import { dataFlag, installedRegistry } from "../offline/installed.ts"

/** The command. */
export const contractLint: Command = {
  examples: ["contract lint", "contract lint adapters/handlers/src/git/git-contracts.ts --json"],
  arguments: [
    {
      name: "path",
      optional: true,
      many: true,
      help: "files that export contracts, or folders with such files; by default, every contract of this release",
    },
  ],
  flags: [dataFlag],
  exits: [0, 1, 2, 3],
  run: async ({ args, flags }) => {
    const installed = installedRegistry(flags.text("data"))
    const { contracts, issues } =
      args.length === 0 ? filed(installed.contracts) : await contractsInFiles(args)
    const byRef = new Map(contracts.map(({ contract }) => [contract.ref as string, contract]))
    const find = (ref: string): Contract | undefined => byRef.get(ref) ?? installed.find(ref)
    const found = contracts.flatMap(({ file, contract }) =>
      lintContracts([contract], find).map((issue) => ({ ...issue, file })),
    )
    const items = [...issues, ...found]
    const looked = contracts.length + new Set(issues.map(({ file }) => file)).size
    return {
      exit: items.length === 0 ? 0 : 3,
      shown: {
        document: { contracts: looked, items: items.map((issue) => ({ ...issue })) },
        items: items.map((issue) => ({ ...issue })),
        text: () =>
          items.length === 0
            ? `clean: ${looked} ${looked === 1 ? "contract" : "contracts"}`
            : items.flatMap(lines).join("\n"),
      },
    }
  },
}

const filed = (contracts: readonly Contract[]): ContractsInFiles => ({
  contracts: contracts.map((contract) => ({ file: "", contract })),
  issues: [],
})

function lines({
  rule,
  contract,
  at,
  file,
  message,
  fix,
}: ContractsInFiles["issues"][number]): readonly string[] {
  const place = [file, contract, at].filter((part) => part !== "").join(" ")
  return [`${rule}  ${escapeLine(place)}  ${escapeLine(message)}`, `  fix: ${fix}`]
}
