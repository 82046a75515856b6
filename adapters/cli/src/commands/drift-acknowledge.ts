// `drift acknowledge`: records in the lock that a person intends one risky change. Offline, except for what the check itself reads.
// Owns: its flags and words. The lock is replaced as a whole or not at all. Does not own: what may be acknowledged (contracts/drift).

import { escapeLine, documentOf } from "@counterfoil/contracts"
import {
  acknowledgedDaysDefault,
  acknowledgedDaysMax,
  acknowledgementsFor,
  lockFile,
  partOfRule,
  withAcknowledged,
  type Acknowledgement,
} from "@counterfoil/contracts/drift"
import type { DriftReport } from "../drift/report.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Invocation } from "../command.ts"
import { checkedDrift, driftFlags, todayOf } from "../offline/checked-drift.ts"
import { lockInFile, writeLock } from "../offline/lock-file.ts"

/** The command. */
export const driftAcknowledge: Command = {
  examples: [
    "drift acknowledge C031 payments.refund@1 --reason 'small refunds need no review' --owner payments",
    "drift acknowledge C018 payments.charge.get@1 --reason 'readers agreed' --owner payments --expires 2027-01-31",
  ],
  arguments: [
    { name: "rule", help: "the rule of the finding, such as C031" },
    { name: "contract", help: "the contract of the finding, as drift check names it" },
  ],
  flags: [
    { long: "reason", value: "TEXT", help: "why the change is intended; people read it in the lock" },
    { long: "owner", value: "WHO", help: "who is responsible for it" },
    {
      long: "expires",
      value: "DATE",
      help: `its last day, at most ${acknowledgedDaysMax} days ahead (in ${acknowledgedDaysDefault} days)`,
    },
    ...driftFlags,
  ],
  exits: [0, 1, 2, 3],
  run: async (invocation) => {
    const { args, flags, io } = invocation
    const [rule = "", contract = ""] = args
    const said = {
      rule,
      contract,
      reason: needed(invocation, "reason"),
      owner: needed(invocation, "owner"),
      expires: flags.text("expires") ?? null,
      today: todayOf(io),
    }
    const lock = lockInFile(lockFile)
    if (lock === null)
      throw new CliError(`There is no ${lockFile} here.`, {
        ends: "failed",
        code: "LOCK_UNREADABLE",
        fix: "counterfoil contract lock",
      })
    const report = await checkedDrift(invocation)
    checkedPart(report, rule)
    const words = acknowledgementsFor(said, report.findings)
    if (!words.ok)
      throw new CliError(words.error, {
        ends: "no",
        code: "NOT_ACKNOWLEDGED",
        fix: "counterfoil drift check",
        see: "docs/DRIFT.md",
        lines: acknowledgeable(report),
      })
    writeLock(lockFile, withAcknowledged(lock, words.value), "drift acknowledge")
    return {
      exit: 0,
      shown: {
        document: { file: lockFile, acknowledged: words.value.map(documentOf) },
        text: () => words.value.map(line).join("\n"),
      },
    }
  },
}

function needed({ flags }: Invocation, flag: "reason" | "owner"): string {
  const text = flags.text(flag)?.trim() ?? ""
  if (text !== "") return text
  throw new CliError(`--${flag} is needed: an acknowledgement without it is worthless.`, {
    fix: "counterfoil drift acknowledge --help",
  })
}

// A finding that was not checked cannot be acknowledged.
function checkedPart({ parts }: DriftReport, rule: string): void {
  const end = parts[partOfRule(rule)]
  if (end.result === "notAsked")
    throw new CliError(`${rule} is about the work in a store, and --live was not given.`, {
      fix: "counterfoil drift acknowledge RULE CONTRACT --live",
    })
  if (end.result === "notChecked")
    throw new CliError(`Not checked: ${end.why}`, {
      ends: "failed",
      code: "BASELINE_UNREADABLE",
      fix: "counterfoil drift check",
      see: "docs/DRIFT.md",
    })
}

const acknowledgeable = ({ findings }: DriftReport): readonly string[] => [
  ...new Set(
    findings
      .filter((one) => one.class === "risky" && one.acknowledgedUntil === undefined)
      .map(({ rule, contract }) => `risky  ${rule}  ${escapeLine(contract)}`),
  ),
]

const line = ({ rule, contract, owner, expires }: Acknowledgement): string =>
  `${lockFile}  ${rule} ${escapeLine(contract)} acknowledged by ${escapeLine(owner)} until ${expires}`
