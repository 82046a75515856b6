// `contract diff`: for authors, lists what changed in each contract of this tree since a lock. Offline,
// except for the URL of a server. Owns: its flags and words, and the version that is due. Does not own: finding changes
// (contracts/drift), nor the gate (`drift check`), which also reads the committed lock and acknowledgements.

import {
  lockOf,
  compareLocks,
  lockFile,
  type ContractLock,
  type Drift,
  type Finding,
} from "@counterfoil/contracts/drift"
import { escapeLine, type Registry, documentOf } from "@counterfoil/contracts"
import { programVersion } from "../program-version.ts"
import { findBaseline } from "../drift/baseline.ts"
import { fetchBytes } from "../drift/fetch-lock.ts"
import { isAtLeast, versionAfter, versionStep } from "../drift/version-due.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Invocation } from "../command.ts"
import { findContract } from "../offline/find-contract.ts"
import { dataFlag, installedRegistry } from "../offline/installed.ts"
import { refuseUnseen } from "../offline/unseen-contracts.ts"

/** The command. */
export const contractDiff: Command = {
  examples: ["contract diff", "contract diff git.tag.create --against origin/main"],
  arguments: [{ name: "contract", optional: true, many: true, help: "only these contracts; all by default" }],
  flags: [
    {
      long: "against",
      value: "BASELINE",
      help: `a lock file, a git ref, or the url of a running server (${lockFile})`,
    },
    dataFlag,
  ],
  exits: [0, 1, 2, 3],
  run: async (invocation) => {
    const { args, flags } = invocation
    const against = flags.text("against") ?? lockFile
    const registry = installedRegistry(flags.text("data"))
    // Named contracts restrict the comparison to these.
    if (args.length === 0) await refuseUnseen(process.cwd(), registry)
    const before = await baselineOf(invocation, against)
    const after = lockOf(registry, programVersion(), [])
    const today = new Date(invocation.io.now()).toISOString().slice(0, 10)
    const drift = compareLocks({ before, after, today })
    const items = changesOf(drift, { before, after }).filter(chosen(registry, args, before))
    const grave = items.some(({ findings }) => findings.some((finding) => finding.class !== "safe"))
    return {
      exit: grave ? 3 : 0,
      shown: {
        document: { against, items: items.map(documentOf) },
        items: items.map(documentOf),
        text: () => (items.length === 0 ? `no changes since ${against}` : items.flatMap(linesOf).join("\n")),
      },
    }
  },
}

/** The changes of one contract, capability or error code, and the version that they require; null for what has no version. */
interface Changes {
  readonly name: string
  readonly version: { readonly was: string; readonly is: string; readonly due: string } | null
  readonly findings: readonly Finding[]
}

async function baselineOf({ io, settings }: Invocation, against: string): Promise<ContractLock> {
  const found = await findBaseline({
    folder: process.cwd(),
    against,
    first: false,
    fetchBytes: (url) => fetchBytes(url, { ...settings, signal: io.signal }),
  })
  if (found.ok && found.value.lock !== null) return found.value.lock
  throw unchecked(found.ok ? `${against} has no lock.` : found.error, [])
}

function changesOf(
  { findings, notChecked }: Drift,
  locks: Record<"before" | "after", ContractLock>,
): readonly Changes[] {
  if (notChecked.length > 0)
    throw unchecked(
      "some changes cannot be read.",
      notChecked.map(({ contract, at, why }) => `${contract} ${at}  ${why}`),
    )
  return [...Map.groupBy(findings, ({ contract }) => contract)].map(([name, found]) => ({
    name,
    version: versionOf(name, found, locks),
    findings: found,
  }))
}

function versionOf(
  name: string,
  findings: readonly Finding[],
  { before, after }: Record<"before" | "after", ContractLock>,
): Changes["version"] {
  const was = before.contracts[name]?.version
  const is = after.contracts[name]?.version
  if (was === undefined || is === undefined) return null
  return { was, is, due: versionAfter(was, versionStep(findings)) }
}

/** True for changes of a named contract. A contract that was removed from this tree is found in the baseline. */
function chosen(
  registry: Registry,
  args: readonly string[],
  before: ContractLock,
): (changes: Changes) => boolean {
  if (args.length === 0) return () => true
  const refs = new Set(
    args.map((arg) => (before.contracts[arg] === undefined ? findContract(registry, arg).ref : arg)),
  )
  return ({ name }) => refs.has(name)
}

function linesOf({ name, version, findings }: Changes): readonly string[] {
  const found = findings.flatMap(({ class: grave, rule, message, fix }) => [
    escapeLine(`  ${grave.padEnd(8)}  ${rule}  ${message.replace(name, "").replace(/^:? /, "")}`),
    ...(grave === "safe" ? [] : [`${" ".repeat(18)}${fix}`]),
  ])
  return [escapeLine(`${name}${version === null ? "" : `  ${versionText(version)}`}`), ...found]
}

function versionText({ was, is, due }: NonNullable<Changes["version"]>): string {
  const step = was === is ? is : `${was} → ${is}`
  return isAtLeast(is, due) ? `${step}, which is enough` : `${step}, and ${due} is due`
}

const unchecked = (sentence: string, lines: readonly string[]): CliError =>
  new CliError(`Not checked: ${sentence}`, {
    ends: "failed",
    code: "BASELINE_UNREADABLE",
    fix: "counterfoil contract diff --help",
    lines,
  })
